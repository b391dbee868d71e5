"""Where a region ends: the lines between its pixels and others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def edges_of(region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the border of a region as lines between its pixels and others.

    Parameters
    ----------
    region
        Bool ``(H, W)``.

    Returns
    -------
    ndarray
        ``(lines, 2, 2)``: the two ends of each, as column and row; the middle of the first pixel is
        0, 0.
    """
    padded = np.pad(region, 1).astype(np.int8)
    lines: list[Any] = []
    flat, upright = np.diff(padded, axis=0)[:, 1:-1], np.diff(padded, axis=1)[1:-1]
    for changes, across in ((flat, True), (upright.T, False)):
        for level, run in enumerate(changes != 0):
            for first, behind in _runs(run):
                ends = [(first - 0.5, level - 0.5), (behind - 0.5, level - 0.5)]
                lines.append(ends if across else [end[::-1] for end in ends])
    return np.array(lines, np.float64).reshape(-1, 2, 2)


def _runs(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and behind-the-last place of every run of True."""
    steps = np.flatnonzero(np.diff(np.pad(where, 1).astype(np.int8)))
    return [(int(first), int(behind)) for first, behind in steps.reshape(-1, 2)]
