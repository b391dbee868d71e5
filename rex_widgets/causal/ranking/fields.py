"""Smooth random fields, from which masks of smooth random shape are cut.

A coarse grid of independent normal values is interpolated linearly along every
axis, at a random offset, and scaled to unit variance everywhere. The highest
values of such a field form a few rounded patches; how large they are is set by
the number of cells of the grid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import Shape

EXPONENTS = {1: 1.5, 2: 1.0, 3: 2 / 3}
"""From the cells per axis of a picture to those of other numbers of axes: a signal gets more
cells along its only axis, a volume fewer along each of its three."""

SAMPLED = 8192
"""Places that the border of a share is read off at most."""


def cells_per_axis(cells: int, shape: Shape) -> tuple[int, ...]:
    """Cells along each axis for what would be ``cells`` along the sides of a picture."""
    wanted = max(1, round(cells ** EXPONENTS.get(len(shape), 2 / len(shape))))
    return tuple(min(wanted, length) for length in shape)


def smooth_field(
    generator: np.random.Generator, shape: Shape, cells: Sequence[int]
) -> NDArray[np.float32]:
    """One random field.

    Parameters
    ----------
    generator
        Source of one offset per axis, then of the grid.
    shape
        Of the field: ``(L,)``, ``(H, W)`` or ``(D1, D2, D3)``.
    cells
        Cells of the grid along each axis.

    Returns
    -------
    ndarray
        float32 of ``shape``; mean 0 and variance 1 at every place.
    """
    offsets = generator.random(len(shape))
    grid = generator.standard_normal([count + 2 for count in cells]).astype(np.float32)
    for axis, (length, count) in enumerate(zip(shape, cells, strict=True)):
        weights = _weights(length, count, float(offsets[axis]))
        grid = np.moveaxis(np.tensordot(weights, grid, axes=(1, axis)), 0, axis)
    return grid


def highest_share(values: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Where a field is highest: at least one place, and never all of several.

    The border is read off at most `SAMPLED` places, so that the share of a large field is kept
    to about one in a hundred; of a small one exactly, but for equal values.

    Parameters
    ----------
    values
        Of any shape.
    share
        Of the places to keep, in (0, 1).
    """
    flat = values.reshape(-1)
    # an odd step does not fall into step with the rows
    sampled = flat[:: max(1, flat.size // SAMPLED) | 1] if flat.size > SAMPLED else flat
    count = min(max(1, round(share * sampled.size)), max(1, sampled.size - 1))
    border = np.partition(sampled, sampled.size - count)[sampled.size - count]
    kept: NDArray[np.bool_] = flat >= border
    if flat.size > 1 and kept.all():
        kept[flat.argmin()] = False
    return kept.reshape(values.shape)


def _weights(length: int, cells: int, offset: float) -> NDArray[np.float32]:
    """Linear interpolation from ``cells + 2`` nodes, rows scaled to unit length."""
    position = (np.arange(length) + 0.5) * cells / length + offset
    node = np.minimum(np.floor(position).astype(np.int64), cells)
    after = (position - node).astype(np.float32)
    weights = np.zeros((length, cells + 2), np.float32)
    rows = np.arange(length)
    weights[rows, node] = 1 - after
    weights[rows, node + 1] += after
    scaled: NDArray[np.float32] = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return scaled
