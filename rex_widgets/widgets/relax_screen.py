"""From a representation's explanations to what the parts of its panel show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.results import ClassScore
from rex_widgets.run import Run
from rex_widgets.widgets import facts, relax_words
from rex_widgets.widgets.display_bundle import DisplayBundle
from rex_widgets.widgets.panel_screen import ACTIONS, STAGES, put_html
from rex_widgets.widgets.relax_parts import RelaxParts


class RelaxScreen:
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
        self, parts: RelaxParts, bundle: DisplayBundle, code_line: Callable[[Run[Any]], str]
    ) -> None:
        self._parts = parts
        self._bundle = bundle
        self._code_line = code_line
        self._explained: BaseException | None = None
        self._last: RelaxExplanation | None = None
        self._listed: list[str] = []
        parts.gallery.on_choose(self._chosen)
        self.on_what_if(None)

    def on_run(self, run: Run[Any]) -> None:
        """Show another run from now on."""
        parts = self._parts
        self._last = None
        parts.place_slider(run.iters, run.settings.batch_size)
        parts.gallery.chosen = -1
        parts.maps.forget()
        put_html(parts.trouble, "")
        self.on_what_if(None)
        self.on_result(run.result(), run.status)
        parts.on_run(run)

    def on_progress(self, run: Run[Any], status: str) -> None:
        """Show how far the run is."""
        parts, progress = self._parts, run.progress
        error = run.error if status == "failed" else None
        if error is not self._explained:
            self._explained = error
            put_html(parts.trouble, facts.problem_html(error) if error is not None else "")
        stage = STAGES.get(status, progress.stage)
        controls = parts.controls
        with controls.hold_sync():
            controls.actions = ACTIONS[status]  # type: ignore[assignment]
            controls.status = status
            controls.fraction = min(1.0, max(0.0, progress.fraction))
            controls.rate = max(0.0, progress.evaluations_per_second)
            controls.seconds_left = progress.seconds_left
            controls.stage = relax_words.stage_words(stage, run.masks, run.iters)
        # A larger value is a wish that still waits; setting it back would undo the next key press.
        waits = status not in ("finished", "cancelled") and parts.masks.value > run.iters
        parts.place_slider(parts.masks.value if waits else run.iters, run.settings.batch_size)
        line = self._code_line(run)
        put_html(parts.code, facts.code_html(line))
        parts.save.code = line

    def on_result(self, found: RelaxExplanation, status: str) -> None:
        """Show maps, neighbours and facts."""
        parts = self._parts
        self._last = found
        parts.maps.show(found, rests=status not in ("ready", "running"))
        self._list(found.neighbours)
        with parts.controls.hold_sync():
            parts.controls.verified, parts.controls.verified_text = relax_words.badge(found)
        parts.save.suggestion = f"representation of {PurePath(found.source).stem}"
        put_html(parts.facts, relax_words.facts_html(found))
        put_html(parts.choices, facts.choices_html(found))

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        """Show the similarity that is left when the painted part is hidden."""
        value = None if not scores else float(scores[0].confidence)
        whole = None
        if self._last is not None:
            whole = self._last.statistics.get("similarity of the whole input")
        put_html(self._parts.hidden, relax_words.hidden_html(value, whole))

    def on_rest(self, run: Run[Any], found: RelaxExplanation) -> None:
        """Renew what stays in the notebook's file."""
        self._bundle.renew(found)
        self._parts.on_rest(run, found)

    def on_problem(self, problem: BaseException) -> None:
        """Say why something could not be done."""
        words = str(problem) or type(problem).__name__
        put_html(self._parts.trouble, facts.note_html(words))

    def _list(self, neighbours: tuple[Neighbour, ...]) -> None:
        gallery = self._parts.gallery
        names = [one.name for one in neighbours]
        if names == self._listed:
            return
        self._listed = names
        gallery.chosen = -1
        gallery.show([(one.name, one.similarity, one.thumbnail) for one in neighbours])
        gallery.layout.display = None if names else "none"

    def _chosen(self, place: int) -> None:
        self._parts.maps.show_pair(place if place >= 0 else None)
