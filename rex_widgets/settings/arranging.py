"""How the settings of a method are laid out for a person, and named sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from rex_widgets.errors import SettingsError
from rex_widgets.settings.base import Settings, build, defaults, options, unknown_name

_S = TypeVar("_S", bound=Settings)


@dataclass(frozen=True)
class Group:
    """Settings that belong together.

    Parameters
    ----------
    title
        What they are about.
    names
        The settings, in the order in which they are shown; unknown ones are passed over.
    folded
        Whether they are hidden until someone asks for them.
    """

    title: str
    names: tuple[str, ...]
    folded: bool = True


@dataclass(frozen=True)
class Preset:
    """A named choice of settings: how much is done, not what is asked.

    Parameters
    ----------
    name, help
        What it is called, and what it is for, in one line.
    changes
        The settings that differ from their defaults.
    keeps
        The settings that a preset leaves as they are; all others become the preset's or their
        defaults.
    """

    name: str
    help: str
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    keeps: frozenset[str] = frozenset()

    def values(self, cls: type) -> dict[str, Any]:
        """Return the value of every setting that the preset decides.

        Raises
        ------
        SettingsError
            The class has no such settings.
        """
        known = options(cls)
        for name in self.changes:
            if name not in known:
                raise unknown_name(name, known, "setting")
        usual = defaults(cls)
        decided = {name: usual[name] for name in known if name not in self.keeps}
        return decided | dict(self.changes)

    def of(self, settings: _S) -> _S:
        """Return settings by this preset; what it keeps is taken from those given."""
        cls = type(settings)
        kept = {name: getattr(settings, name) for name in options(cls)}
        return build(cls, **(kept | self.values(cls)))


def arranged(
    cls: type, groups: Iterable[Group] = (), scope: Iterable[str] | None = None
) -> tuple[Group, ...]:
    """Put every setting of a class into one group.

    Parameters
    ----------
    cls
        A settings class.
    groups
        The groups that are known; a setting that stands in none follows in a group named after
        its table in ``rex.toml``.
    scope
        Titles of groups and names of settings to be shown; all if not given.

    Returns
    -------
    tuple of Group
        Without empty ones, and no setting twice.

    Raises
    ------
    SettingsError
        The scope names what does not exist.
    """
    left = dict(options(cls))
    found: list[Group] = []
    for group in groups:
        names = tuple(name for name in group.names if left.pop(name, None) is not None)
        found.append(replace(group, names=names))
    # Alone on the form, the settings of a class without groups are not hidden.
    alone = not found
    tables: dict[str, list[str]] = {}
    for name, opt in left.items():
        tables.setdefault(_title(opt.table), []).append(name)
    found += [Group(title, tuple(names), not alone) for title, names in tables.items()]
    return tuple(group for group in _within(found, scope) if group.names)


def preset_named(presets: Mapping[str, Preset], name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    SettingsError
        There is none; the nearest name is told.
    """
    if not isinstance(name, str) or name not in presets:
        raise unknown_name(str(name)[:80], presets, "preset")
    return presets[name]


def _within(groups: list[Group], scope: Iterable[str] | None) -> list[Group]:
    if scope is None:
        return groups
    if isinstance(scope, str):
        raise SettingsError(
            f"scope was {scope!r}; expected a list of names of settings or titles of groups."
        )
    wanted = set(scope)
    known = {name for group in groups for name in (group.title, *group.names)}
    for name in wanted - known:
        raise unknown_name(str(name), known, "setting or group")
    return [
        group
        if group.title in wanted
        else replace(group, names=tuple(name for name in group.names if name in wanted))
        for group in groups
    ]


def _title(table: str) -> str:
    words = table.rpartition(".")[2].replace("_", " ")
    return words.capitalize() or "Settings"
