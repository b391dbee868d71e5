"""Reading arrays and tensors: order of the axes, range of the values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_pixels
from rex_widgets.inputs.pictures import from_pillow
from rex_widgets.inputs.pixels import Pixels, PixelValues, on_white

_CHANNELS = (1, 3, 4)


def as_array(tensor: Any) -> NDArray[Any]:
    """Return a torch tensor as a numpy array, without importing torch."""
    plain = tensor.detach().cpu()
    try:
        array: NDArray[Any] = plain.numpy()
    except TypeError:  # bfloat16 has no numpy type
        array = plain.float().numpy()
    return array


def picture_from_array(
    array: NDArray[Any], source: str, channels_first: bool, keep_alpha: bool = False
) -> Pixels:
    """Turn (H, W), (H, W, C) or (C, H, W) values into pixels, noting every conversion.

    Parameters
    ----------
    array
        uint8, uint16, other whole numbers in 0..255, or floats in 0..1 or 0..255.
    source
        How people call it.
    channels_first
        Which order to take where both fit (tensors come channels first).
    keep_alpha
        Keep a fourth channel instead of putting the picture on white.
    """
    planes, notes = _height_width_channels(array, source, channels_first)
    check_pixels(planes.shape[1], planes.shape[0], source)
    if planes.dtype.kind in "iu":
        values: PixelValues = _whole_numbers(planes, source, notes)
    else:
        values = _floats(planes, source, notes)
    if values.shape[2] == 4 and not keep_alpha:
        return _without_alpha(values, source, notes)
    return Pixels(values, tuple(notes))


def processed_from_array(
    array: NDArray[Any], preprocessing: Preprocessing, source: str, why: str
) -> NDArray[np.float32]:
    """Return an array that is preprocessed already as (C, H, W) float32, its shape checked.

    Parameters
    ----------
    array
        (C, H, W), (1, C, H, W), (H, W, C), or (H, W) for a grey model.
    preprocessing
        Tells the shape.
    source
        How people call it.
    why
        Why it is taken for preprocessed, as a sentence part.
    """
    check_numbers(array, source)
    if array.ndim == 2:
        array = array[None]
    first = array.ndim == 3 and _fits(array.shape, preprocessing)
    turned = (*array.shape[2:], *array.shape[:2])
    if not first and array.ndim == 3 and _fits(turned, preprocessing):
        array = np.moveaxis(array, 2, 0)
    elif not first:
        size = preprocessing.size
        shown = "H, W" if size is None else f"{size[0]}, {size[1]}"
        raise InputError(
            f"{source} has shape {array.shape} and is taken as preprocessed ({why}); expected "
            f"({preprocessing.channels}, {shown}). Give it in the model's shape, or give a "
            "picture with values in 0..1 or 0..255."
        )
    check_pixels(array.shape[2], array.shape[1], source)
    return np.array(array, dtype=np.float32, order="C")


def check_numbers(array: NDArray[Any], source: str) -> None:
    """Refuse empty arrays, arrays of no numbers, NaN and infinity."""
    kind = array.dtype.kind
    if kind == "b":
        raise InputError(
            f"{source} is an array of True and False; expected pixel values. A mask is no "
            "picture: multiply it by 255 and convert it to uint8 if it is meant as one."
        )
    if kind not in "iuf":
        raise InputError(
            f"{source} is an array of {array.dtype}; expected uint8, uint16 or float values."
        )
    if array.size == 0:
        raise InputError(f"{source} is empty (shape {array.shape}); expected (H, W, C).")
    if kind == "f" and not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise InputError(
            f"{source} holds {bad} NaN or infinite values; expected finite numbers. "
            "Replace them, e.g. with numpy.nan_to_num."
        )


def without_batch(array: NDArray[Any], source: str) -> NDArray[Any]:
    """Drop a batch axis of length 1; refuse a batch of several."""
    if array.ndim == 4:
        if array.shape[0] != 1:
            raise InputError(
                f"{source} is a batch of {array.shape[0]} (shape {array.shape}); one input is "
                "explained at a time: give array[0]."
            )
        first: NDArray[Any] = array[0]
        return first
    return array


def _fits(shape: tuple[int, ...], preprocessing: Preprocessing) -> bool:
    if shape[0] != preprocessing.channels:
        return False
    return preprocessing.size is None or tuple(shape[1:]) == preprocessing.size


def _height_width_channels(
    array: NDArray[Any], source: str, channels_first: bool
) -> tuple[NDArray[Any], list[str]]:
    check_numbers(array, source)
    if array.ndim == 2:
        return array[:, :, None], []
    if array.ndim != 3:
        raise InputError(
            f"{source} has {array.ndim} axes (shape {array.shape}); expected (H, W), (H, W, C) "
            "or (C, H, W)."
        )
    last, first = array.shape[2] in _CHANNELS, array.shape[0] in _CHANNELS
    if first and (channels_first or not last):
        return np.moveaxis(array, 0, 2), []
    if last:
        return array, []
    raise InputError(
        f"{source} has shape {array.shape} with no axis of 1, 3 or 4 channels; expected (H, W), "
        "(H, W, C) or (C, H, W) in grey, RGB or RGBA."
    )


def _whole_numbers(planes: NDArray[Any], source: str, notes: list[str]) -> PixelValues:
    low, high = int(planes.min()), int(planes.max())
    if planes.dtype == np.uint16 and high > 255:
        notes.append("16-bit values scaled to 0..255")
        return (planes.astype(np.float32) / np.float32(257)).astype(np.float32)
    if low < 0 or high > 255:
        raise InputError(
            f"{source} holds {planes.dtype} values in {low}..{high}; expected 0..255 (or uint16 "
            "up to 65535). Scale them, or give floats in 0..1."
        )
    return np.array(planes, dtype=np.uint8, order="C")


def _floats(planes: NDArray[Any], source: str, notes: list[str]) -> NDArray[np.float32]:
    high = float(planes.max())
    if high > 255.5:
        raise InputError(
            f"{source} holds values up to {high:g}; expected 0..1 or 0..255. Scale them first."
        )
    # Resampling and arithmetic leave a picture in 0..1 a little above 1.
    if high <= 1.0 + 1e-3:
        notes.append("values in 0..1 taken as a picture")
        planes = planes.astype(np.float32) * np.float32(255)
        return _limited(planes)
    notes.append("values in 0..255 taken as a picture")
    return _limited(planes)


def _limited(planes: NDArray[Any]) -> NDArray[np.float32]:
    limited: NDArray[np.float32] = np.clip(planes.astype(np.float32), 0, 255)
    return limited


def _without_alpha(values: PixelValues, source: str, notes: list[str]) -> Pixels:
    if values.dtype == np.uint8:
        rgba = Image.fromarray(np.ascontiguousarray(values))
        inner = from_pillow(rgba, source)
        return Pixels(inner.values, (*notes, *inner.notes))
    colour: NDArray[np.float32] = values[:, :, :3].astype(np.float32)
    if values[:, :, 3].min() < 255:
        colour = on_white(values)
        notes.append("alpha composited on white")
    return Pixels(colour, tuple(notes))
