"""Kinds of values: each a function that checks and converts, and its expectation in words."""

from __future__ import annotations

import math
from typing import Any

from rex_widgets.settings.base import Converter


def whole(low: int, high: int | None = None) -> tuple[Converter, str]:
    """An integer, at least ``low`` and at most ``high``."""
    words = f"a whole number of at least {low}" if high is None else f"{low} to {high}"

    def convert(value: Any) -> int:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or int(number) != number:
            raise ValueError
        number = int(number)
        if number < low or (high is not None and number > high):
            raise ValueError
        return number

    return convert, words


def real(low: float = -math.inf, high: float = math.inf) -> tuple[Converter, str]:
    """A finite float within ``[low, high]``."""
    words = "a number" if low == -math.inf else f"a number from {low:g} to {high:g}"
    if low != -math.inf and high == math.inf:
        words = f"a number of at least {low:g}"

    def convert(value: Any) -> float:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError
        return number

    return convert, words


def _boolean(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError
    return value


def boolean() -> tuple[Converter, str]:
    """True or false."""
    return _boolean, "true or false"


def one_of(*names: str) -> tuple[Converter, str]:
    """One of a few names."""

    def convert(value: Any) -> str:
        for name in names:
            if isinstance(value, str) and value.lower() == name.lower():
                return name
        raise ValueError

    return convert, "one of " + ", ".join(names)


def either(*kinds: tuple[Converter, str]) -> tuple[Converter, str]:
    """The first of several kinds that accepts the value."""

    def convert(value: Any) -> Any:
        for try_convert, _ in kinds:
            try:
                return try_convert(value)
            except (ValueError, TypeError):
                continue
        raise ValueError

    return convert, " or ".join(words for _, words in kinds)


def text() -> tuple[Converter, str]:
    """Any string."""

    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return value

    return convert, "text"


def numbers(count: int | None = None) -> tuple[Converter, str]:
    """A tuple of finite floats; text with commas is accepted."""
    words = "numbers" if count is None else f"{count} numbers"

    def convert(value: Any) -> tuple[float, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        result = tuple(float(part) for part in parts)
        if not result or not all(map(math.isfinite, result)):
            raise ValueError
        if count is not None and len(result) != count:
            raise ValueError
        return result

    return convert, words + " separated by commas"


def nothing() -> tuple[Converter, str]:
    """``None`` (or the word none)."""

    def convert(value: Any) -> None:
        if value is not None and value != "none":
            raise ValueError

    return convert, "none"
