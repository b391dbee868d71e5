"""What counts as a mask among arrays of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError


def two_valued(array: NDArray[Any], source: str) -> NDArray[np.bool_]:
    """Return a new mask of an array that holds 0 and at most one other value.

    Raises
    ------
    InputError
        For more values, none of them 0, NaN, or what are no numbers.
    """
    if array.dtype.kind == "b":
        return np.array(array, np.bool_, order="C")
    if array.dtype.kind not in "iuf":
        raise InputError(
            f"{source} holds values of type {array.dtype}; expected a mask: True and False, or 0 "
            "and 1."
        )
    mask = np.ascontiguousarray(array != 0)
    found = array[mask]
    if found.size:
        if found.dtype.kind == "f" and np.isnan(found).any():
            raise InputError(f"{source} holds NaN; expected a mask: True and False, or 0 and 1.")
        low, high = found.min(), found.max()
        if low != high:
            raise InputError(
                f"{source}: more than two values were found (0, and {low:g} to {high:g}), as in a "
                "picture or a map; expected a mask: 0 outside and one value inside. Compare it "
                "first, e.g. array > 0.5."
            )
    return mask


def check_shape(found: tuple[int, ...], expected: tuple[int, ...] | None, source: str) -> None:
    """Refuse a mask of another shape; with None, any shape is right."""
    if expected is None or tuple(found) == tuple(expected):
        return
    swapped = found == tuple(reversed(expected))
    advice = "Turn it: mask.T." if swapped else "Use a mask made for this input."
    raise InputError(
        f"{source} has the shape {tuple(int(n) for n in found)}; expected "
        f"{tuple(int(n) for n in expected)}. {advice}"
    )
