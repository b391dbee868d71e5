"""What is in force: flag over cell over file over default, each value with its origin."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from rex_widgets.config.files import find_config, read_config, shown_path
from rex_widgets.errors import SettingsError
from rex_widgets.flags.refusals import refused_key
from rex_widgets.flags.table import left_out, settings_classes
from rex_widgets.methods import METHODS
from rex_widgets.settings import Settings, build, defaults, options, places_of, read_toml

_S = TypeVar("_S", bound=Settings)
FLAG, CELL, DEFAULT = "flag", "cell", "default"
Values = Mapping[type, Mapping[str, Any]]


@dataclass(frozen=True)
class Effective:
    """Settings in force.

    Attributes
    ----------
    classes
        The settings classes, in the order they are shown.
    values
        What was given, by class and name; the rest is default.
    origins
        Where each given value comes from: "flag", "cell", or the file as people write it.
    file
        The settings file that was read, or ``None``.
    notes
        What a person should know: keys without effect, values that were set aside.
    unused
        Settings of these classes that mean nothing to the method.
    """

    classes: tuple[type, ...]
    values: Mapping[type, Mapping[str, Any]]
    origins: Mapping[type, Mapping[str, str]]
    file: str | None = None
    notes: tuple[str, ...] = ()
    unused: Mapping[type, frozenset[str]] = field(default_factory=dict)

    def build(self, cls: type[_S]) -> _S:
        """Make the settings of one class.

        Raises
        ------
        SettingsError
            Values do not fit together.
        """
        return build(cls, **self.values.get(cls, {}))

    def origin(self, cls: type, name: str) -> str:
        """Return where a setting comes from."""
        return self.origins.get(cls, {}).get(name, DEFAULT)

    def note(self) -> str | None:
        """Return a sentence that names the file and what was taken from it."""
        if self.file is None:
            return None
        taken = [
            name
            for cls in self.classes
            for name, origin in self.origins[cls].items()
            if origin == self.file
        ]
        what = ", ".join(taken) if taken else "nothing that is not said otherwise"
        return f"settings file {self.file}: {what}"


def effective_settings(
    classes: Sequence[type],
    *,
    flags: Values | None = None,
    cell: str | None = None,
    config: str | Path | Literal[False] | None = None,
    method: str = "causal",
) -> Effective:
    """Gather settings from flags, a cell's body and a settings file.

    Parameters
    ----------
    classes
        Settings classes that are asked for.
    flags
        What was said by flags, by class and name of the setting.
    cell
        Body of a cell, TOML.
    config
        The settings file; ``None`` looks where ReX does (`find_config`), ``False`` reads none.
    method
        Name of the method that the classes belong to. What a file says of the others is left
        to them; in a cell, which is written for one method, it is a mistake.

    Raises
    ------
    SettingsError
        Keys are unknown or misplaced, or values wrong: all of a file's problems are told.
    """
    found = _Gathering(tuple(classes), method)
    path = None if config is False else find_config(config)
    if path is not None:
        name = shown_path(path)
        found.toml(read_config(path), name, f"In {name}: ")
    if cell is not None:
        found.toml(cell, CELL, "")
    for cls, given in (flags or {}).items():
        for key, value in given.items():
            found.put(cls, key, value, FLAG)
    found.settle()
    return Effective(
        tuple(classes),
        found.values,
        found.origins,
        None if path is None else shown_path(path),
        tuple(found.notes),
        left_out(method),
    )


def load_settings(
    path: str | Path | None = None,
    *,
    of: Literal["explain", "pictures", "measures"] = "explain",
    method: str = "causal",
) -> dict[str, Any]:
    """Read a ``rex.toml`` as keywords for Python.

    Parameters
    ----------
    path
        The file; without one, where ReX looks: ``rex.toml`` in the working directory, then in
        ``~/.config``.
    of
        "explain": keywords of `start` and `explain`; "pictures": of `VisualSettings`;
        "measures": of `Run.analyse`.
    method
        Name of the method whose settings are meant.

    Returns
    -------
    dict
        Empty if no file was named and none is there.

    Raises
    ------
    SettingsError
        The file is not there, no TOML, or has unknown, misplaced or wrong settings.

    Examples
    --------
    >>> rw.explain("cat.png", "classifier.onnx", **rw.load_settings())    # doctest: +SKIP
    """
    classes = settings_classes(method)
    wanted = {"explain": classes[:3], "pictures": classes[3:4], "measures": classes[4:]}
    if of not in wanted:
        raise SettingsError(f"of was {of!r}; expected one of {', '.join(wanted)}.")
    found = effective_settings(classes, config=path, method=method)
    return {name: value for cls in wanted[of] for name, value in found.values[cls].items()}


def show_settings(found: Effective) -> str:
    """Return all settings in force as TOML, each with its origin as a comment."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for cls in found.classes:
        usual = defaults(cls)
        for name, places in places_of(cls).items():
            if name in found.unused.get(cls, ()):
                continue
            table, _, key = places[0].rpartition(".")
            given = found.values[cls].get(name, usual[name])
            line = _toml_line(key, given, usual[name])
            tables.setdefault(table, []).append((line, found.origin(cls, name)))
    width = max(len(line) for lines in tables.values() for line, _ in lines if len(line) < 60)
    parts = [f"# settings file: {found.file or 'none'}", *(f"# {note}" for note in found.notes)]
    for table in sorted(tables):
        parts.append(f"\n[{table}]" if table else "")
        parts += [f"{line:<{width}}  # {origin}" for line, origin in tables[table]]
    return "\n".join(part for part in parts if part)


def _check_method(text: str, prefix: str, method: str) -> None:
    """Refuse a cell's ``method = "rcsb"``: ReX has strategies by that name, and it is none."""
    try:
        named = tomllib.loads(text).get("method")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    if not isinstance(named, str) or named not in METHODS:
        return
    where = f"it is {method} there. Say --method {named} in the cell's first line"
    if named == method:
        where = "there it is said already"
    raise SettingsError(
        f"{prefix}method was {named!r} in the cell's body, but what explains is chosen by the "
        f"cell's first line, and {where}; leave it out of the body."
    )


@dataclass
class _Gathering:
    """Values so far; later layers are put over earlier ones."""

    classes: tuple[type, ...]
    method: str
    values: dict[type, dict[str, Any]] = field(default_factory=dict)
    origins: dict[type, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for cls in self.classes:
            self.values[cls], self.origins[cls] = {}, {}

    def put(self, cls: type, name: str, value: Any, origin: str) -> None:
        self.values[cls][name], self.origins[cls][name] = value, origin

    def toml(self, text: str, origin: str, prefix: str) -> None:
        """Take over a document; every value is checked, and all problems are told."""
        notes: list[str] = []
        aside: list[str] = []
        if origin == CELL:
            _check_method(text, prefix, self.method)
        try:
            found = read_toml(text, self.classes, notes=notes, others=self._others(), aside=aside)
        except SettingsError as error:
            raise SettingsError(prefix + str(error).replace("\n", f"\n{prefix}")) from None
        self.notes += [prefix + note for note in notes]
        unused = left_out(self.method)
        problems = []
        if origin == CELL:
            aside += [
                name
                for cls, given in found.items()
                for name in given
                if name in unused.get(cls, ())
            ]
            problems = [prefix + refused_key(path, self.method) for path in aside]
        for cls, given in found.items():
            for name, value in given.items():
                if name in unused.get(cls, ()):
                    continue
                opt = options(cls)[name]
                try:
                    self.put(cls, name, opt.convert(value), origin)
                except (ValueError, TypeError, OverflowError):
                    problems.append(
                        f"{prefix}{name} was {value!r}; expected {opt.expects} ({opt.help})."
                    )
        if problems:
            raise SettingsError("\n".join(problems))

    def _others(self) -> list[type]:
        """Settings classes that only other methods have."""
        every = [cls for name in METHODS for cls in settings_classes(name)]
        return [cls for cls in dict.fromkeys(every) if cls not in self.classes]

    def settle(self) -> None:
        """Do what one value means for another, as ReX does."""
        for cls in self.classes:
            values, origins = self.values[cls], self.origins[cls]
            if values.get("context") is not None:
                self._settle_context(cls)
            takes_none = values.get("distribution", "uniform") in ("uniform", "adaptive")
            if (
                takes_none
                and values.get("distribution_args") is not None
                and origins["distribution_args"] != FLAG
            ):
                # ReX's example file names arguments beside a distribution that ignores them
                shape = values.get("distribution", "uniform")
                self.notes.append(
                    f"distribution_args of {origins.pop('distribution_args')} is set aside: the "
                    f"{shape} distribution takes none"
                )
                del values["distribution_args"]

    def _settle_context(self, cls: type) -> None:
        """Let a context be what hides, unless what was said nearer to the call hides otherwise."""
        values, origins = self.values[cls], self.origins[cls]
        if "mask_value" not in values or _rank(origins["context"]) > _rank(origins["mask_value"]):
            self.put(cls, "mask_value", "context", origins["context"])
        elif (
            _rank(origins["mask_value"]) > _rank(origins["context"])
            and values["mask_value"] != "context"
        ):
            for name in ("context", "noise"):
                if name in values:
                    self.notes.append(
                        f"{name} of {origins.pop(name)} is set aside: mask_value was given"
                    )
                    del values[name]


def _rank(origin: str) -> int:
    return {FLAG: 2, CELL: 1}.get(origin, 0)


def _toml_line(key: str, value: Any, usual: Any) -> str:
    if value is None:
        # TOML has no word for nothing; where nothing is not the default, text says it
        return f"# {key} = none" if usual is None else f'{key} = "none"'
    return f"{key} = {_toml_value(value)}"


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(f"a {type(value).__name__}")
