"""From what a person has to a model's input, whatever the kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import KIND_OF_MODE, InputSettings
from rex_widgets.inputs import images
from rex_widgets.inputs.content import Content, content_of
from rex_widgets.inputs.held import is_frame, is_tensor, numbers_held
from rex_widgets.inputs.kinds import chosen_kind, form_for, found_kind
from rex_widgets.inputs.limits import check_bytes
from rex_widgets.inputs.mat_file import read_mat
from rex_widgets.inputs.nifti_file import read_nifti
from rex_widgets.inputs.npy_file import load_npy
from rex_widgets.inputs.numbers import Numbers
from rex_widgets.inputs.sample import Sample
from rex_widgets.inputs.signals import sample_of_signal
from rex_widgets.inputs.sounds import sample_of_sound, sound_of_array, sound_of_wav
from rex_widgets.inputs.tables import sample_of_table
from rex_widgets.inputs.text_file import read_text
from rex_widgets.inputs.volumes import sample_of_volume
from rex_widgets.inputs.wav_file import read_wav

_MEANT_FOR = {
    "array": ("table", "signal", "audio", "volume"),
    "row": ("table", "signal", "audio"),
    "volume": ("volume",),
    "feature_names": ("table",),
    "axis_name": ("signal",),
    "axis_unit": ("signal",),
    "axis_positions": ("signal",),
    "sample_rate": ("signal", "audio"),
    "start": ("audio",),
}


def load_sample(
    image: Any,
    preprocessing: Preprocessing,
    *,
    options: InputSettings | None = None,
    processed: bool = False,
) -> Sample:
    """Read an input in any usual form and bring it to a model's shape and range.

    Pictures: a path (PNG, JPEG, WebP, …, or .npy), the bytes of such a file, a Pillow picture,
    an array (H, W), (H, W, C) or (C, H, W), or a tensor (C, H, W) or (1, C, H, W). Whole numbers
    are 0..255 (uint16: 0..65535); floats are 0..1 or 0..255; floats with negative values are
    taken as preprocessed. Tables: .csv, .npy, .mat, a data frame or series, a dict, a list, an
    array (F,). Signals: .npy, .mat, .csv, an array (L,) or (C, L). Sound: .wav, an array. Volumes:
    .nii, .nii.gz, .npy, .mat, an array (D1, D2, D3) or (C, D1, D2, D3). Files are known by their
    first bytes; their names count only for text.

    Parameters
    ----------
    image
        The input.
    preprocessing
        What the model expects; its kind decides how the input is read.
    options
        What the person says about it: mode, row, volume, axis …
    processed
        The values are the model's input already; they must have the model's shape.

    Returns
    -------
    Sample

    Raises
    ------
    InputError
        If it cannot be read, is empty, is too large (100 megapixels or million values, 512 MB,
        64 MB of text), holds NaN, or does not fit.
    """
    if isinstance(image, Sample):
        return image
    options = InputSettings() if options is None else options
    processed = processed or options.processed
    if isinstance(image, str | Path | bytes | bytearray | memoryview):
        content = content_of(image)
        kind = _kind(options, preprocessing, found_kind(content), content.source)
        sample = _of_file(content, kind, preprocessing, options, processed)
    else:
        found = "image" if isinstance(image, Image.Image) else None
        kind = _kind(options, preprocessing, found, f"The {type(image).__name__} given")
        sample = _of_object(image, kind, preprocessing, options, processed)
    return _with_unused_noted(sample, options)


def _kind(
    options: InputSettings, preprocessing: Preprocessing, found: str | None, source: str
) -> str:
    given = None if options.mode is None else KIND_OF_MODE[options.mode]
    return chosen_kind(given, preprocessing.kind, found, source)


def _of_file(
    content: Content,
    kind: str,
    preprocessing: Preprocessing,
    options: InputSettings,
    processed: bool,
) -> Sample:
    form = form_for(content, kind)
    if kind == "image":
        return images.sample_of_file(content, preprocessing, options.mode, processed)
    if form == "wav":
        return sample_of_sound(sound_of_wav(read_wav(content)), preprocessing, options, processed)
    if form == "nifti":
        numbers = read_nifti(content, options.volume, preprocessing.channels)
    elif form == "mat":
        numbers = read_mat(content, options.array)
    elif form == "text":
        numbers = read_text(content)
    else:
        if content.path is None:
            check_bytes(content.size, content.source)
        numbers = Numbers(load_npy(content.place, content.source), content.name, content.source)
    return _of_numbers(numbers, kind, preprocessing, options, processed)


def _of_object(
    image: Any, kind: str, preprocessing: Preprocessing, options: InputSettings, processed: bool
) -> Sample:
    if kind == "image":
        if isinstance(image, Image.Image):
            return images.sample_of_picture(image, preprocessing, options.mode, processed)
        tensor = is_tensor(image)
        numbers = None if _no_picture(image) else numbers_held(image)
        if numbers is not None:
            return images.sample_of_array(numbers, preprocessing, options.mode, processed, tensor)
        hint = " Tables need mode='tabular'." if is_frame(image) or isinstance(image, dict) else ""
        raise InputError(
            f"An input of type {type(image).__name__} was given; expected a path, the bytes of a "
            f"picture file, a Pillow picture, a numpy array or a torch tensor.{hint}"
        )
    numbers = numbers_held(image)
    if numbers is None:
        raise InputError(
            f"An input of type {type(image).__name__} was given; expected a path, the bytes of a "
            "file, a numpy array, a torch tensor, a data frame, a dict or a list of numbers."
        )
    return _of_numbers(numbers, kind, preprocessing, options, processed)


def _no_picture(image: Any) -> bool:
    return is_frame(image) or isinstance(image, dict | list | tuple)


def _of_numbers(
    numbers: Numbers,
    kind: str,
    preprocessing: Preprocessing,
    options: InputSettings,
    processed: bool,
) -> Sample:
    if kind == "table":
        return sample_of_table(numbers, preprocessing, options, processed)
    if kind == "signal":
        return sample_of_signal(numbers, preprocessing, options, processed)
    if kind == "audio":
        sound = sound_of_array(numbers, options, processed)
        return sample_of_sound(sound, preprocessing, options, processed)
    return sample_of_volume(numbers, preprocessing, options, processed)


def _with_unused_noted(sample: Sample, options: InputSettings) -> Sample:
    unused = [
        name
        for name, kinds in _MEANT_FOR.items()
        if getattr(options, name) is not None and sample.kind not in kinds
    ]
    if not unused:
        return sample
    note = f"without effect on this kind of input: {', '.join(unused)}"
    return replace(sample, notes=(*sample.notes, note))
