"""Growing, shrinking and feathering by discs, with exact squared distances between pixels' middles.

What lies outside the picture counts as neither inside nor outside a region. The same rules as
``js/src/region-morph.ts``, bit for bit.
"""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.regions.shapes import MOST_PIXELS

_LEVELS = 65536
_HALF_LEVEL = 32768


def grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return a mask (H, W) with every pixel set that has a set one at most `by` pixels away.

    Linear in the number of pixels: how far away the nearest set pixel of each column is says how
    far it reaches along the row.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if by == 0 or not rows.size:
        return mask.copy()
    box = tuple(
        slice(max(0, int(places[0]) - by), int(places[-1]) + 1 + by) for places in (rows, columns)
    )
    result = mask.copy()
    result[box] = _spread(mask[box], by)
    return result


def shrunk(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return a mask (H, W) with every pixel unset that has an unset one at most `by` away."""
    return ~grown(~mask, by)


def feathered(mask: NDArray[np.bool_], n: int) -> NDArray[np.float32]:
    """Return a soft mask: a ramp of n pixels on either side of the border of a mask.

    Parameters
    ----------
    mask
        Bool (H, W).
    n
        0 (the mask itself) to 1024 pixels.

    Returns
    -------
    ndarray
        Float32 (H, W), 0..1 in steps of 1/65536, above 1/2 just where the mask is set. A pixel at
        the distance d from the nearest one of the other kind lies (d - 1/2) / 2n from 1/2.

    Raises
    ------
    InputError
        If n is out of range.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 0 <= n <= MOST_PIXELS:
        raise InputError(
            f"A feather of {n} was given; expected whole pixels from 0 to {MOST_PIXELS}."
        )
    soft = mask.astype(np.float32)
    if n == 0 or mask.all() or not mask.any():
        return soft
    levels = _levels(int(n))
    height, margin = mask.shape[0], int(n) + 1
    # In bands, which bounds the memory; rows further off than the ramp do not matter.
    band = max(256, 2 * margin)
    for y0 in range(0, height, band):
        y1 = min(height, y0 + band)
        top, bottom = max(0, y0 - margin), min(height, y1 + margin)
        part = mask[top:bottom]
        inner = slice(y0 - top, y1 - top)
        away = _HALF_LEVEL + levels[_squared(~part, margin)[inner]]
        towards = _HALF_LEVEL - levels[_squared(part, margin)[inner]]
        soft[y0:y1] = np.where(part[inner], away, towards) / np.float32(_LEVELS)
    return soft


def _levels(n: int) -> NDArray[np.int32]:
    """By squared distance, 0 to (n + 1)²: how far from 1/2, in 1/65536."""
    squared = np.arange((n + 1) ** 2 + 1, dtype=np.int64)
    beyond = np.floor(np.sqrt((squared * _LEVELS).astype(np.float64))).astype(np.int64) - 128
    levels = np.minimum(_HALF_LEVEL, beyond * _HALF_LEVEL // (256 * n))
    levels[0] = 0
    return levels.astype(np.int32)


def _squared(features: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Squared distance to the nearest set pixel, exact up to `most`², never more than that."""
    from scipy.ndimage import distance_transform_edt

    if not features.any():
        return np.full(features.shape, most * most, np.int64)
    distances: Any = distance_transform_edt(~features)
    # Roots of whole numbers, so that the squares round to these numbers again.
    squares: NDArray[np.int64] = np.rint(distances * distances).astype(np.int64)
    return np.minimum(squares, most * most)


def _spread(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    far = 1 << 20
    height, width = mask.shape
    row = np.arange(height, dtype=np.int32)[:, None]
    above = row - np.maximum.accumulate(np.where(mask, row, -far), axis=0)
    below = np.minimum.accumulate(np.where(mask, row, far)[::-1], axis=0)[::-1] - row
    distance = np.minimum(np.minimum(above, below), by + 1)
    reach = np.array([isqrt(by * by - d * d) for d in range(by + 1)] + [-far], np.int32)[distance]
    column = np.arange(width, dtype=np.int32)
    right = np.maximum.accumulate(column + reach, axis=1) >= column
    left = np.minimum.accumulate((column - reach)[:, ::-1], axis=1)[:, ::-1] <= column
    return np.asarray(left | right)
