"""Controls: what if another region of the same area had been given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError

_TRIES = 64
"""Draws before a region that is always the same again counts as the only one."""


def inverse(region: Any) -> NDArray[np.bool_]:
    """Return what the region leaves out, bool (H, W); its area is 1 − the region's.

    Raises
    ------
    InputError
        If the region is not bool (H, W), is empty, or is the whole picture.
    """
    return ~_checked(region)


def random_like(region: Any, seed: int = 0, *, cell_size: int | None = None) -> NDArray[np.bool_]:
    """Return a random region with exactly as many pixels, at another place.

    With `cell_size`, a region made of whole cells of the plain grid becomes as many random cells,
    and as many of those that the right and lower borders cut off as before. Every other region
    is moved by a random distance along both axes; what leaves at one side comes in at the other.

    Parameters
    ----------
    region
        Bool (H, W), array or tensor.
    seed
        Of the draw; the same seed gives the same region.
    cell_size
        Side of the region's cells in pixels; None for a region that is not made of cells.

    Returns
    -------
    numpy.ndarray
        Bool (H, W). It is the region itself only where nothing else is possible, as for stripes
        that look the same wherever they are moved.

    Raises
    ------
    InputError
        If the region is not bool (H, W), is empty, or is the whole picture.
    SettingsError
        If the cells have less than a pixel.
    """
    given = _checked(region)
    if cell_size is not None and cell_size < 1:
        raise SettingsError(f"cell_size is {cell_size}; a cell has at least 1 pixel.")
    generator = np.random.default_rng([20_250_402, seed % 2**63])
    if cell_size is not None:
        drawn = _other_cells(given, cell_size, generator)
        if drawn is not None:
            return drawn
    return _moved(given, generator)


def _other_cells(
    region: NDArray[np.bool_], size: int, generator: np.random.Generator
) -> NDArray[np.bool_] | None:
    """Return random cells; None if the region is not made of cells, or they cannot be others."""
    rows, columns = region.shape
    tops, lefts = np.arange(0, rows, size), np.arange(0, columns, size)
    counts = np.add.reduceat(np.add.reduceat(region.astype(np.int64), tops, 0), lefts, 1)
    heights = np.minimum(tops + size, rows) - tops
    widths = np.minimum(lefts + size, columns) - lefts
    full = np.outer(heights, widths)
    if not ((counts == 0) | (counts == full)).all():
        return None
    chosen = counts > 0
    # Cells may change places only with cells of their own form, so that the area stays exact.
    forms = np.broadcast_to(heights[:, None], full.shape) * (size + 1) + widths[None, :]
    movable = [forms == form for form in np.unique(forms)]
    movable = [form for form in movable if 0 < chosen[form].sum() < form.sum()]
    if not movable:
        return None
    drawn = chosen.copy()
    for _ in range(_TRIES):
        for form in movable:
            drawn[form] = generator.permutation(chosen[form])
        if (drawn != chosen).any():
            break
    else:
        # Chance has not moved anything, which only happens for a handful of cells.
        form = movable[0]
        drawn[form] = np.roll(chosen[form], 1)
    return np.asarray(np.repeat(np.repeat(drawn, heights, 0), widths, 1), bool)


def _moved(region: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.bool_]:
    rows, columns = region.shape
    moved = region
    for _ in range(_TRIES):
        by = (int(generator.integers(rows)), int(generator.integers(columns)))
        moved = np.roll(region, by, axis=(0, 1))
        if (moved != region).any():
            return moved
    for by in ((1, 0), (0, 1)):
        moved = np.roll(region, by, axis=(0, 1))
        if (moved != region).any():
            break
    return moved


def _checked(region: Any) -> NDArray[np.bool_]:
    given = np.asarray(region.detach().cpu() if hasattr(region, "detach") else region)
    if given.dtype != np.bool_ or given.ndim != 2:
        raise InputError(
            f"The region is {given.dtype} of the shape {given.shape}; expected bool (H, W), True "
            "where the picture may change."
        )
    if not given.any() or given.all():
        what = "the whole picture" if given.any() else "empty"
        raise InputError(
            f"The region is {what}, so that there is no other of its kind. Give one that leaves "
            "out a part of the picture."
        )
    return given
