"""Weights from a ``.pth`` file that one does not trust."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.places import check_size

_MOST_PICKLE = 2**22
_SHOWN = 8
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


def read_checkpoint(path: Path, needed: tuple[str, ...], most_bytes: int) -> dict[str, Any]:
    """Read a dictionary of state dicts; nothing in the file is executed.

    Parameters
    ----------
    path
        As ``torch.save`` of torch 1.6 or newer writes it.
    needed
        The entries that are wanted. Others, such as an optimiser's, are left alone.
    most_bytes
        Of the file, and of what is packed in it.

    Returns
    -------
    dict
        The entries that are wanted.

    Raises
    ------
    ModelError
        The file is no such file, is too large, holds anything but tensors and plain values, or
        lacks an entry.
    """
    check_size(path, most_bytes)
    _check_archive(path, most_bytes)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except _BROKEN as error:
        raise ModelError(
            f"{path} was refused: {_first_sentence(error)} Expected a file of tensors and plain "
            "values, as torch.save writes it; nothing else is read, because it could run code."
        ) from None
    if not isinstance(found, Mapping):
        raise ModelError(
            f"{path} holds a {type(found).__name__}; expected a dictionary with {_list(needed)}."
        )
    lacking = [name for name in needed if name not in found]
    if lacking:
        raise ModelError(
            f"{path} lacks {_list(lacking)}; it has {_list(found) or 'nothing'}. Expected "
            f"{_list(needed)}, as in the BEX release."
        )
    return {name: found[name] for name in needed}


def fill(module: torch.nn.Module, state: Any, what: str) -> None:
    """Load a state dict into a module, once every name, shape and type in it is right.

    Parameters
    ----------
    module
        Changed in place.
    state
        What a file gave.
    what
        The file and entry, for errors.

    Raises
    ------
    ModelError
        Names are missing or too many, a shape is another, or a value is not finite. All that is
        wrong of one kind is listed.
    """
    if not isinstance(state, Mapping):
        raise ModelError(
            f"{what} is a {type(state).__name__}; expected a dictionary of tensors, by name."
        )
    wanted = module.state_dict()
    missing = [name for name in wanted if name not in state]
    extra = [name for name in state if name not in wanted]
    if missing or extra:
        kinds = (("missing", missing), ("unknown", extra))
        told = "; ".join(f"{kind}: {_list(names)}" for kind, names in kinds if names)
        raise ModelError(f"{what} does not have the layout of the BEX release. Weights {told}.")
    wrong = [problem for name in wanted if (problem := _wrong(name, state[name], wanted[name]))]
    if wrong:
        raise ModelError(
            f"{what} does not have the layout of the BEX release: {_list(wrong, '; ')}."
        )
    module.load_state_dict({name: state[name].detach() for name in wanted})


def _wrong(name: str, given: Any, wanted: torch.Tensor) -> str:
    if not isinstance(given, torch.Tensor):
        return f"{name} is a {type(given).__name__}, expected a tensor"
    if given.layout != torch.strided or given.is_quantized or given.is_meta or given.is_nested:
        return f"{name} is no plain tensor"
    if given.shape != wanted.shape:
        return f"{name} has shape {tuple(given.shape)}, expected {tuple(wanted.shape)}"
    if given.is_floating_point() != wanted.is_floating_point() or given.is_complex():
        return f"{name} is of {given.dtype}, expected {wanted.dtype}"
    if not bool(torch.isfinite(given).all()):
        return f"{name} holds NaN or infinite values"
    return ""


def _check_archive(path: Path, most_bytes: int) -> None:
    # torch's older format is no archive: what it asks for is allocated before it can be checked.
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise ModelError(
            f"{path} is no archive as torch.save writes it since torch 1.6 "
            f"({_first_sentence(error)}) It is damaged, or older: where you trust it, "
            "torch.save(torch.load(path, weights_only=True), path) writes it anew."
        ) from None
    unpacked = sum(member.file_size for member in members)
    pickled = sum(member.file_size for member in members if member.filename.endswith(".pkl"))
    if unpacked > most_bytes or pickled > _MOST_PICKLE:
        raise ModelError(
            f"{path} holds {unpacked:,} bytes, {pickled:,} of them names and structure; expected "
            f"{most_bytes:,} and {_MOST_PICKLE:,} at most."
        )


def _first_sentence(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{lines[0].split('. ')[0].rstrip('.')}."


def _list(names: Any, between: str = ", ") -> str:
    all_names = [str(name)[:200] for name in names]
    more = len(all_names) - _SHOWN
    shown = between.join(all_names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
