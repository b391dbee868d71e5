"""From a map to a sufficient part of the input: the ranked prefix."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.asking import Asker
from rex_widgets.masks import Mask, Shape, mask_of
from rex_widgets.ordering import rank_pixels

__all__ = ["prefix_mask", "rank_pixels", "ranked_prefix", "shortest_passing"]

GRID = 16
"""Prefixes tried at once while bracketing."""


def prefix_mask(order: NDArray[np.int64], length: int, shape: Shape) -> Mask:
    """The mask that keeps the first ``length`` pixels of a ranking, which may be of a part only."""
    array = np.zeros(math.prod(shape), dtype=np.bool_)
    array[order[:length]] = True
    return mask_of(array.reshape(shape))


def ranked_prefix(
    order: NDArray[np.int64], shape: Shape, step: int, asker: Asker, at_once: int = GRID
) -> Generator[None, None, Mask | None]:
    """Find a short prefix of the ranking that passes, by bracketing.

    Prefix lengths are tried on a geometric grid, then between the shortest one
    that passed and its failing neighbour, until the two are ``step`` apart.
    A prefix may fail although a shorter one passed; what is returned passed,
    and its neighbour ``step`` pixels shorter failed.

    Returns
    -------
    Mask or None
        ``None`` when no prefix of the grid passed.
    """
    return (
        yield from shortest_passing(
            lambda n: prefix_mask(order, n, shape), len(order), step, asker, at_once
        )
    )


def shortest_passing(
    mask_at: Callable[[int], Mask], total: int, step: int, asker: Asker, at_once: int = GRID
) -> Generator[None, None, Mask | None]:
    """Bracket as `ranked_prefix` does, over any masks ``mask_at(n)``, n from 1 to ``total``.

    ``at_once`` lengths are tried at a time: many make few rounds, few make few evaluations.
    """
    low, high = 0, total
    grid = np.geomspace(step, total, at_once)
    lengths = sorted({*(_snap(float(n), step, total) for n in grid), total})
    found = False
    while lengths:
        answers = yield from asker.ask([mask_at(n) for n in lengths])
        passed = [n for n, a in zip(lengths, answers, strict=True) if asker.demand.met(a)]
        if passed:
            found, high = True, passed[0]
        elif not found:
            return None
        low = max([n for n in lengths if n < high], default=low)
        lengths = _between(low, high, step, at_once)
    return mask_at(high)


def _snap(length: float, step: int, total: int) -> int:
    return min(total, max(step, round(length / step) * step))


def _between(low: int, high: int, step: int, at_once: int) -> list[int]:
    """At most ``at_once`` lengths strictly between two, on multiples of ``step``."""
    inside = np.unique(
        np.round(np.linspace(low, high, at_once + 2)[1:-1] / step).astype(int) * step
    )
    return [int(n) for n in inside if low < n < high]
