"""The panel of region-constrained counterfactuals: drawn, watched, steered and gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rex_widgets.errors import InputError
from rex_widgets.run import ENDS, Run
from rex_widgets.widgets.panel_history import HistoryPage
from rex_widgets.widgets.panel_settings import SettingsPage, settings_of
from rex_widgets.widgets.rcsb_history import RCSB_HISTORY
from rex_widgets.widgets.rcsb_parts import RcsbParts
from rex_widgets.widgets.rcsb_question import MORE
from rex_widgets.widgets.rcsb_region import Changes
from rex_widgets.widgets.rcsb_screen import RcsbScreen
from rex_widgets.widgets.run_panel import RunPanel, comparable
from rex_widgets.widgets.turns import turns_at

SAMPLES = "n_inpaints"


class RcsbPanel(RunPanel):
    """Shows a change in a region while it forms, and lets a person steer it.

    `start` begins the computation on a thread of its own, so that the kernel stays free. Region,
    class and strength are set beforehand, and asked for by a button; from any step of which there
    is a picture one can go on with another class or another strength.

    Parameters
    ----------
    run
        A run of the method rcsb.
    written
        How the call was written, for "copy as code": keywords of
        `rex_widgets.widgets.command_line.explain_line`, such as ``image="17"``.

    Attributes
    ----------
    run : Run
        The run that is shown now; what is asked puts another one here.
    history : list of Run
        The runs that were shown before, at most 100; the oldest goes.

    Examples
    --------
    >>> run = rw.start(3, "digits", method="rcsb", target=8)      # doctest: +SKIP
    >>> panel = RcsbPanel(run)                                    # doctest: +SKIP
    >>> panel.start()                                             # doctest: +SKIP
    >>> panel                                                     # doctest: +SKIP
    """

    def __init__(self, run: Run[Any], *, written: Mapping[str, Any] | None = None) -> None:
        self._history = HistoryPage(self.restore, RCSB_HISTORY)
        self._parts = parts = RcsbParts(
            [SettingsPage(run, self.use_settings), self._history], self.find_region
        )
        super().__init__(run, parts, written=written)
        self._screen = RcsbScreen(parts, self._bundle, self.code)
        parts.question.on_press(self._pressed)
        self._listen(run, self._screen)

    def ask(self, **changes: Any) -> None:
        """Ask with other settings, such as ``target=3``; what still holds is not computed again.

        Without any, the run on show goes on. More samples alone extend it.
        """
        # A name that was written for another region would be a lie in "copy as code".
        if "region" in changes:
            spelled = dict(self._written.get("spelled") or {})
            spelled.pop("region", None)
            self._written["spelled"] = spelled
        self._worker.change_run(lambda run: self._run_asked(run, changes))
        self._worker.start()

    def go_on(self, step: int, **changes: Any) -> None:
        """Go on from the picture as it stood after so many steps, with other settings.

        Parameters
        ----------
        step
            How many steps of the run on show are kept, at least 0 and fewer than it has.
        **changes
            ``target``, ``scale`` or a term's weight.
        """
        self._worker.change_run(
            lambda run: self._put_aside(run, run.changed(from_step=step, **changes))
        )

    def more(self, samples: int = MORE) -> None:
        """Ask for so many more samples."""
        self._worker.call(lambda run: self._extend_by(run, samples))

    def find_region(self, changes: Changes) -> None:
        """Find the region that these settings give, and show it; nothing is sampled."""
        self._screen.forget_problem()
        self._worker.call(lambda run: self._find(run, changes))

    def choose(self, sample: int) -> None:
        """Show a sample, counted from 0; −1: the best one."""
        self._parts.view.chosen = sample

    def _pressed(self, button: str) -> None:
        self._screen.forget_problem()
        asked = self._parts.question.changes()
        if button == "more":
            self.more()
        elif button == "go_on":
            changes = {n: v for n, v in asked.items() if n in ("target", "scale")}
            self.go_on(self._screen.kept_steps, **changes)
        else:
            try:
                self.ask(**asked, **self._parts.region.changes())
            except InputError as problem:
                self._screen.on_problem(problem)

    def _run_asked(self, run: Run[Any], changes: Changes) -> Run[Any] | None:
        """Return a run with these settings; ``None`` where the one on show goes on."""
        now = settings_of(run)
        other = {
            name: value
            for name, value in changes.items()
            if comparable(value) != comparable(getattr(now, name))
        }
        if not other:
            if run.status == "finished":
                raise InputError(
                    "That is what was asked. Change the region, the class or a slider, or ask for "
                    "more samples."
                )
            return self._put_aside(run, run.changed()) if run.status == "cancelled" else None
        more = other.get(SAMPLES, 0) - getattr(now, SAMPLES)
        if set(other) == {SAMPLES} and more > 0:
            self._extend_by(run, more)
            return None
        return self._put_aside(run, run.changed(**other))

    def _run_with(self, run: Run[Any], settings: Any) -> Run[Any] | None:
        """Return a run with these settings; more samples alone extend the one on show."""
        names = settings.__dataclass_fields__
        return self._run_asked(run, {name: getattr(settings, name) for name in names})

    def _extend_by(self, run: Run[Any], samples: int) -> None:
        goes_on = run.status in ("finished", "cancelled", "running")
        run.extend(samples=samples)
        self._screen.on_result(run.result(), run.status)
        self._screen.on_progress(run, run.status)
        if goes_on:
            self._worker.start()

    def _find(self, run: Run[Any], changes: Changes) -> None:
        probe = run.changed(**changes)
        found = probe.result()
        while not found.region.any() and probe.status not in ENDS:
            with turns_at(probe.classifier).mine():
                probe.step()
            found = probe.result()
        if probe.status == "failed" and probe.error is not None:
            raise probe.error
        self._parts.region.found(found.region, changes)

    def _holds_something(self, run: Run[Any]) -> bool:
        return RCSB_HISTORY.holds(run.result())
