"""Whatever a person has as a mask, as an array."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_values
from rex_widgets.regions.binary import check_shape, two_valued
from rex_widgets.regions.coco import mask_of_coco
from rex_widgets.regions.reading import read_mask


def as_mask(given: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a mask of just this shape.

    Parameters
    ----------
    given
        A bool array, or numbers that are 0 and one other value (as an array, nested lists, a
        tensor on the CPU or a grey picture); a path or the bytes of a file that `read_mask`
        reads; a COCO RLE as a dict; or what has such a thing as its ``mask`` (a region, a region
        canvas, an explanation).
    shape
        Of the input without its channels: (H, W), (L,) or (D1, D2, D3).

    Returns
    -------
    ndarray
        Bool, new, C-contiguous.

    Raises
    ------
    InputError
        If it is none of these, of another shape, holds NaN or more than two values.
    """
    if isinstance(given, str | Path | bytes | bytearray | memoryview):
        return read_mask(given, shape)
    if isinstance(given, Mapping):
        return mask_of_coco(given, "The mask", shape)
    if isinstance(given, np.ma.MaskedArray):
        raise InputError(
            "The mask was given as a masked array, which leaves open which part is meant; give "
            "array.mask or array.filled(0)."
        )
    if not isinstance(given, np.ndarray):
        held = getattr(given, "mask", None)
        # A data frame's ``mask`` is a method.
        if held is not None and not callable(held):
            given = held
    if given is None or callable(given):
        raise _no_mask(given)
    try:
        with warnings.catch_warnings():
            # Ragged lists and tensors that need a gradient are refused below in our words.
            warnings.simplefilter("ignore")
            array = np.asarray(given)
    except MemoryError:
        raise
    except Exception:
        # Foreign objects raise what they like when they are made into arrays.
        raise _no_mask(given) from None
    if array.dtype.kind not in "biuf":
        raise _no_mask(given)
    check_shape(array.shape, shape, "The mask")
    check_values(array.shape, "The mask", array.dtype.itemsize)
    return two_valued(array, "The mask")


def _no_mask(given: Any) -> InputError:
    return InputError(
        f"The mask was given as {type(given).__name__}; expected a bool array of the input's "
        "shape, a file (.png, .npz, .npy, .json, .nii), a COCO RLE, or a region."
    )
