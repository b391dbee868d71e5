"""How sure a map is: its standard error over the trees, and how stable its top is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOP_SHARE = 0.05
"""Share of the input whose places are compared between two waves."""

STABLE = 0.9
"""Overlap of the top from which it counts as stable."""


def standard_error(
    total: NDArray[np.float64], squares: NDArray[np.float64], trees: int
) -> NDArray[np.float64]:
    """Standard error of a sum over trees, place by place.

    Parameters
    ----------
    total, squares
        Sum over the trees of each tree's map, and of its square.
    trees
        How many there were.

    Returns
    -------
    ndarray
        √(n · s²) with s² the variance among the trees (n − 1 in its
        denominator), in the units of ``total``; NaN everywhere below two trees.
    """
    if trees < 2:
        return np.full(total.shape, np.nan)
    variance = np.maximum(squares - total**2 / trees, 0) / (trees - 1)
    return np.sqrt(trees * variance)


def top_places(order: NDArray[np.int64], share: float = TOP_SHARE) -> NDArray[np.bool_]:
    """The first places of a ranking, as a flat mask: a share of them, at least one."""
    top = np.zeros(len(order), np.bool_)
    top[order[: max(1, round(share * len(order)))]] = True
    return top


def overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Share of the places of ``first`` that ``second`` has too, in [0, 1]; NaN if it has none."""
    count = int(first.sum())
    return float((first & second).sum() / count) if count else float("nan")
