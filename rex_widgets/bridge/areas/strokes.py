"""Free-form regions: random brush strokes that cover a given area."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.areas.cells import pixels_of
from rex_widgets.errors import InputError

_MOST_STROKES = 200
"""Strokes after which what is missing is added around those that are there."""


def free_form(shape: tuple[int, int], area: float, seed: int = 0) -> NDArray[np.bool_]:
    """Draw a region of random strokes, as in free-form inpainting (Yu et al. 2019).

    Strokes begin anywhere, bend by a random angle at every step, and have a random width. The
    last one ends in the middle of a dab of the brush, so that the number of pixels is exact.

    Parameters
    ----------
    shape
        (H, W) in pixels, at least 2 × 2.
    area
        Share of the picture that may change, in (0, 1).
    seed
        Of the strokes; the same seed gives the same region.

    Returns
    -------
    numpy.ndarray
        Bool (H, W) with exactly ⌊area · H · W⌋ pixels.

    Raises
    ------
    InputError
        If the shape is not two numbers of at least 2.
    SettingsError
        If the area is not in (0, 1), or less than a pixel.
    """
    if len(shape) != 2 or min(shape) < 2:
        raise InputError(f"The shape is {shape}; give (rows, columns), at least 2 of each.")
    rows, columns = (int(length) for length in shape)
    wanted = pixels_of(area, (rows, columns))
    generator = np.random.default_rng([20_250_401, seed % 2**63])
    region = np.zeros((rows, columns), bool)
    for _ in range(_MOST_STROKES):
        missing = wanted - int(region.sum())
        if missing <= 0:
            break
        _stroke(region, missing, generator)
    _grow(region, wanted - int(region.sum()))
    return region


def _stroke(region: NDArray[np.bool_], missing: int, generator: np.random.Generator) -> None:
    """Paint one stroke of at most `missing` new pixels."""
    rows, columns = region.shape
    shorter = min(rows, columns)
    radius = generator.uniform(0.03, 0.09) * shorter + 0.5
    row, column = generator.uniform(0, rows), generator.uniform(0, columns)
    angle = generator.uniform(0, 2 * pi)
    dabs = int(generator.integers(4, 12) * shorter / (4 * radius)) + 1
    for _ in range(dabs):
        missing -= _dab(region, (row, column), radius, missing)
        if missing <= 0:
            return
        angle += generator.normal(0, 0.35)
        row += radius / 2 * sin(angle)
        column += radius / 2 * cos(angle)
        if not (0 <= row < rows and 0 <= column < columns):
            # Back from the border, instead of painting where there is no picture.
            row, column = min(max(row, 0), rows - 1e-6), min(max(column, 0), columns - 1e-6)
            angle += pi / 2


def _dab(region: NDArray[np.bool_], centre: tuple[float, float], radius: float, most: int) -> int:
    """Paint a disc, from its middle outwards, of at most `most` new pixels; return how many."""
    row, column = centre
    top, left = max(0, int(row - radius)), max(0, int(column - radius))
    window = region[top : int(row + radius) + 2, left : int(column + radius) + 2]
    down, across = np.indices(window.shape)
    away = (down + top + 0.5 - row) ** 2 + (across + left + 0.5 - column) ** 2
    new = np.flatnonzero((away <= radius**2) & ~window)
    nearest = new[np.argsort(away.ravel()[new], kind="stable")][:most]
    window[np.unravel_index(nearest, window.shape)] = True
    return len(nearest)


def _grow(region: NDArray[np.bool_], missing: int) -> None:
    """Add the pixels nearest to the region."""
    if missing <= 0:
        return
    from scipy.ndimage import distance_transform_edt

    away = distance_transform_edt(~region)
    outside = np.flatnonzero(~region)
    nearest = outside[np.argsort(away.ravel()[outside], kind="stable")][:missing]
    region.ravel()[nearest] = True
