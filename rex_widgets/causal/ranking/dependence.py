"""RISE: the mean confidence of random masks that show a place (Petsiuk et al. 2018).

Masks have 7 cells a side, each visible with probability 1/2, interpolated
linearly at a random offset and cut at one half: an evaluated mask is binary
here. The sums are integers, so that nothing depends on the order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking.base import Arrays, Question
from rex_widgets.causal.ranking.fields import cells_per_axis
from rex_widgets.causal.responsibility import FRACTION
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, Shape, mask_of

CELLS = 7
STREAM = 2


class Dependence:
    """Ranking by RISE."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._sums: NDArray[np.int64] = np.zeros(question.shape, np.int64)
        self._shown: NDArray[np.int64] = np.zeros(question.shape, np.int64)

    def propose(self, number: int) -> list[Mask]:
        """Masks of a round."""
        shape = self._question.shape
        generator = np.random.default_rng([self._question.seed, number, STREAM])
        cells = cells_per_axis(CELLS, shape)
        return [mask_of(cell_mask(generator, shape, cells)) for _ in range(self._question.masks)]

    def absorb(self, number: int, masks: Sequence[Mask], answers: Sequence[Entry]) -> None:
        """Add a round to the sums."""
        for mask, answer in zip(masks, answers, strict=True):
            array = mask.array()
            self._sums[array] += round(answer.target * FRACTION)
            self._shown += array

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean confidence where a place was shown; 0 where it never was."""
        return self._sums / np.maximum(self._shown, 1) / FRACTION

    def arrays(self) -> Arrays:
        """The sums."""
        return {"sums": self._sums, "shown": self._shown}

    def restore(self, arrays: Arrays) -> None:
        """Take over what `arrays` gave."""
        self._sums = np.array(arrays["sums"], np.int64)
        self._shown = np.array(arrays["shown"], np.int64)


class Product(Dependence):
    """Ranking by the product of the responsibility map and RISE's, each scaled to 0 to 1."""

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """The product; all zeros while one of the two is constant."""
        inside = self._question.inside
        return _unit(responsibility, inside) * _unit(super().map(responsibility), inside)


def cell_mask(
    generator: np.random.Generator, shape: Shape, cells: Sequence[int]
) -> NDArray[np.bool_]:
    """A binary mask from a random grid of cells, each visible with probability 1/2."""
    values = generator.integers(0, 2, [count + 2 for count in cells]).astype(np.float32)
    for axis, (length, count) in enumerate(zip(shape, cells, strict=True)):
        position = (np.arange(length) + 0.5) * count / length + generator.random()
        node = np.minimum(position.astype(np.int64), count)
        after = (position - node).astype(np.float32)
        after = after.reshape([-1 if a == axis else 1 for a in range(values.ndim)])
        low, high = np.take(values, node, axis=axis), np.take(values, node + 1, axis=axis)
        values = low * (1 - after) + high * after
    return values >= 0.5


def _unit(values: NDArray[np.float64], inside: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """Values scaled to 0 to 1 over the places inside."""
    known = values if inside is None else values[inside]
    span = known.max() - known.min()
    return (values - known.min()) / span if span > 0 else np.zeros_like(values)
