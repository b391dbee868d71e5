"""How far a run goes: the masks asked for, and the rules that end it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rex_widgets.errors import SettingsError
from rex_widgets.relax.estimate import Estimate
from rex_widgets.relax.pacing import border_for, next_border
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.stopping import hoeffding_masks, reached

LEAST = 256
"""Masks before a standard error is trusted to end a run. The first 16 points of a Sobol' sequence
tell no more than 8 cells apart, the same ones in every replicate: of 200 runs with 3 × 3 cells that
might end after 128 masks, one in a hundred did so with six times the error asked for, because the
replicates agreed by chance."""

_STOPPED = ("", "tolerance", "num_batches", "hoeffding")


class Ending:
    """Where a run stands between its first mask and its last.

    Parameters
    ----------
    settings
        ``num_batches``, ``batch_size``, ``replicates`` and the stopping rule.

    Attributes
    ----------
    goal
        Masks to be evaluated at most.
    stopped_by
        As in `RelaxExplanation`.
    """

    def __init__(self, settings: RelaxSettings) -> None:
        self.goal = settings.masks
        self.stopped_by = ""
        self._settings = settings
        self._without_rule = 0
        """Masks up to which no rule ends the run, since a person asked for more than it wanted."""
        self._needed: int | None = None
        self._fraction = 0.0

    @property
    def batches(self) -> int:
        """Batches that the goal amounts to."""
        return -(-self.goal // self._settings.batch_size)

    @property
    def goes_past(self) -> bool:
        """Whether a person asked for more than the rule that had ended the run."""
        return self._without_rule > 0

    @property
    def asks_for(self) -> int | None:
        """Masks at which Hoeffding's rule ends the run; ``None`` under another rule."""
        s = self._settings
        return hoeffding_masks(s.delta, s.alpha) if s.stopping == "hoeffding" else None

    def border(self, done: int) -> int | None:
        """Where a rule may end the run next, after ``done`` masks."""
        if self._settings.stopping == "estimate":
            return next_border(done, self._settings.replicates)
        return self.asks_for

    def fraction(self, done: int) -> float:
        """Share of the work that is done, in [0, 1]; an estimate that does not fall."""
        if self.stopped_by:
            return 1.0
        ahead = self.goal if self._needed is None else min(self.goal, self._needed)
        self._fraction = max(self._fraction, min(done / ahead, 0.99))
        return self._fraction

    def judge(self, done: int, estimate: Callable[[], Estimate]) -> None:
        """End the run after ``done`` masks, if they are all or a rule says so.

        Parameters
        ----------
        done
            Masks evaluated.
        estimate
            Gives the maps; only called at a border.
        """
        if done >= self.goal:
            self.stopped_by = "num_batches"
        elif done < self._without_rule:
            return
        elif self.asks_for is not None:
            if done >= self.asks_for:
                self.stopped_by = "hoeffding"
        elif self._settings.stopping == "estimate" and self._at_border(done):
            self._judge_by_error(done, estimate())

    def extend(self, amounts: Mapping[str, Any], done: int) -> None:
        """Ask for more ``masks`` (whole batches of them, rounded up) or more ``batches``.

        After a rule has ended the run, all that is asked for is evaluated, counted from the end
        of the batch in which it ended; before, the rules hold on.

        Raises
        ------
        SettingsError
            The unit is unknown, or the amount no whole number of at least 1.
        """
        unit, amount = next(iter(amounts.items())) if len(amounts) == 1 else ("", 0)
        whole = isinstance(amount, int | np.integer) and not isinstance(amount, bool)
        if unit not in ("masks", "batches") or not whole or amount < 1:
            raise SettingsError(
                f"extend was given {dict(amounts)}; the method relax expects masks or batches, at "
                "least 1: extend(masks=1000) or extend(batches=10)."
            )
        size = self._settings.batch_size
        more = size * (int(amount) if unit == "batches" else -(-int(amount) // size))
        if self.stopped_by in ("tolerance", "hoeffding"):
            self.goal = self._without_rule = -(-done // size) * size + more
        else:
            self.goal += more
        self.stopped_by = ""
        self._fraction = 0.0

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "goal": self.goal,
            "without_rule": self._without_rule,
            "stopped_by": self.stopped_by,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.goal, self._without_rule = int(state["goal"]), int(state["without_rule"])
        self.stopped_by = str(state["stopped_by"])
        if self.stopped_by not in _STOPPED or self.goal < 1:
            raise ValueError("the run ended in an unknown way")

    def _at_border(self, done: int) -> bool:
        return done > 0 and border_for(done, self._settings.replicates) == done

    def _judge_by_error(self, done: int, found: Estimate) -> None:
        tolerance = self._settings.tolerance_asked
        if done >= LEAST and reached(found, tolerance):
            self.stopped_by = "tolerance"
        elif np.isfinite(found.contrast_error):
            # a mean's error falls with the square root of the number of masks
            needed = max(LEAST, done * (found.contrast_error / tolerance) ** 2)
            self._needed = border_for(min(needed, self.goal), self._settings.replicates)
