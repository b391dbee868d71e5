"""Checks of a signal's arrays before they go to the browser, and of strokes that come back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

MAX_CHANNELS = 64
MAX_VALUES = 16_000_000
MAX_FEATURES = 100_000
_MAX_STROKES = 10_000


def checked_values(values: Any, kind: str) -> NDArray[np.float32]:
    """Return a read-only little-endian float32 (C, L) copy, or raise `InputError`."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2) or 0 in array.shape:
        raise InputError(
            f"The values are {array.dtype} of shape {array.shape}; SignalView shows numbers of "
            "shape (length,) or (channels, length)."
        )
    array = np.atleast_2d(array)
    channels, length = array.shape
    if kind == "table" and (channels > 1 or length > MAX_FEATURES):
        raise InputError(
            f"The values have shape {np.shape(values)}; a table's row has shape (features,) or "
            f"(1, features), with at most {MAX_FEATURES:,} features."
        )
    if channels > MAX_CHANNELS:
        raise InputError(
            f"The values have {channels} channels; SignalView shows at most {MAX_CHANNELS}. "
            "If the last axis holds the channels, give values.T."
        )
    if array.size > MAX_VALUES:
        raise InputError(
            f"There are {array.size / 1e6:,.1f} million values; SignalView shows at most "
            f"{MAX_VALUES // 1_000_000} million. Cut out the part that is meant."
        )
    return _single("values", array)


def checked_map(values: Any, length: int) -> NDArray[np.float32]:
    """Return a read-only little-endian float32 (L,) copy, or raise `InputError`."""
    array = np.asarray(values)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"The map is {array.dtype} of shape {array.shape}; expected one axis of floats, "
            f"{length} long."
        )
    _same_length("map", array, length)
    return _single("map", array)


def checked_mask(mask: Any, length: int) -> NDArray[np.bool_]:
    """Return a read-only bool (L,) copy, or raise `InputError`."""
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise InputError(
            f"The mask is {array.dtype}; expected bool, True where the input belongs to the "
            "explanation. Compare first, for example 'array > 0'."
        )
    _same_length("mask", array, length)
    return _frozen(array)


def checked_strokes(content: dict[str, Any], length: int) -> list[dict[str, Any]]:
    """Copy well-formed strokes out of a message, or raise `InputError`."""
    given = content.get("strokes")
    if content.get("length") != length:
        raise InputError(
            f"A selection was ignored: the browser sent one for {content.get('length')} places, "
            f"expected {length}. Run the cell again to show the view anew."
        )
    if not isinstance(given, list) or len(given) > _MAX_STROKES:
        raise InputError(
            f"A selection was ignored: expected a list of at most {_MAX_STROKES} intervals. "
            "Clear what is selected and go on."
        )
    return [_checked_stroke(stroke, length) for stroke in given]


def painted_by(strokes: list[dict[str, Any]], length: int) -> NDArray[np.bool_]:
    """Carry out strokes in their order: bool (L,)."""
    painted = np.zeros(length, dtype=np.bool_)
    for stroke in strokes:
        if stroke["tool"] == "clear":
            painted[:] = False
        else:
            painted[stroke["start"] : stroke["stop"]] = stroke["tool"] == "brush"
    return painted


def _checked_stroke(stroke: Any, length: int) -> dict[str, Any]:
    tool = stroke.get("tool") if isinstance(stroke, dict) else None
    if tool == "clear":
        return {"tool": "clear"}
    if tool in ("brush", "eraser"):
        start, stop = stroke.get("start"), stroke.get("stop")
        # A bool is an int to Python, but no place.
        if type(start) is int and type(stop) is int and 0 <= start < stop <= length:
            return {"tool": tool, "start": start, "stop": stop}
    raise InputError("A selection was ignored: the browser sent an interval that is none.")


def _same_length(what: str, array: NDArray[Any], length: int) -> None:
    if array.shape != (length,):
        raise InputError(
            f"The {what} has shape {array.shape}, the input has {length} places; expected "
            f"({length},)."
        )


def _single(what: str, array: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        single = array.astype("<f4")
    bad = int((~np.isfinite(single)).sum())
    if bad:
        raise InputError(
            f"The {what} hold{'s' if what == 'map' else ''} {bad} numbers that are NaN, infinite "
            "or too large for 32 bits; every number must be finite."
        )
    return _frozen(single)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy
