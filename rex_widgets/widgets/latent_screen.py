"""From latent counterfactuals to what the parts of their panel show."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.results import ClassScore
from rex_widgets.run import Run
from rex_widgets.widgets import facts, latent_words
from rex_widgets.widgets.display_bundle import DisplayBundle
from rex_widgets.widgets.latent_parts import LatentParts
from rex_widgets.widgets.panel_screen import ACTIONS, STAGES, put_html

_BYTES_A_SECOND = 4_000_000
"""So much a running search sends at most."""


class LatentScreen:
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
        self, parts: LatentParts, bundle: DisplayBundle, code_line: Callable[[Run[Any]], str]
    ) -> None:
        self._parts = parts
        self._bundle = bundle
        self._code_line = code_line
        self._explained: BaseException | None = None
        self._not_before = 0.0

    def on_run(self, run: Run[Any]) -> None:
        """Show another run from now on."""
        parts = self._parts
        parts.place_slider(run.iters)
        parts.gallery.forget()
        self._not_before = 0.0
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
            controls.stage = STAGES.get(status, progress.stage)
        # A larger value is a wish that still waits; setting it back would undo the next key press.
        waits = status not in ("finished", "cancelled") and parts.steps.value > run.iters
        parts.place_slider(parts.steps.value if waits else run.iters)
        line = self._code_line(run)
        put_html(parts.code, facts.code_html(line))
        parts.save.code = line

    def on_result(self, found: Counterfactuals, status: str) -> None:
        """Show gallery and facts."""
        parts, now = self._parts, time.monotonic()
        if status not in ("ready", "running") or now >= self._not_before:
            self._not_before = now + found.pictures.nbytes / _BYTES_A_SECOND
            parts.gallery.show(found)
        with parts.controls.hold_sync():
            parts.controls.verified, parts.controls.verified_text = latent_words.badge(found)
        parts.save.suggestion = latent_words.suggestion(found)
        put_html(parts.facts, latent_words.facts_html(found))
        put_html(parts.choices, facts.choices_html(found))

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        """Nothing is hidden here."""

    def on_rest(self, run: Run[Any], found: Counterfactuals) -> None:
        """Renew what stays in the notebook's file."""
        self._bundle.renew(found)
        self._parts.on_rest(run, found)

    def on_problem(self, problem: BaseException) -> None:
        """Say why something could not be done."""
        put_html(self._parts.trouble, facts.note_html(str(problem) or type(problem).__name__))
