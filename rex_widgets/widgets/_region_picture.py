"""The check of a picture that regions are drawn on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

MAX_SIDE = 4096


def checked_picture(picture: Any) -> NDArray[np.uint8]:
    """Return a read-only uint8 (H, W, 3) copy of a colour or grey picture, or raise `InputError`.

    The size is looked at before anything is copied: a picture too large costs nothing.
    """
    array = np.asarray(picture)
    grey = array.ndim == 2
    if array.dtype != np.uint8 or not (grey or (array.ndim == 3 and array.shape[2] == 3)):
        raise InputError(
            f"The picture is {array.dtype} of shape {array.shape}; regions are drawn on uint8 "
            "arrays of shape (height, width, 3), or (height, width) for grey."
        )
    height, width = array.shape[:2]
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        step = -(-max(height, width) // MAX_SIDE)
        advice = (
            f"Draw on a smaller copy, for example picture[::{step}, ::{step}], or on a part of it"
            if step > 1
            else "Give a picture that has pixels"
        )
        raise InputError(
            f"The picture is {height} × {width} pixels; regions are drawn on pictures of 1 to "
            f"{MAX_SIDE} pixels a side. {advice}."
        )
    copy = np.array(np.repeat(array[..., None], 3, axis=2) if grey else array, order="C")
    copy.setflags(write=False)
    return copy
