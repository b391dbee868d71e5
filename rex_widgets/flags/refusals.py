"""What is said of a flag or key that means nothing to the method, and what to use instead."""

from __future__ import annotations

from collections.abc import Sequence

from rex_widgets.flags.flag import Door
from rex_widgets.flags.instead import INSTEAD
from rex_widgets.flags.table import flags_of, left_out, settings_classes
from rex_widgets.methods import LATENT_METHODS, METHODS
from rex_widgets.settings import places_of


def refused_flag(name: str, method: str, door: Door) -> str:
    """Return why another method's flag is refused; empty if no method knows it.

    Parameters
    ----------
    name
        The flag as it was written.
    method
        The method that is asked.
    door
        Where it was written.
    """
    spelled = name.replace("_", "-")
    flags = {other: flags_of(other, door).get(spelled) for other in METHODS if other != method}
    found = {other: flag for other, flag in flags.items() if flag is not None}
    if not found:
        return ""
    return _words(name, next(iter(found.values())).key, method, list(found))


def refused_key(path: str, method: str) -> str:
    """Return why a key of TOML is refused that belongs to other methods.

    Parameters
    ----------
    path
        The key, with its table if it stands in one.
    method
        The method that is asked.
    """
    key = path.rpartition(".")[2]
    found = [
        other
        for other in METHODS
        if other != method and _has_key(other, path if "." in path else key)
    ]
    return _words(f"The key {path!r}", key, method, found)


def _has_key(method: str, path: str) -> bool:
    """Whether a method's settings have a key of TOML, with its table or without."""
    absent = left_out(method)
    return any(
        path in (place, place.rpartition(".")[2])
        for cls in settings_classes(method)
        for name, places in places_of(cls).items()
        if name not in absent.get(cls, ())
        for place in places
    )


def _words(given: str, key: str, method: str, others: Sequence[str]) -> str:
    instead = INSTEAD.get(method, {}).get(key, "")
    said = f"{given} is for {_methods(others)} and means nothing to {method}"
    one = others[0] if len(others) == 1 else ""
    add = f" Add --method {one} if that is meant." if one and method == "causal" else ""
    return f"{said}: {instead}.{add}" if instead else f"{said}.{add}"


def _methods(names: Sequence[str]) -> str:
    """Name methods; those of latent counterfactuals in one, if all of them are meant."""
    if not names:
        return "another method"
    if set(LATENT_METHODS) <= set(names):
        family = f"latent counterfactuals (--method {LATENT_METHODS[0]} and the like)"
        rest = [name for name in names if name not in LATENT_METHODS]
        return " and ".join([*(f"--method {name}" for name in rest), family])
    return f"--method {', '.join(names[:-1])}{' or ' if names[1:] else ''}{names[-1]}"
