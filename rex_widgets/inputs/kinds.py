"""Which kind of input something is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from rex_widgets.axes import KINDS
from rex_widgets.errors import InputError
from rex_widgets.input_settings import KIND_OF_MODE
from rex_widgets.inputs.content import Content, content_of, form_of, form_of_name
from rex_widgets.inputs.held import is_frame
from rex_widgets.inputs.npy_file import load_npy
from rex_widgets.inputs.sample import Sample

_ONE_AXIS = ("table", "signal", "audio")
_MOST_COLOURS = 4
_KIND_OF_FORM = {"text": "table", "mat": "signal", "wav": "audio", "nifti": "volume"}
_MODE_OF_KIND = {"table": "tabular", "signal": "spectral", "audio": "audio", "volume": "voxel"}
_WORDS = {
    "image": "a picture",
    "table": "a table",
    "signal": "a signal",
    "audio": "a sound",
    "volume": "a volume",
}
_FORMS = {
    "table": ("npy", "text", "mat"),
    "signal": ("npy", "text", "mat", "wav"),
    "audio": ("npy", "text", "mat", "wav"),
    "volume": ("npy", "mat", "nifti"),
}
_READABLE = {
    "table": ".csv, .npy or .mat",
    "signal": ".npy, .csv, .mat or .wav",
    "audio": ".wav, .npy or .mat",
    "volume": ".nii, .nii.gz, .npy or .mat",
}


def kind_of_input(image: Any, mode: str | None = None) -> str | None:
    """Guess the kind of an input before the model is known, without reading it.

    Parameters
    ----------
    image
        Whatever `load_sample` takes.
    mode
        One of ReX's modes or one of `rex_widgets.axes.KINDS`; it decides.

    Returns
    -------
    str or None
        One of `rex_widgets.axes.KINDS`; None if nothing tells. Arrays and .npy files that could
        be pictures are left to the model; one axis, or a single row, is a signal, and three long
        axes are a volume.
    """
    if mode is not None:
        by_name = {name.lower(): kind for name, kind in KIND_OF_MODE.items()}
        lower = mode.lower()
        return lower if lower in KINDS else by_name.get(lower)
    if isinstance(image, Sample):
        return image.kind
    if isinstance(image, Image.Image):
        return "image"
    if isinstance(image, str | Path | bytes | bytearray | memoryview):
        return _kind_of_file(image)
    if is_frame(image) or isinstance(image, Mapping | list | tuple):
        return "table"
    shape = getattr(image, "shape", None)
    return None if shape is None else _kind_of_shape(tuple(shape))


def chosen_kind(given: str | None, model: str, found: str | None, source: str) -> str:
    """Bring together what the person says, what the model takes and what the input is.

    Parameters
    ----------
    given
        The kind of the mode that the person named.
    model
        The kind that the model takes.
    found
        The kind that the input is for certain, or None.
    source
        How messages call the input.
    """
    if given is not None and not _alike(given, model):
        raise InputError(
            f"{source} was called {_WORDS[given]} by mode, but the model takes {_WORDS[model]}; "
            "give the same mode when the model is read, or leave mode out."
        )
    sound_in_table = found == "audio" and "table" in (given or model, model)
    if found is not None and (sound_in_table or not _alike(found, model)):
        hint = (
            f"; say mode={_MODE_OF_KIND[found]!r} if the model takes such"
            if found in _MODE_OF_KIND and given is None
            else ""
        )
        raise InputError(f"{source} is {_WORDS[found]}, but the model takes {_WORDS[model]}{hint}.")
    if given is None and found == "audio":
        return "audio"
    return given or model


def form_for(content: Content, kind: str) -> str:
    """The form in which a file is read for a kind of input; refuse those that do not fit."""
    form = form_of(content)
    if kind == "image" and form == "mat":
        raise InputError(
            f"{content.source} is a .mat file, but the model takes a picture; say mode='spectral', "
            "'tabular' or 'voxel' if the model takes such."
        )
    if content.path is None and form == "picture" and "text" in _FORMS.get(kind, ()):
        # Bytes have no name that says so.
        form = "text" if _is_text(content.head) else form
    if kind != "image" and form not in _FORMS[kind]:
        raise InputError(
            f"{content.source} cannot be read as {_WORDS[kind]}; expected a {_READABLE[kind]} file."
        )
    return form


def found_kind(content: Content) -> str | None:
    """The kind that a file is for certain."""
    form = form_of(content)
    # Rows of numbers may be any kind of one axis, and arrays any kind at all.
    return _kind_of_form(form) if form in ("text", "wav", "nifti") else None


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and all(byte < 128 for byte in head)


def _alike(one: str, other: str) -> bool:
    return one == other or (one in _ONE_AXIS and other in _ONE_AXIS)


def _kind_of_form(form: str | None) -> str | None:
    return "image" if form == "picture" else _KIND_OF_FORM.get(form or "")


def _kind_of_shape(shape: tuple[int, ...]) -> str | None:
    """What can be no picture: one axis or one row; three long axes, none of them channels."""
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
        if len(shape) == 1:
            return "signal" if shape[0] > 1 else None
    if len(shape) == 1:
        return "signal"
    if len(shape) == 4:
        # (C, D1, D2, D3), or a batch of pictures, which is refused with better words as such.
        return None
    return "volume" if len(shape) == 3 and min(shape) > _MOST_COLOURS else None


def _kind_of_file(image: str | Path | bytes | bytearray | memoryview) -> str | None:
    try:
        content = content_of(image)
        form = form_of(content)
        if form == "npy":
            return _kind_of_shape(load_npy(content.place, content.source).shape)
    except InputError:
        # What is wrong is told when the input is read.
        name = image if isinstance(image, str | Path) else ""
        return _kind_of_form(form_of_name(str(name)))
    return _kind_of_form(form)
