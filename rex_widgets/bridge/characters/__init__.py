"""The world of characters: a bridge for colour pictures, two classifiers and held-out letters."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.bridge.characters.letters import LETTERS
    from rex_widgets.bridge.characters.world import CharactersWorld, load_characters

__all__ = ["LETTERS", "CharactersWorld", "load_characters"]

_HOMES = {"LETTERS": "letters", "CharactersWorld": "world", "load_characters": "world"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"rex_widgets.bridge.characters.{_HOMES[name]}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
