"""Settings that check themselves: one frozen dataclass per method.

Magic flags, TOML keys, panel controls and help texts are all read off the
options declared here, so that each of them is written once.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from rex_widgets.errors import SettingsError

Converter = Callable[[Any], Any]
_S = TypeVar("_S", bound="Settings")


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
    """

    help: str
    convert: Converter
    expects: str
    table: str = ""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    flag: str | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None


def option(default: Any, help: str, kind: tuple[Converter, str], **details: Any) -> Any:
    """Declare a setting: a dataclass field that carries an `Option`."""
    convert, expects = kind
    return field(default=default, metadata={"option": Option(help, convert, expects, **details)})


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


class Settings:
    """Base of the settings dataclasses: converts and checks every option."""

    def __post_init__(self) -> None:
        for name, opt in options(type(self)).items():
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, opt.convert(value))
            except (ValueError, TypeError, OverflowError):
                raise SettingsError(
                    f"{name} was {value!r}; expected {opt.expects} ({opt.help})."
                ) from None


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
    spelled = (opt.flag.replace("-", "_") for opt in known.values() if opt.flag)
    return tuple(dict.fromkeys((*known, *spelled)))


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
    spelled = {o.flag.replace("-", "_"): name for name, o in known.items() if o.flag}
    settings: dict[str, Any] = {}
    for given_name, value in given.items():
        name = spelled.get(given_name, given_name)
        if name not in known:
            raise unknown_name(given_name, [*known, *spelled], "setting")
        if name in settings:
            raise SettingsError(f"The setting {name!r} is given twice (also as {given_name!r}).")
        settings[name] = value
    return cls(**settings)


def read_toml(
    text: str, classes: Iterable[type], *, notes: list[str] | None = None
) -> dict[type, dict[str, Any]]:
    """Read TOML settings, keyed as in ``rex.toml``, for several settings classes.

    A key may stand in the table that ReX gives it or at the top, without a table.

    Parameters
    ----------
    text
        The document.
    classes
        Settings classes that the document may speak of.
    notes
        Is told, in sentences, which keys are known and have no effect.

    Returns
    -------
    dict
        For each class, the settings given by field name.

    Raises
    ------
    SettingsError
        The text is no TOML, or keys are unknown or stand in the wrong table: all of them are
        told, one a line.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"The settings are not valid TOML: {error}.") from None
    found: dict[type, dict[str, Any]] = {cls: {} for cls in classes}
    places = _places(found)
    problems = [str(_unknown_table(table, places)) for table in _empty_tables(document, places)]
    for path, value in _leaves(document):
        if path in WITHOUT_EFFECT:
            if notes is not None:
                notes.append(f"The key {path!r} has no effect: {WITHOUT_EFFECT[path]}.")
            continue
        if path not in places:
            problems.append(str(_misplaced(path, places)))
            continue
        cls, name = places[path]
        if name in found[cls]:
            problems.append(f"The setting {name!r} is given twice (at {path!r}).")
        found[cls][name] = value
    if problems:
        raise SettingsError("\n".join(problems))
    return found


WITHOUT_EFFECT = {
    "explanation.multi_class": "each run explains one class, and keeps the maps of the others",
}
"""Keys that ReX reads and that nothing depends on, each with the reason."""


def places_of(cls: type) -> dict[str, tuple[str, ...]]:
    """Return all places of every setting in ``rex.toml``, the usual one first."""
    return {name: _spellings(name, opt) for name, opt in options(cls).items()}


def _spellings(name: str, opt: Option) -> tuple[str, ...]:
    spelled = (opt.flag.replace("-", "_"),) if opt.flag else ()
    keys = (name, *spelled, *opt.aliases)
    return tuple(key if "." in key or not opt.table else f"{opt.table}.{key}" for key in keys)


def _places(classes: Iterable[type]) -> dict[str, tuple[type, str]]:
    places: dict[str, tuple[type, str]] = {}
    for cls in classes:
        for name, spellings in places_of(cls).items():
            for full in spellings:
                places[full] = (cls, name)
                places.setdefault(full.rsplit(".", 1)[-1], (cls, name))
    return places


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _empty_tables(
    table: Mapping[str, Any], places: Iterable[str], prefix: str = ""
) -> Iterable[str]:
    """Yield the tables that hold nothing and that nothing belongs to."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            path = f"{prefix}{key}"
            if not value and not any(place.startswith(f"{path}.") for place in places):
                yield path
            yield from _empty_tables(value, places, f"{path}.")


def _unknown_table(path: str, places: Iterable[str]) -> SettingsError:
    tables = {place.rpartition(".")[0] for place in places}
    return unknown_name(path, tables - {""}, "table")


def _misplaced(path: str, places: Mapping[str, tuple[type, str]]) -> SettingsError:
    key = path.rsplit(".", 1)[-1]
    right = [place for place in places if place.rsplit(".", 1)[-1] == key and "." in place]
    if right:
        return SettingsError(f"The key {path!r} belongs at {right[0]!r}.")
    return unknown_name(path, places, "key")
