"""Kinds of values: each checks and converts, says its expectation in words, and can be read.

A kind is a converter and its expectation. The converters are frozen values, so that a form can
read off them what they accept (`rex_widgets.settings.describing`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rex_widgets.settings.base import Converter


@dataclass(frozen=True)
class Whole:
    """Checks integers of ``[low, high]``; ``None`` is no limit."""

    low: int
    high: int | None = None

    def __call__(self, value: Any) -> int:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or int(number) != number:
            raise ValueError
        number = int(number)
        if number < self.low or (self.high is not None and number > self.high):
            raise ValueError
        return number


@dataclass(frozen=True)
class Real:
    """Checks finite floats of ``[low, high]``."""

    low: float = -math.inf
    high: float = math.inf

    def __call__(self, value: Any) -> float:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if not math.isfinite(number) or not self.low <= number <= self.high:
            raise ValueError
        return number


@dataclass(frozen=True)
class Boolean:
    """Checks true and false, also as words."""

    def __call__(self, value: Any) -> bool:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise ValueError
        return value


@dataclass(frozen=True)
class OneOf:
    """Checks a few names, in any case of letters."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        for name in self.names:
            if isinstance(value, str) and value.lower() == name.lower():
                return name
        raise ValueError


@dataclass(frozen=True)
class Either:
    """Gives a value to the first converter that accepts it."""

    parts: tuple[Converter, ...]

    def __call__(self, value: Any) -> Any:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        for convert in self.parts:
            try:
                return convert(value)
            except (ValueError, TypeError):
                continue
        raise ValueError


@dataclass(frozen=True)
class Text:
    """Checks strings."""

    def __call__(self, value: Any) -> str:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        if not isinstance(value, str):
            raise ValueError
        return value


@dataclass(frozen=True)
class Numbers:
    """Checks finite floats, ``count`` of them or any number."""

    count: int | None = None

    def __call__(self, value: Any) -> tuple[float, ...]:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        parts = value.split(",") if isinstance(value, str) else value
        result = tuple(float(part) for part in parts)
        if not result or not all(map(math.isfinite, result)):
            raise ValueError
        if self.count is not None and len(result) != self.count:
            raise ValueError
        return result


@dataclass(frozen=True)
class Nothing:
    """Checks ``None`` and the word none."""

    def __call__(self, value: Any) -> None:
        """Return the value in its type; raise ``ValueError`` or ``TypeError`` for others."""
        if value is not None and value != "none":
            raise ValueError


def whole(low: int, high: int | None = None) -> tuple[Converter, str]:
    """An integer, at least ``low`` and at most ``high``."""
    words = f"a whole number of at least {low}" if high is None else f"{low} to {high}"
    return Whole(low, high), words


def real(low: float = -math.inf, high: float = math.inf) -> tuple[Converter, str]:
    """A finite float within ``[low, high]``."""
    words = "a number" if low == -math.inf else f"a number from {low:g} to {high:g}"
    if low != -math.inf and high == math.inf:
        words = f"a number of at least {low:g}"
    return Real(low, high), words


def boolean() -> tuple[Converter, str]:
    """True or false."""
    return Boolean(), "true or false"


def one_of(*names: str) -> tuple[Converter, str]:
    """One of a few names."""
    return OneOf(names), "one of " + ", ".join(names)


def either(*kinds: tuple[Converter, str]) -> tuple[Converter, str]:
    """The first of several kinds that accepts the value."""
    return Either(tuple(convert for convert, _ in kinds)), " or ".join(words for _, words in kinds)


def text() -> tuple[Converter, str]:
    """Any string."""
    return Text(), "text"


def numbers(count: int | None = None) -> tuple[Converter, str]:
    """A tuple of finite floats; text with commas is accepted."""
    words = "numbers" if count is None else f"{count} numbers"
    return Numbers(count), words + " separated by commas"


def nothing() -> tuple[Converter, str]:
    """``None`` (or the word none)."""
    return Nothing(), "none"
