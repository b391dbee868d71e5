"""Settings from TOML, keyed as in ``rex.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from rex_widgets.errors import SettingsError
from rex_widgets.settings.base import Option, options, unknown_name


def read_toml(
    text: str,
    classes: Iterable[type],
    *,
    notes: list[str] | None = None,
    others: Iterable[type] = (),
    aside: list[str] | None = None,
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
    others
        Settings classes of other methods, whose keys are no mistakes and are left out.
    aside
        Is told which keys, with their tables, were left out.

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
    places, elsewhere = _places(found), _places(others)
    known = {**elsewhere, **places}
    problems = [str(_unknown_table(table, known)) for table in _empty_tables(document, known)]
    for path, value in _leaves(document):
        if path in WITHOUT_EFFECT:
            if notes is not None:
                notes.append(f"The key {path!r} has no effect: {WITHOUT_EFFECT[path]}.")
            continue
        if path not in places and path in elsewhere:
            if aside is not None:
                aside.append(path)
            continue
        if path not in places:
            problems.append(str(_misplaced(path, known)))
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
