"""From a run's results to what the parts of a panel show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rex_widgets.results import ClassScore, Explanation
from rex_widgets.run import Run
from rex_widgets.widgets import facts
from rex_widgets.widgets.display_bundle import DisplayBundle
from rex_widgets.widgets.panel_parts import PanelParts
from rex_widgets.widgets.part_choice import EXPLANATION, part_mask, part_names

ACTIONS: dict[str, list[str] | None] = {
    "ready": None,
    "running": None,
    "paused": None,
    "finished": [],
    "cancelled": [],
    "failed": ["start", "step"],
}
STAGES = {"cancelled": "stopped", "failed": "failed", "finished": "finished", "paused": "paused"}


class PanelScreen:
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
        self, parts: PanelParts, bundle: DisplayBundle, code_line: Callable[[Run], str]
    ) -> None:
        self._parts = parts
        self._bundle = bundle
        self._code_line = code_line
        self._explained: BaseException | None = None
        self._last: tuple[Explanation, str] | None = None
        parts.part.observe(self._part_chosen, "value")

    def on_run(self, run: Run) -> None:
        """Show another run from now on."""
        self._parts.make_room(run.iters)
        self._parts.iterations.value = run.iters
        self._parts.picture.forget()
        if self._parts.strategy.value:
            self._parts.strategy.value = run.settings.strategy
        put_html(self._parts.trouble, "")
        self.on_result(run.result(), run.status)
        self._parts.on_run(run)

    def on_progress(self, run: Run, status: str) -> None:
        """Show how far the run is."""
        parts, progress = self._parts, run.progress
        error = run.error if run.status == "failed" else None
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
        parts.make_room(run.iters)
        # A larger value is a wish that still waits; setting it back would undo the next key press.
        parts.iterations.value = max(parts.iterations.value, run.iters)
        line = self._code_line(run)
        put_html(parts.code, facts.code_html(line))
        parts.save.code = line

    def on_result(self, explanation: Explanation, status: str) -> None:
        """Show map, mask and facts."""
        parts = self._parts
        self._last = (explanation, status)
        self._offer_parts(explanation)
        self._show_picture(explanation, status)
        with parts.top.hold_sync():
            # A run for another class has not asked the model yet: the answer stays on show.
            if explanation.top or not parts.top.classes:
                parts.top.classes = as_rows(explanation.top)
            chosen = explanation.target.index
            asked = getattr(explanation.settings, "target", None)
            parts.top.chosen = chosen if chosen >= 0 else asked
        with parts.controls.hold_sync():
            parts.controls.verified, parts.controls.verified_text = facts.badge(explanation)
        if explanation.target.index >= 0:
            parts.save.suggestion = f"explanation {explanation.target.label}"
        put_html(parts.facts, facts.facts_html(explanation))
        put_html(parts.choices, facts.choices_html(explanation))

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        """Show the classes that are left when the painted part is hidden."""
        bars = self._parts.hidden_top
        bars.layout.display = "none" if scores is None else None
        with bars.hold_sync():
            bars.classes = as_rows(scores or ())
            bars.chosen = self._parts.top.chosen

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Renew what stays in the notebook's file."""
        self._bundle.renew(explanation)
        self._parts.on_rest(run, explanation)

    def on_problem(self, problem: BaseException) -> None:
        """Say why something could not be done."""
        put_html(self._parts.trouble, facts.note_html(str(problem) or type(problem).__name__))

    def _offer_parts(self, explanation: Explanation) -> None:
        """List what can be shown of an explanation with several masks."""
        choice = self._parts.part
        names = part_names(explanation)
        choice.layout.display = None if names else "none"
        names = names or [EXPLANATION]
        if list(choice.names) != names:
            with choice.hold_sync():
                kept = choice.value if choice.value in names else names[0]
                # The value is checked against the names, so both orders must pass.
                choice.names = [*names, *(n for n in [choice.value] if n not in names)]
                choice.value = kept
                choice.names = names

    def _show_picture(self, explanation: Explanation, status: str) -> None:
        mask = None
        if facts.has_mask(explanation):
            mask = part_mask(explanation, self._parts.part.value)
        self._parts.picture.show(explanation, mask, rests=status not in ("ready", "running"))

    def _part_chosen(self, _change: Any) -> None:
        if self._last is not None:
            explanation, status = self._last
            self._parts.picture.forget()
            self._show_picture(explanation, status)


def put_html(place: Any, html: str) -> None:
    """Set a place's text, if it is another one."""
    # Setting anew would close what a person has opened and drop a selection.
    if place.value != html:
        place.value = html


def as_rows(scores: Iterable[ClassScore]) -> list[dict[str, Any]]:
    """Return classes in the form that `ClassBars` takes."""
    return [
        {
            "index": score.index,
            "label": score.label,
            "confidence": min(1.0, max(0.0, float(score.confidence))),
        }
        for score in scores
    ]
