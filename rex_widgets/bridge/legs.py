"""Which questions samples were led by, one after another, where a run went on from another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rex_widgets.bridge.settings import TERMS, RcsbSettings
from rex_widgets.errors import SettingsError

OF_STEP = ("target", "scale", *TERMS, "rescale", "batch_size", "lpips_from")
"""Settings that may differ where a run goes on from a step of another one."""

_FUNCTION = "lpips_from"
_LOST = "lost"
_OWN = "own"


@dataclass(frozen=True, eq=False)
class Leg:
    """The first steps of a run's samples, which they went toward another question.

    Parameters
    ----------
    until
        Steps after which the samples were asked the next question.
    values
        Of `OF_STEP`, ``target`` always a number.
    lost
        Its ``lpips_from`` was a function that a file could not hold.
    """

    until: int
    values: Mapping[str, Any]
    lost: bool = False

    @property
    def target(self) -> int:
        """The class that was asked for."""
        return int(self.values["target"])

    def settings(self, own: RcsbSettings) -> RcsbSettings:
        """Return the settings of these steps, `own` being those of the run."""
        return replace(own, **self.values)


def legs_until(legs: Sequence[Leg], settings: RcsbSettings, target: int, at: int) -> list[Leg]:
    """Return the legs of a run that goes on after `at` steps of another one.

    Where that is before a question of the other run was asked, nothing was led by it. It stays as
    a leg without steps, for guidance forgets its gradients where another class is asked for.

    Parameters
    ----------
    legs, settings, target
        Of the other run.
    at
        Steps that are kept of it.
    """
    last = {name: getattr(settings, name) for name in OF_STEP}
    found: list[Leg] = []
    since = 0
    for leg in (*legs, Leg(at, {**last, "target": target})):
        if since > at:
            values = {**found[-1].values, "target": leg.target}
            found.append(Leg(at, values, found[-1].lost))
        else:
            found.append(Leg(min(leg.until, at), leg.values, leg.lost))
        since = leg.until
    return found


def check_known(legs: Iterable[Leg], branches: Sequence[str]) -> None:
    """Raise where samples cannot be led once more as those of a run were.

    Raises
    ------
    SettingsError
        What it was of its first steps is not known.
    """
    legs = tuple(legs)
    again = (
        "Ask the run that it went on from for more (in a panel: press it under History), and go "
        "on from its step again."
    )
    if branches and not legs:
        raise SettingsError(
            "This run went on from a step of another one, and was saved by a version of this "
            f"library that did not note how that one was led. {again}"
        )
    if any(leg.lost for leg in legs):
        raise SettingsError(
            "This run went on from a step of another one, whose lpips_from was another function "
            f"than its own, which a file could not hold. {again}"
        )


def legs_state(legs: Iterable[Leg], settings: RcsbSettings) -> list[list[Any]]:
    """Return legs as JSON values; a function stands there as what it is to the run's own."""
    told = []
    for leg in legs:
        values = dict(leg.values)
        function = values.pop(_FUNCTION)
        if function is not None or leg.lost:
            values[_FUNCTION] = _OWN if function is settings.lpips_from else _LOST
        told.append([leg.until, values])
    return told


def legs_read(told: Any, settings: RcsbSettings, steps: int) -> tuple[Leg, ...]:
    """Undo `legs_state`.

    Raises
    ------
    ValueError
        They are none.
    """
    found: list[Leg] = []
    for until, noted in told:
        values = {_FUNCTION: None, **noted}
        lost = values[_FUNCTION] == _LOST
        if values[_FUNCTION] is not None:
            values[_FUNCTION] = None if lost else settings.lpips_from
        if lost:
            values["lpips"] = 0.0
        target = values["target"]
        if set(values) != set(OF_STEP) or isinstance(target, bool) or not isinstance(target, int):
            raise ValueError("the steps before are not told")
        least = found[-1].until if found else 0
        if not least <= int(until) < steps:
            raise ValueError("the steps before have the wrong numbers")
        leg = Leg(int(until), values, lost)
        leg.settings(settings)
        found.append(leg)
    return tuple(found)
