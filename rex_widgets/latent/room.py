"""What all methods of latent counterfactuals share; imported, as torch is, when first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

GIVEN_AGAIN = ("generator",)
"""Settings that a file cannot hold; see `rex_widgets.methods.Method`."""

_ROOM = "rex_widgets.latent"
_PARTS = {
    "Model": ("models", "LatentModel"),
    "Procedure": ("procedure", "LatentProcedure"),
    "as_model": ("opening", "as_model"),
    "check_same_model": ("saving", "check_same_model"),
    "opened": ("opening", "opened"),
    "sample_of": ("saving", "sample_of"),
    "settings_of": ("saving", "settings_of"),
}


def shared(module: str) -> Callable[[str], Any]:
    """Return a module's ``__getattr__``, which finds the shared parts."""

    def find(name: str) -> Any:
        if name not in _PARTS:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, attribute = _PARTS[name]
        return getattr(import_module(f"{_ROOM}.{home}"), attribute)

    return find
