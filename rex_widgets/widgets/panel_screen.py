"""From a run's results to what the parts of a panel show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.results import ClassScore, Explanation
from rex_widgets.run import Run
from rex_widgets.widgets import facts
from rex_widgets.widgets.display_bundle import DisplayBundle
from rex_widgets.widgets.panel_parts import PanelParts

_ACTIONS: dict[str, list[str] | None] = {
    "ready": None,
    "running": None,
    "paused": None,
    "finished": [],
    "cancelled": [],
    "failed": ["start", "step"],
}
_STAGES = {"cancelled": "stopped", "failed": "failed", "finished": "finished", "paused": "paused"}


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
        self._map: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._explained: BaseException | None = None
        self._picture_arrived = False
        parts.view.on_msg(self._hear_view)

    def on_run(self, run: Run) -> None:
        """Show another run from now on."""
        self._map = self._mask = None
        self._parts.make_room(run.iters)
        self._parts.iterations.value = run.iters
        self._parts.view.set_map(None)
        self._parts.view.set_mask(None)
        self._set(self._parts.trouble, "")
        self._set(self._parts.saved, "")
        self.on_result(run.result(), run.status)

    def on_progress(self, run: Run, status: str) -> None:
        """Show how far the run is."""
        parts, progress = self._parts, run.progress
        error = run.error if run.status == "failed" else None
        if error is not self._explained:
            self._explained = error
            self._set(parts.trouble, facts.problem_html(error) if error is not None else "")
        controls = parts.controls
        with controls.hold_sync():
            controls.actions = _ACTIONS[status]  # type: ignore[assignment]
            controls.status = status
            controls.fraction = min(1.0, max(0.0, progress.fraction))
            controls.evaluations = progress.evaluations
            controls.rate = max(0.0, progress.evaluations_per_second)
            controls.seconds_left = progress.seconds_left
            controls.stage = _STAGES.get(status, progress.stage)
        parts.make_room(run.iters)
        # A larger value is a wish that still waits; setting it back would undo the next key press.
        parts.iterations.value = max(parts.iterations.value, run.iters)
        self._set(parts.code, facts.code_html(self._code_line(run)))

    def on_result(self, explanation: Explanation, status: str) -> None:
        """Show map, mask and facts."""
        parts = self._parts
        if not self._picture_arrived:
            # The view asks for the picture, but a kernel that runs a cell does not hear it.
            parts.view.set_picture(parts.view.picture)
            self._map = self._mask = None
        if self._map is None or not np.array_equal(self._map, explanation.map):
            self._map = explanation.map
            parts.view.set_map(explanation.map)
        mask = explanation.mask if facts.has_mask(explanation) else None
        if not _equal(self._mask, mask):
            self._mask = mask
            parts.view.set_mask(mask)
        with parts.top.hold_sync():
            # A run for another class has not asked the model yet: the answer stays on show.
            if explanation.top or not parts.top.classes:
                parts.top.classes = as_rows(explanation.top)
            chosen = explanation.target.index
            asked = getattr(explanation.settings, "target", None)
            parts.top.chosen = chosen if chosen >= 0 else asked
        with parts.controls.hold_sync():
            parts.controls.verified, parts.controls.verified_text = facts.badge(explanation)
        self._set(parts.facts, facts.facts_html(explanation))
        self._set(parts.choices, facts.choices_html(explanation))

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

    def on_problem(self, problem: BaseException) -> None:
        """Say why something could not be done."""
        self._set(self._parts.trouble, facts.note_html(str(problem) or type(problem).__name__))

    def say(self, words: str) -> None:
        """Say something beside the button that saves."""
        self._set(self._parts.saved, facts.note_html(words))

    def _hear_view(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            self._picture_arrived = True

    @staticmethod
    def _set(place: Any, html: str) -> None:
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


def _equal(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
