"""Linear enlargement of a row of cells to a row of places, as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def interpolation(places: int, cells: int) -> NDArray[np.float64]:
    """Linear interpolation with half-pixel centres (torch's ``align_corners=False``).

    Parameters
    ----------
    places
        Length of the result, at least 1.
    cells
        Number of values that are interpolated, at least 2.

    Returns
    -------
    ndarray
        float64, of shape ``(places, cells)``; rows sum to 1 and have at most two values.
    """
    at = np.clip((np.arange(places) + 0.5) * (cells / places) - 0.5, 0.0, cells - 1.0)
    left = np.minimum(at.astype(np.int64), cells - 2)
    fraction = at - left
    matrix = np.zeros((places, cells))
    rows = np.arange(places)
    matrix[rows, left] = 1.0 - fraction
    matrix[rows, left + 1] = fraction
    return matrix


def reflected(places: int, cells: int) -> NDArray[np.float64]:
    """The same, padded by reflection by ``cells // 2`` places on both sides.

    There are always enough places to reflect where there are no fewer places than cells.
    """
    margin = cells // 2
    return np.pad(interpolation(places, cells), ((margin, margin), (0, 0)), "reflect")
