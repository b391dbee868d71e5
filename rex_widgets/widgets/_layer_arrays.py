"""Checks of the arrays that go to the browser, and of what comes back from it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

MAX_SIDE = 4096
_MAX_STROKES = 10_000
_MAX_POINTS = 500_000


def checked_picture(picture: Any) -> NDArray[np.uint8]:
    """Return a read-only uint8 (H, W, 3) copy, or raise `InputError`."""
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise InputError(
            f"The picture is {array.dtype} of shape {array.shape}; LayerView shows uint8 arrays "
            "of shape (height, width, 3)."
        )
    if not all(1 <= side <= MAX_SIDE for side in array.shape[:2]):
        raise InputError(
            f"The picture is {array.shape[0]} × {array.shape[1]} pixels; LayerView shows 1 to "
            f"{MAX_SIDE} a side. Make it smaller first."
        )
    return _frozen(array)


def checked_map(values: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a read-only little-endian float32 copy in `shape`, or raise `InputError`."""
    array = np.asarray(values)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"The map is {array.dtype} of shape {array.shape}; expected a two-dimensional array "
            f"of floats in the picture's shape {tuple(shape)}."
        )
    _same_shape("map", array, shape)
    with np.errstate(over="ignore"):
        single = array.astype("<f4")
    if not np.isfinite(single).all():
        raise InputError(
            f"The map holds {int((~np.isfinite(single)).sum())} values that are NaN, infinite or "
            "too large for 32 bits; every value must be finite."
        )
    return _frozen(single)


def checked_mask(mask: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a read-only bool copy in `shape`, or raise `InputError`."""
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise InputError(
            f"The mask is {array.dtype}; expected bool, True where the picture belongs to the "
            "explanation. Compare first, for example 'array > 0'."
        )
    _same_shape("mask", array, shape)
    return _frozen(array)


def unpacked_mask(content: dict[str, Any], buffers: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Turn a stroke message into a bool (H, W) array, or raise `InputError`."""
    height, width = shape
    packed = bytes(buffers[0]) if buffers else b""
    expected = (height * width + 7) // 8
    given = (content.get("height"), content.get("width"))
    if given != (height, width) or len(packed) != expected:
        raise InputError(
            f"A stroke was ignored: the browser sent {len(packed)} bytes for a picture of "
            f"{given[0]} × {given[1]}, expected {expected} bytes for {height} × {width}. "
            "Run the cell again to show the view anew."
        )
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=height * width)
    return bits.reshape(height, width).astype(np.bool_)


def checked_strokes(given: Any) -> list[dict[str, Any]]:
    """Copy well-formed stroke vectors out of a message, or raise `InputError`."""
    if not isinstance(given, list) or len(given) > _MAX_STROKES:
        raise InputError(
            f"A stroke was ignored: expected a list of at most {_MAX_STROKES} shapes. "
            "Clear what is painted and go on."
        )
    strokes: list[dict[str, Any]] = []
    points = 0
    for stroke in given:
        tool = stroke.get("tool") if isinstance(stroke, dict) else None
        if tool == "clear":
            strokes.append({"tool": "clear"})
            continue
        if tool not in ("brush", "eraser") or not _is_path(stroke):
            raise InputError("A stroke was ignored: the browser sent a shape that is none.")
        points += len(stroke["points"])
        if points > _MAX_POINTS:
            raise InputError(
                f"A stroke was ignored: more than {_MAX_POINTS} points. Clear what is painted."
            )
        path = [[float(x), float(y)] for x, y in stroke["points"]]
        strokes.append({"tool": tool, "size": float(stroke["size"]), "points": path})
    return strokes


def _is_path(stroke: dict[str, Any]) -> bool:
    points = stroke.get("points")
    return (
        _is_number(stroke.get("size"))
        and isinstance(points, list)
        and all(
            isinstance(p, (list, tuple)) and len(p) == 2 and all(_is_number(v) for v in p)
            for p in points
        )
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _same_shape(what: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != tuple(shape):
        raise InputError(
            f"The {what} has shape {array.shape}, the picture {tuple(shape)}; they must be equal."
        )


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy
