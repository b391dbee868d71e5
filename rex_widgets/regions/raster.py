"""From shapes to masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.regions.morph import grown, shrunk
from rex_widgets.regions.runs import mask_of_runs
from rex_widgets.regions.shapes import MOST_SIDE, Shape
from rex_widgets.regions.spans import Rect, bounds, cover


def rasterise(shapes: Sequence[Shape], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of shapes, replayed in order on an empty mask.

    Parameters
    ----------
    shapes
        As `checked_shapes` returns them.
    height, width
        Of the picture, 1 to 8192 pixels each.

    Returns
    -------
    ndarray
        Bool (H, W).

    Raises
    ------
    InputError
        For another size of picture, or runs that make up another number of pixels.
    """
    check_size(height, width)
    mask = np.zeros((height, width), np.bool_)
    for shape in shapes:
        kind = shape["kind"]
        if kind == "clear":
            mask[...] = False
        elif kind == "invert":
            np.logical_not(mask, out=mask)
        elif kind == "grow":
            mask = grown(mask, shape["by"])
        elif kind == "shrink":
            mask = shrunk(mask, shape["by"])
        else:
            _draw(shape, mask)
    return mask


def check_size(height: int, width: int) -> None:
    """Refuse a picture with no pixels or a side of more than 8192 pixels."""
    if not (1 <= height <= MOST_SIDE and 1 <= width <= MOST_SIDE):
        raise InputError(
            f"A picture of {width}x{height} was given; regions are drawn on pictures of at most "
            f"{MOST_SIDE} pixels a side. Make it smaller first."
        )


def _draw(shape: Shape, mask: NDArray[np.bool_]) -> None:
    height, width = mask.shape
    rect: Rect | None = (0, 0, width, height)
    if shape["kind"] == "pixels":
        covered = _given(shape, height, width)
    else:
        rect = bounds(shape, height, width)
        covered = np.zeros((0, 0), np.bool_) if rect is None else cover(shape, rect)
    if rect is None:
        if shape["op"] == "intersect":
            mask[...] = False
        return
    x0, y0, x1, y1 = rect
    part = mask[y0:y1, x0:x1]
    if shape["op"] == "add":
        part |= covered
    elif shape["op"] == "subtract":
        part &= ~covered
    else:
        kept = part & covered
        mask[...] = False
        part[...] = kept


def _given(shape: Shape, height: int, width: int) -> NDArray[np.bool_]:
    mask = mask_of_runs(shape["runs"], height * width, "The runs of a shape").reshape(height, width)
    columns, rows = shape.get("at", (0, 0))
    if not (columns or rows):
        return mask
    there = np.zeros_like(mask)
    down = slice(max(rows, 0), max(min(height + rows, height), 0))
    across = slice(max(columns, 0), max(min(width + columns, width), 0))
    up = slice(max(-rows, 0), max(min(height - rows, height), 0))
    back = slice(max(-columns, 0), max(min(width - columns, width), 0))
    there[down, across] = mask[up, back]
    return there
