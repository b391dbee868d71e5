"""Checks of the volumes that go to the browser, and of the regions that come back from it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

MAX_SIDE = 512
MAX_VOXELS = 1 << 26
"""64 million: a region of so many bits still fits the largest message a browser may send."""
MAX_CHANNELS = 8
_MAX_STROKES = 10_000
_MAX_POINTS = 500_000
_FAR = 1e6

Shape = tuple[int, int, int]


def checked_volume(volume: Any) -> NDArray[Any]:
    """Return a read-only (C, D1, D2, D3) copy of real, finite numbers, or raise `InputError`."""
    array = np.asarray(volume)
    if array.ndim not in (3, 4) or array.dtype.kind not in "buif":
        raise InputError(
            f"The volume is {array.dtype} of shape {array.shape}; VolumeView shows numbers of "
            "shape (D1, D2, D3), or (channels, D1, D2, D3)."
        )
    whole = array[None] if array.ndim == 3 else array
    channels, *space = whole.shape
    if not all(1 <= side <= MAX_SIDE for side in space):
        raise InputError(
            f"The volume has {_times(space)} voxels; VolumeView shows 1 to {MAX_SIDE} a side. "
            "Cut it or make it smaller first."
        )
    if math.prod(space) > MAX_VOXELS or whole.size > 2 * MAX_VOXELS:
        raise InputError(
            f"The volume has {whole.size / 1e6:.0f} million voxels ({channels} × {_times(space)});"
            f" VolumeView shows at most {MAX_VOXELS / 1e6:.0f} million a channel and "
            f"{2 * MAX_VOXELS / 1e6:.0f} million in all. Cut it or make it smaller first."
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise InputError(
            f"The volume has {channels} channels (shape {array.shape}); VolumeView shows 1 to "
            f"{MAX_CHANNELS}. Choose some, for example volume[:3]."
        )
    if array.dtype.kind == "f":
        return _single("volume", whole)
    return _frozen(whole)


def checked_map(values: Any, shape: Shape) -> NDArray[np.float32]:
    """Return a read-only float32 copy in `shape`, or raise `InputError`."""
    array = np.asarray(values)
    if array.ndim != 3 or not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"The map is {array.dtype} of shape {array.shape}; expected a three-dimensional array "
            f"of floats in the volume's shape {shape}."
        )
    _same_shape("map", array, shape)
    return _single("map", array)


def checked_mask(mask: Any, shape: Shape, what: str = "mask") -> NDArray[np.bool_]:
    """Return a read-only bool copy in `shape`, or raise `InputError`."""
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise InputError(
            f"The {what} is {array.dtype}; expected bool, True where a voxel belongs to it. "
            "Compare first, for example 'array > 0'."
        )
    _same_shape(what, array, shape)
    return _frozen(array)


def unpacked_region(content: dict[str, Any], buffers: Any, shape: Shape) -> NDArray[np.bool_]:
    """Turn a stroke message into a bool array in `shape`, or raise `InputError`."""
    packed = bytes(buffers[0]) if buffers else b""
    voxels = math.prod(shape)
    expected = (voxels + 7) // 8
    given = content.get("shape")
    if given != list(shape) or len(packed) != expected:
        raise InputError(
            f"A stroke was ignored: the browser sent {len(packed)} bytes for a volume of shape "
            f"{given}, expected {expected} bytes for {list(shape)}. Run the cell again to show "
            "the view anew."
        )
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=voxels)
    return bits.view(np.bool_).reshape(shape)


def checked_strokes(given: Any) -> list[dict[str, Any]]:
    """Copy well-formed stroke vectors out of a message, or raise `InputError`."""
    if not isinstance(given, list) or len(given) > _MAX_STROKES:
        raise InputError(
            f"A stroke was ignored: expected a list of at most {_MAX_STROKES} strokes. "
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
            raise InputError("A stroke was ignored: the browser sent a stroke that is none.")
        points += len(stroke["points"])
        if points > _MAX_POINTS:
            raise InputError(
                f"A stroke was ignored: more than {_MAX_POINTS} points. Clear what is painted."
            )
        strokes.append(
            {
                "tool": tool,
                "shape": stroke["shape"],
                "axis": stroke["axis"],
                "size": float(stroke["size"]),
                "points": [[float(v) for v in point] for point in stroke["points"]],
            }
        )
    return strokes


def clamped_place(place: Any, shape: Shape) -> list[int]:
    """Bring three voxel indices into the volume; the middle if they are no indices."""
    if not isinstance(place, (list, tuple)) or len(place) != 3:
        return [side // 2 for side in shape]
    return [min(max(int(v), 0), side - 1) for v, side in zip(place, shape, strict=True)]


def _is_path(stroke: dict[str, Any]) -> bool:
    points = stroke.get("points")
    return (
        stroke.get("shape") in ("ball", "slice")
        and type(stroke.get("axis")) is int
        and 0 <= stroke["axis"] <= 2
        and _is_number(stroke.get("size"))
        and isinstance(points, list)
        and len(points) > 0
        and all(
            isinstance(p, (list, tuple)) and len(p) == 3 and all(_is_number(v) for v in p)
            for p in points
        )
    )


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and -_FAR <= value <= _FAR


def _single(what: str, array: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        single = array.astype("<f4", order="C")
    finite = np.isfinite(single)
    if not finite.all():
        raise InputError(
            f"The {what} holds {int((~finite).sum())} values that are NaN, infinite or too large "
            "for 32 bits; every value must be finite. np.nan_to_num replaces them."
        )
    single.setflags(write=False)
    return single


def _same_shape(what: str, array: NDArray[Any], shape: Shape) -> None:
    if array.shape != tuple(shape):
        raise InputError(
            f"The {what} has shape {array.shape}, the volume {tuple(shape)}; they must be equal."
        )


def _times(sides: Any) -> str:
    return " × ".join(str(side) for side in sides)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy
