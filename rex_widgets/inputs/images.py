"""Samples of pictures: channels, size, range."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs.arrays import picture_from_array, processed_from_array, without_batch
from rex_widgets.inputs.content import Content, form_of
from rex_widgets.inputs.limits import MAX_PIXELS, check_bytes
from rex_widgets.inputs.npy_file import load_npy
from rex_widgets.inputs.numbers import Numbers
from rex_widgets.inputs.pictures import from_pillow, open_picture
from rex_widgets.inputs.pixels import Pixels, fit, grey, on_white
from rex_widgets.inputs.sample import Sample


def sample_of_file(
    content: Content, preprocessing: Preprocessing, mode: str | None, processed: bool
) -> Sample:
    """Read a picture, or an array in a .npy file."""
    if form_of(content) == "npy":
        if content.path is None:
            check_bytes(content.size, content.source)
        numbers = Numbers(load_npy(content.place, content.source), content.name, content.source)
        return sample_of_array(numbers, preprocessing, mode, processed)
    check_bytes(content.size, content.source)
    pixels = open_picture(content.place, content.source, keep_alpha=preprocessing.channels == 4)
    return _sample(pixels, preprocessing, mode, processed, content.name)


def sample_of_picture(
    picture: Image.Image, preprocessing: Preprocessing, mode: str | None, processed: bool
) -> Sample:
    """Take a Pillow picture."""
    name = str(getattr(picture, "filename", "") or "").replace("\\", "/").rsplit("/", 1)[-1]
    pixels = from_pillow(picture, "The picture", keep_alpha=preprocessing.channels == 4)
    return _sample(pixels, preprocessing, mode, processed, name or "picture")


def sample_of_array(
    numbers: Numbers,
    preprocessing: Preprocessing,
    mode: str | None,
    processed: bool,
    channels_first: bool = False,
) -> Sample:
    """Take an array of pixels, or of a model's input where it is preprocessed already.

    Parameters
    ----------
    numbers
        (H, W), (H, W, C), (C, H, W) or one of these with a leading axis of length 1.
    preprocessing
        What the model expects.
    mode
        "L" turns colours to grey.
    processed
        It is the model's input already. Floats with negative values are taken so anyway.
    channels_first
        Which order to take where both fit.
    """
    array, source = numbers.array, numbers.source
    if array.size > 4 * MAX_PIXELS:
        raise InputError(
            f"{source} has {array.size / 1e6:.0f} million values (shape {array.shape}); at most "
            f"{MAX_PIXELS // 1_000_000} megapixels are read. Make it smaller first."
        )
    array = without_batch(array, source)
    negative = array.dtype.kind == "f" and array.size > 0 and bool((array < 0).any())
    if processed or negative:
        why = "processed=True" if processed else "it holds negative values"
        data = processed_from_array(array, preprocessing, source, why)
        notes = () if processed else ("negative values: taken as preprocessed",)
        return Sample(data, preprocessing.picture(data), numbers.name, notes)
    keep_alpha = preprocessing.channels == 4
    pixels = picture_from_array(array, source, channels_first, keep_alpha)
    return _sample(pixels, preprocessing, mode, False, numbers.name)


def _sample(
    pixels: Pixels, preprocessing: Preprocessing, mode: str | None, processed: bool, name: str
) -> Sample:
    if processed:
        raise InputError(
            "processed=True was given with a picture; only an array or tensor can be "
            "preprocessed already. Leave processed out."
        )
    if mode == "L" and pixels.values.shape[2] == 3:
        pixels = replace(
            pixels, values=grey(pixels.values), notes=(*pixels.notes, "converted to grey")
        )
    fitted = fit(pixels, preprocessing)
    return Sample(preprocessing.normalise(fitted.values), _shown(fitted), name, fitted.notes)


def _shown(pixels: Pixels) -> NDArray[np.uint8]:
    values: NDArray[Any] = pixels.values
    if values.shape[2] == 4:
        values = on_white(values)
    shown = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if shown.shape[2] == 1:
        shown = np.repeat(shown, 3, axis=2)
    return np.ascontiguousarray(shown)
