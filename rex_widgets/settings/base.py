"""Settings that check themselves: options of a frozen dataclass, and making one of keywords."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from rex_widgets.errors import SettingsError

Converter = Callable[[Any], Any]
_S = TypeVar("_S", bound="Settings")

_LONGEST = 120
"""Characters of a value in a message."""


@dataclass(frozen=True)
class Option:
    """What is known of one setting besides its default.

    Parameters
    ----------
    help
        One line for a person.
    convert
        Checks a value and brings it to its type; raises ``ValueError`` saying
        what it expects.
    expects
        The expectation in words, used in messages.
    table
        Where the key stands in ``rex.toml``, such as ``"causal"``.
    aliases
        Other spellings of the TOML key, some with their own table.
    choices
        The admissible names, where there are only a few (for completion).
    flag
        Spelling on a command line, without dashes (default: name with dashes).
    unit
        What a number counts or measures, such as "pixels".
    suggestions
        Some of the admissible names, where there are other values, too.
    also
        Other spellings of the keyword that `build` takes.
    """

    help: str
    convert: Converter
    expects: str
    table: str = ""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    flag: str | None = None
    unit: str = ""
    suggestions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def option(default: Any, help: str, kind: tuple[Converter, str], **details: Any) -> Any:
    """Declare a setting: a dataclass field that carries an `Option`."""
    convert, expects = kind
    return field(default=default, metadata={"option": Option(help, convert, expects, **details)})


class Settings:
    """Base of the settings dataclasses: converts and checks every option."""

    def __post_init__(self) -> None:
        for name, opt in options(type(self)).items():
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, opt.convert(value))
            except (ValueError, TypeError, OverflowError):
                raise SettingsError(
                    f"{name} was {_short(value)}; expected {opt.expects} ({opt.help})."
                ) from None


def _short(value: object) -> str:
    """What was given, in one line; a module or an array would fill a page."""
    words = " ".join(repr(value).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def options(cls: type) -> dict[str, Option]:
    """Options of a settings class by field name, in order."""
    return {f.name: f.metadata["option"] for f in _fields(cls) if "option" in f.metadata}


def defaults(cls: type) -> dict[str, Any]:
    """Default of every option."""
    return {f.name: f.default for f in _fields(cls) if f.default is not MISSING}


def given(settings: Settings) -> dict[str, Any]:
    """Return the settings that differ from their defaults, as keywords for `build`."""
    usual = defaults(type(settings))
    return {
        name: getattr(settings, name)
        for name in options(type(settings))
        if getattr(settings, name) is not usual[name]
    }


def names_of(cls: type) -> tuple[str, ...]:
    """Return the keywords that `build` takes: fields, and how their flags spell them."""
    known = options(cls)
    return tuple(dict.fromkeys((*known, *spellings(cls))))


def spellings(cls: type) -> dict[str, str]:
    """Return the fields by the other keywords that they have: their flag's spelling, and more."""
    found: dict[str, str] = {}
    for name, opt in options(cls).items():
        flag = (opt.flag.replace("-", "_"),) if opt.flag else ()
        found |= dict.fromkeys((*flag, *opt.also), name)
    return found


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return fields(cls)


def unknown_name(given: str, known: Iterable[str], what: str) -> SettingsError:
    """Say that a name is not known, and which is the nearest that is."""
    known = sorted(set(known))
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(known)}."
    return SettingsError(f"Unknown {what} {given!r}.{hint}")


def build(cls: type[_S], **given: Any) -> _S:
    """Make settings from keywords: names of fields, or the flags' spelling of them.

    An unknown one is told with its nearest name.
    """
    known = options(cls)
    spelled = spellings(cls)
    settings: dict[str, Any] = {}
    said: dict[str, str] = {}
    for given_name, value in given.items():
        name = spelled.get(given_name, given_name)
        if name not in known:
            raise unknown_name(given_name, [*known, *spelled], "setting")
        if name in settings:
            raise SettingsError(
                f"The setting {name!r} is given twice (as {said[name]!r} and as {given_name!r})."
            )
        settings[name], said[name] = value, given_name
    return cls(**settings)
