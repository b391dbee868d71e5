"""From region-constrained counterfactuals to what the parts of their panel show."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.results import ClassScore
from rex_widgets.run import Run
from rex_widgets.widgets import facts, rcsb_words
from rex_widgets.widgets.display_bundle import DisplayBundle
from rex_widgets.widgets.panel_screen import ACTIONS, STAGES, put_html
from rex_widgets.widgets.rcsb_parts import RcsbParts

_BYTES_A_SECOND = 4_000_000
"""So much a run sends at most while it goes on."""


class RcsbScreen:
    """Hears a worker and brings the parts up to date; nothing is sent that has not changed.

    Parameters
    ----------
    parts
        The parts to set.
    bundle
        Renewed whenever the run rests.
    code_line
        Gives the line that is offered for copying.
    """

    def __init__(
        self, parts: RcsbParts, bundle: DisplayBundle, code_line: Callable[[Run[Any]], str]
    ) -> None:
        self._parts = parts
        self._bundle = bundle
        self._code_line = code_line
        self._explained: BaseException | None = None
        self._last: RegionCounterfactuals | None = None
        self._not_before = 0.0
        parts.view.observe(lambda _change: self.offer(), "moment")

    @property
    def last(self) -> RegionCounterfactuals | None:
        """What was shown last."""
        return self._last

    @property
    def kept_steps(self) -> int:
        """How many steps a run that goes on from here would keep; 0 where it cannot."""
        found, view = self._last, self._parts.view
        if found is None or not len(found.forming_steps):
            return 0
        steps = [int(step) for step in found.forming_steps]
        kept = steps[view.moment if 0 <= view.moment < len(steps) else -1] + 1
        # Of a finished picture no step is left: first an earlier one has to be chosen.
        return kept if kept < len(found.steps) else 0

    def on_run(self, run: Run[Any]) -> None:
        """Show another run from now on."""
        parts = self._parts
        parts.view.forget()
        self._not_before, self._last = 0.0, None
        put_html(parts.trouble, "")
        parts.on_run(run)
        self.on_result(run.result(), run.status)

    def on_progress(self, run: Run[Any], status: str) -> None:
        """Show how far the run is."""
        parts, progress = self._parts, run.progress
        error = run.error if status == "failed" else None
        if error is not self._explained:
            self._explained = error
            put_html(parts.trouble, facts.problem_html(error) if error is not None else "")
        controls = parts.controls
        with controls.hold_sync():
            controls.actions = ACTIONS[status]  # type: ignore[assignment]
            controls.status = status
            controls.fraction = min(1.0, max(0.0, progress.fraction))
            controls.evaluations = progress.evaluations
            controls.rate = max(0.0, progress.evaluations_per_second)
            controls.seconds_left = progress.seconds_left
            stage = STAGES.get(status, progress.stage)
            controls.stage = rcsb_words.stage_words(stage, self._last)
        parts.question.place_samples(run.current_settings.n_inpaints)
        line = self._code_line(run)
        put_html(parts.code, facts.code_html(line))
        parts.save.code = line

    def on_result(self, found: RegionCounterfactuals, status: str) -> None:
        """Show pictures, question and facts."""
        parts, now = self._parts, time.monotonic()
        first, self._last = self._last is None, found
        if first or status not in ("ready", "running") or now >= self._not_before:
            # A quarter: the pictures travel as bytes, and are floats here.
            self._not_before = now + found.after.nbytes / 4 / _BYTES_A_SECOND
            parts.view.show(found)
        parts.question.show(found)
        parts.region.show(found)
        with parts.controls.hold_sync():
            parts.controls.verified, parts.controls.verified_text = rcsb_words.badge(found)
        if found.target >= 0:
            parts.save.suggestion = rcsb_words.suggestion(found)
        put_html(parts.facts, rcsb_words.facts_html(found))
        put_html(parts.choices, facts.choices_html(found))
        put_html(parts.moments, rcsb_words.moments_html(found))
        self.offer()

    def offer(self) -> None:
        """Say from which step a run would go on."""
        kept = self.kept_steps
        self._parts.question.offer(
            f"Continue from step {kept}" if kept else "Continue from a step",
            "Keep the picture as it stood there, and go on with the class and the scale that are "
            "set here; choose the step by the slider below the picture",
            possible=kept > 0,
        )

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        """Nothing is hidden here."""

    def on_rest(self, run: Run[Any], found: RegionCounterfactuals) -> None:
        """Renew what stays in the notebook's file."""
        self._bundle.renew(found)
        self._parts.on_rest(run, found)

    def forget_problem(self) -> None:
        """Take back what was said of something that could not be done; why a run failed stays."""
        if self._explained is None:
            put_html(self._parts.trouble, "")

    def on_problem(self, problem: BaseException) -> None:
        """Say why something could not be done."""
        put_html(self._parts.trouble, facts.note_html(str(problem) or type(problem).__name__))
        self._parts.region.say()
