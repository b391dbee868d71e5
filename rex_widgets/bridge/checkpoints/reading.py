"""Files of weights, read so that nothing in them is executed and nothing in them grows."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rex_widgets.errors import ModelError

MOST_BYTES = 2**34
"""Of a file, and of the tensors in it: 16 GiB. I²SB's files hold their optimiser too."""

_MOST_NAMES = 2**26
_MOST_CONFIG = 2**20
_BROKEN = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)


def read_weights(path: Path, most_bytes: int = MOST_BYTES) -> Mapping[str, Any]:
    """What a file of weights holds, as it is.

    Parameters
    ----------
    path : Path
        ``.safetensors``, or any name for what ``torch.save`` of torch 1.6 or newer writes.
    most_bytes : int
        Of the file, and of what is packed in it.

    Returns
    -------
    dict
        Tensors by name, or dictionaries of them. What torch wrote stays on the disk until it is
        asked for.

    Raises
    ------
    ModelError
        There is no such file, it is larger, damaged, or would have to run code to be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror or error}") from None
    if size > most_bytes:
        raise ModelError(
            f"{path} has {size:,} bytes; {most_bytes:,} at most are read. Where the file is right, "
            "give most_bytes"
        )
    found = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    if not isinstance(found, Mapping):
        raise ModelError(
            f"{path} holds a {type(found).__name__}; expected weights by name. "
            "Of a whole module, save module.state_dict()"
        )
    return found


def read_config(path: Path) -> dict[str, Any]:
    """A JSON object, 1 MiB at most.

    Raises
    ------
    ModelError
        There is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_CONFIG + 1)
        if len(content) > _MOST_CONFIG:
            raise ModelError(f"{path} has more than {_MOST_CONFIG:,} bytes; that is no config")
        found = json.loads(content)
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path} holds a {type(found).__name__}; expected a JSON object")
    return found


def first_sentence(error: BaseException) -> str:
    """The first sentence of an error's first line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{lines[0].split('. ')[0].rstrip('.')}."


def _read_safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, *_BROKEN) as error:
        raise ModelError(f"{path} is no safetensors file: {first_sentence(error)}") from None


def _read_torch(path: Path) -> Any:
    _check_archive(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except _BROKEN as error:
        raise ModelError(
            f"{path} was refused: {first_sentence(error)} Only tensors and plain values are read; "
            "anything else could run code. Where you trust the file, write its weights anew, "
            "where it came from: found = torch.load(path, weights_only=False)['net'], and "
            "torch.save({'net': found}, new_path); of a whole module found.state_dict()"
        ) from None


def _check_archive(path: Path) -> None:
    # torch's older format is no archive: what it asks for is allocated before it can be checked.
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except _BROKEN as error:
        raise ModelError(
            f"{path} is no archive as torch.save writes it since torch 1.6 "
            f"({first_sentence(error)}) It is damaged, or older: where you trust it, "
            "torch.save(torch.load(path, weights_only=True), new_path) writes it anew"
        ) from None
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ModelError(f"{path} is a compressed archive; torch.save writes none")
    names = sum(member.file_size for member in members if member.filename.endswith(".pkl"))
    if names > _MOST_NAMES:
        raise ModelError(
            f"{path} has {names:,} bytes of names and structure; {_MOST_NAMES:,} at most are read"
        )
