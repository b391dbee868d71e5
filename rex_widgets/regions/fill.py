"""Regions found rather than drawn: what has one colour around a place, and the top of a map.

The same rules as ``js/src/region-fill.ts``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError


def flood(picture: NDArray[np.uint8], row: int, column: int, tolerance: int) -> NDArray[np.bool_]:
    """Return the pixels joined to a place by steps to the four sides through pixels like it.

    Parameters
    ----------
    picture
        Uint8 (H, W) or (H, W, C).
    row, column
        The place.
    tolerance
        By how much (0..255) each channel of a pixel may differ from the place's.

    Returns
    -------
    ndarray
        Bool (H, W).

    Raises
    ------
    InputError
        If the place is outside the picture, or the picture is of another kind.
    """
    from scipy.ndimage import label

    if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        raise InputError(
            f"A picture of {picture.dtype} with {picture.ndim} axes was given; expected uint8, "
            "(H, W) or (H, W, C)."
        )
    height, width = picture.shape[:2]
    if not (0 <= row < height and 0 <= column < width):
        raise InputError(
            f"Row {row} and column {column} were given; expected a place in the picture of "
            f"{height} rows and {width} columns."
        )
    channels = picture.reshape(height, width, -1).astype(np.int16)
    alike = (np.abs(channels - channels[row, column]) <= tolerance).all(axis=2)
    parts: Any = label(alike)[0]
    return np.asarray(parts == parts[row, column])


def top_share(values: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Return the places with the largest values.

    Parameters
    ----------
    values
        A map of any shape; NaN is never among the largest.
    share
        How much of all that is not NaN, 0..1, rounded to the nearest number of places. Equal
        values stay together: where they would make it more than the share they are left out,
        unless they are the largest of all.

    Returns
    -------
    ndarray
        Bool, of the same shape.

    Raises
    ------
    InputError
        If the share is no number from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise InputError(f"A share of {share} was given; expected a number from 0 to 1.")
    values = np.asarray(values, np.float32)
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    wanted = math.floor(share * int(counts.sum()) + 0.5)
    if wanted < 1:
        return np.zeros(values.shape, np.bool_)
    # Places with each value or a larger one, from the largest value down.
    taken = np.cumsum(counts[::-1])
    last = max(int(np.searchsorted(taken, wanted, "right")) - 1, 0)
    with np.errstate(invalid="ignore"):
        return np.asarray(values >= found[::-1][last])
