"""A region as a setting: taken over when it is said, read once the input's shape is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

REGION_EXPECTS = (
    "an array of True and False (or 0 and 1), the path of a .png, .npz, .npy, .json or .nii file, "
    "a COCO RLE, or an object with a mask"
)
"""What `region_given` takes, in words."""


def region_given(value: Any) -> Any:
    """Take over a value of the setting ``region``; its shape is checked once that is known.

    Objects with a mask are read now, so that what is drawn later changes no settings.
    """
    if value is None or (isinstance(value, str) and value == "none"):
        return None
    if isinstance(value, str | Path):
        if not str(value).strip():
            raise ValueError
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.ma.MaskedArray):
        return value  # refused in plain words, once the shape is known
    if isinstance(value, np.ndarray) and value.dtype == np.bool_ and not value.flags.writeable:
        return value
    if not isinstance(value, np.ndarray):
        mask = getattr(value, "mask", None)
        value = value if mask is None or callable(mask) else mask
    array = np.array(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "biuf":
        raise ValueError
    return array


def region_read(region: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return what `region_given` took over as a mask of this shape, bool and new.

    Raises
    ------
    InputError
        It cannot be read, is no mask, or has another shape.
    """
    plain = type(region) is np.ndarray and region.dtype == np.bool_
    if plain and region.shape == shape:
        return np.array(region)
    from rex_widgets.regions.given import as_mask

    given = Path(region).expanduser() if isinstance(region, str) else region
    try:
        return np.array(as_mask(given, shape), np.bool_)
    except InputError as error:
        raise InputError(f"The region cannot be used: {error}") from None
