"""Masks whose number of kept cells, and whose shifts, are spread evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler

_START = 1 << 62
"""Number of the part that a replicate's first point comes from: no block gets as far."""


class StratifiedSampler(BlockSampler):
    """How much is shown is spread evenly over its distribution; which cells, is chance.

    How similar a masked input is depends most on how much of it is shown. A replicate therefore
    walks through the quantiles of the number of kept cells (binomial) and through the shifts
    along an additive recurrence: point i is ``(u + i α) mod 1`` with a random u. α are the powers
    of the generalised golden ratio, whose points are spread evenly however many there are (H.
    Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods, 1992, section 3; the
    choice of α is M. Roberts's). Given their number, the kept cells are drawn evenly, so that
    every single mask has the distribution of an independent one.
    """

    name = "stratified"

    def __init__(
        self,
        cells: tuple[int, ...],
        probability: float,
        shifts: tuple[int, ...],
        seed: int,
        replicates: int,
    ) -> None:
        from scipy.special import bdtr

        super().__init__(cells, probability, shifts, seed, replicates)
        dimensions = 1 + len(shifts)
        self._steps = _golden(dimensions)
        self._starts = [
            self._generator(replicate, _START).random(dimensions) for replicate in range(replicates)
        ]
        counts = np.arange(self._size, dtype=np.float64)
        # P(number of kept cells <= k) for k = 0 .. size - 1.
        self._cumulated = bdtr(counts, self._size, self.probability)

    def _block(self, replicate: int, number: int) -> Block:
        places = np.arange(number * BLOCK, (number + 1) * BLOCK, dtype=np.float64)
        points = (self._starts[replicate] + places[:, None] * self._steps) % 1.0
        kept = np.searchsorted(self._cumulated, points[:, 0], side="right")
        order = self._generator(replicate, number).random((BLOCK, self._size)).argsort(axis=1)
        grids = np.empty((BLOCK, self._size), np.bool_)
        np.put_along_axis(grids, order, np.arange(self._size) < kept[:, None], axis=1)
        return grids, self._offsets(points[:, 1:])


def _golden(dimensions: int) -> NDArray[np.float64]:
    """Powers 1 to `dimensions` of 1/φ, with φ the positive root of φ^(dimensions + 1) = φ + 1."""
    ratio = 2.0
    for _ in range(64):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1))
    return ratio ** -np.arange(1.0, dimensions + 1.0)
