"""The views of one picture, as `LinkedViews` keeps and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.widgets._layer_arrays import MAX_SIDE, checked_map, checked_mask

Kind = Literal["picture", "map", "difference", "mask"]

MAX_VIEWS = 24
MAX_PIXELS = 2**25
"""Pixels of all views together: a browser keeps 8 to 12 bytes for each."""
MAX_TEXT = 200


@dataclass(frozen=True, eq=False)
class LinkedView:
    """One view: a name, an array, and a few words about it.

    Attributes
    ----------
    id
        Tells versions apart: another array has another id.
    name
        What people call it; unique among the views.
    kind
        "picture" (uint8 H×W×3), "map" or "difference" (float32 H×W), "mask" (bool H×W).
    values
        The array, read-only.
    note
        A few words beside the name.
    of
        Of a difference: the names of the maps it was made of.
    scaled
        Of a difference: each map was divided by its maximum first.
    """

    id: int
    name: str
    kind: Kind
    values: NDArray[Any] = field(repr=False)
    note: str = ""
    of: tuple[str, str] | None = None
    scaled: bool = False

    def heading(self) -> dict[str, Any]:
        """What the browser is told about it, without the array."""
        return {"id": self.id, "name": self.name, "kind": self.kind, "note": self.note}

    def data(self) -> tuple[dict[str, Any], list[bytes]]:
        """The message that carries the array; masks bit-packed."""
        packed = np.packbits(self.values) if self.kind == "mask" else self.values
        return {"type": "data", "id": self.id}, [packed.tobytes()]


def checked_values(kind: Kind, values: Any, shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return a read-only copy that fits kind and shape, or raise `InputError`."""
    if kind == "mask":
        assert shape is not None
        return checked_mask(values, shape)
    if kind == "picture":
        return _checked_picture(values, shape)
    assert shape is not None
    return checked_map(values, shape)


def kind_of(values: Any) -> Kind:
    """Say what an array is by its type and its axes, or raise `InputError`."""
    array = np.asarray(values)
    if array.ndim == 2 and array.dtype == np.bool_:
        return "mask"
    if array.ndim == 2 and np.issubdtype(array.dtype, np.floating):
        return "map"
    if array.ndim == 3 and array.dtype == np.uint8:
        return "picture"
    raise InputError(
        f"A view is {array.dtype} of shape {array.shape}; expected floats (height, width) for a "
        "map, bool (height, width) for a mask, or uint8 (height, width, 3) for a picture."
    )


def checked_words(what: str, given: Any, *, empty: bool = False) -> str:
    """Return a short text, or raise `InputError`."""
    if not isinstance(given, str) or len(given) > MAX_TEXT or not (empty or given.strip()):
        shown = repr(given)[:60]
        least = 0 if empty else 1
        raise InputError(
            f"The {what} was {shown}; expected a text of {least} to {MAX_TEXT} characters."
        )
    return given


def difference_of(a: NDArray[Any], b: NDArray[Any], scaled: bool) -> NDArray[np.float64]:
    """``a - b``; with ``scaled`` each map is divided by its largest absolute value first."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    if scaled:
        first /= float(np.abs(first).max()) or 1.0
        second /= float(np.abs(second).max()) or 1.0
    return first - second


def check_room(views: int, pixels: int) -> None:
    """Raise `InputError` where so many views of so many pixels are too much for a browser."""
    if views > MAX_VIEWS:
        raise InputError(
            f"There would be {views} views; at most {MAX_VIEWS} are shown together. Remove one "
            "first: views.remove(name)."
        )
    if views * pixels > MAX_PIXELS:
        raise InputError(
            f"{views} views of {pixels:,} pixels are {views * pixels / 1e6:.1f} million pixels; "
            f"at most {MAX_PIXELS / 1e6:.1f} million are shown together. Remove a view, or show a "
            "smaller version of the picture."
        )


def _checked_picture(given: Any, shape: tuple[int, ...] | None) -> NDArray[np.uint8]:
    array = np.asarray(given)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise InputError(
            f"The picture is {array.dtype} of shape {array.shape}; expected uint8 of shape "
            "(height, width, 3)."
        )
    if not all(1 <= side <= MAX_SIDE for side in array.shape[:2]):
        raise InputError(
            f"The picture is {array.shape[0]} × {array.shape[1]} pixels; expected 1 to {MAX_SIDE} "
            "a side. Make it smaller first."
        )
    if shape is not None and array.shape[:2] != tuple(shape):
        raise InputError(
            f"The picture has {array.shape[0]} × {array.shape[1]} pixels, the others "
            f"{shape[0]} × {shape[1]}; they must be equal."
        )
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy
