"""What may be asked for by `extend`."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.errors import SettingsError

IN_ONE_STEP = ("stylex", "is")
"""Methods that have nothing to extend."""

MOST_STEPS = 100_000


def steps_of(method: str, amounts: Mapping[str, int]) -> int:
    """Return the steps that were asked for.

    Raises
    ------
    SettingsError
        Something else was asked for, or the method has a fixed number of steps.
    """
    for name in amounts:
        if name != "steps":
            raise SettingsError(
                f"extend was given {name!r}; a run of the method {method} goes on by steps: "
                "extend(steps=50)."
            )
    steps = amounts.get("steps", 0)
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise SettingsError(
            f"extend was given steps={steps!r}; expected a whole number from 1 to {MOST_STEPS:,}."
        )
    if method in IN_ONE_STEP:
        raise SettingsError(
            f"The method {method} has a fixed number of steps; there is nothing to extend. Ask for "
            "more with changed(num_explanations=…)."
        )
    return steps
