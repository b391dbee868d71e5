"""The world of digits: a bridge, two classifiers and held-out digits, all in the package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.bridge.digits.world import DigitsWorld, load_digits

__all__ = ["DigitsWorld", "load_digits"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("rex_widgets.bridge.digits.world"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
