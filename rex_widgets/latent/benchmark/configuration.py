"""All that a run's result depends on, as plain values."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import torch

from rex_widgets.latent.benchmark.arena import Arena
from rex_widgets.versions import library_versions

_LIBRARIES = ("rex_widgets", "numpy", "torch")
_OF_CLASSES = ("__dict__", "__weakref__", "__doc__", "__firstlineno__", "_abc_impl")
"""What a class holds besides what was written in it."""


def configuration_of(
    attributes: Mapping[str, Any], explainer: Any, options: Mapping[str, Any], arena: Arena
) -> dict[str, Any]:
    """Describe a run, so that two with the same description have the same result.

    Parameters
    ----------
    attributes
        Of benchmark and explainer.
    explainer
        Its class, and the code of that, count as well.
    options
        What it was made with.
    arena
        Where it is tried.
    """
    kind = type(explainer)
    versions = library_versions()
    return {
        "attributes": _described(attributes),
        "options": _described(options),
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "source": _source_digest(kind),
        "world": arena.digest,
        "device": arena.device.type,
        "versions": {library: versions.get(library, "") for library in _LIBRARIES},
    }


def plain_attributes(explainer: Any) -> dict[str, Any]:
    """Return an explainer's public attributes that are text or numbers."""
    return {
        name: value
        for name, value in vars(explainer).items()
        if isinstance(value, (str, int, float)) and not name.startswith("_")
    }


def _described(value: Any) -> Any:
    """Describe a value by plain ones, so that different values are described differently."""
    if isinstance(value, Mapping):
        return {str(key): _described(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_described(entry) for entry in value]
    if isinstance(value, (torch.Tensor, np.ndarray)):
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        content = sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        return [str(array.dtype), list(array.shape), content]
    plain = isinstance(value, (str, int, float, bool, os.PathLike)) or value is None
    return value if plain and not isinstance(value, os.PathLike) else repr(value)


def _source_digest(kind: type) -> str:
    """Digest of the code of a class and of those it inherits from.

    What is compiled counts besides the text: there is no text to be found for a class that was
    typed into a notebook, and it is changed there all the time.
    """
    found = sha256()
    for base in kind.__mro__[:-1]:
        found.update(f"{base.__module__}.{base.__qualname__}".encode())
        try:
            found.update(inspect.getsource(base).encode())
        except (OSError, TypeError):
            found.update(repr(_compiled(base)).encode())
    return found.hexdigest()


def _compiled(value: Any) -> Any:
    """Return what a class, a function or its code does, as plain values that are always alike."""
    if isinstance(value, type):
        own = sorted(vars(value).items())
        return [(name, _compiled(part)) for name, part in own if name not in _OF_CLASSES]
    if isinstance(value, property):
        return [_compiled(part) for part in (value.fget, value.fset, value.fdel)]
    value = getattr(value, "__func__", value)
    if isinstance(value, FunctionType):
        held = (value.__code__, value.__defaults__, value.__kwdefaults__)
        return [_compiled(part) for part in held]
    if isinstance(value, CodeType):
        names = (value.co_names, value.co_varnames, value.co_freevars)
        return [value.co_code, names, _compiled(value.co_consts)]
    if isinstance(value, Mapping):
        return [(str(name), _compiled(part)) for name, part in value.items()]
    if isinstance(value, (tuple, list)):
        return [_compiled(part) for part in value]
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    # what else is held may show its place in memory, which differs from process to process
    plain = isinstance(value, (str, bytes, int, float, complex)) or value is None
    return repr(value) if plain else type(value).__name__
