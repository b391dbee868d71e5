"""The panel: one run, to be watched, steered and asked in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.run import Run
from rex_widgets.widgets.panel_history import HistoryPage
from rex_widgets.widgets.panel_parts import PanelParts
from rex_widgets.widgets.panel_screen import PanelScreen
from rex_widgets.widgets.panel_search import SearchPage
from rex_widgets.widgets.panel_settings import SettingsPage, settings_of
from rex_widgets.widgets.panel_views import ViewsPage
from rex_widgets.widgets.run_panel import RunPanel, comparable, panel_of

__all__ = ["ExplainPanel", "panel_of"]


class ExplainPanel(RunPanel):
    """Shows a run while it is computed in the background, and lets a person steer it.

    The photograph is there at once; `start` begins the computation on a thread of its own, so
    that the kernel stays free. Nothing that is pressed waits for the model.

    Parameters
    ----------
    run
        What to show and drive.
    written
        How the call was written, for "copy as code": keywords of
        `rex_widgets.widgets.command_line.explain_line`, such as ``image="img"``.

    Attributes
    ----------
    run : Run
        The run that is shown now; a pressed class puts another one here.
    history : list of Run
        The runs that were shown before, at most 100; the oldest goes.

    Examples
    --------
    >>> panel = ExplainPanel(rw.start("cat.png", "classifier.onnx"))   # doctest: +SKIP
    >>> panel.start()                                                  # doctest: +SKIP
    >>> panel                                                          # doctest: +SKIP
    """

    def __init__(self, run: Run, *, written: Mapping[str, Any] | None = None) -> None:
        self._history = HistoryPage(self.restore)
        self._parts = parts = PanelParts(
            run,
            pages=[
                *([ViewsPage(run, self._at_border)] if run.sample.kind == "image" else []),
                SearchPage(run),
                SettingsPage(run, self.use_settings),
                self._history,
            ],
            use_region=self.use_region,
        )
        super().__init__(run, parts, written=written)
        self._screen = PanelScreen(parts, self._bundle, self.code)
        parts.top.on_choose(self.explain_class)
        parts.hidden_top.on_choose(self.explain_class)
        if parts.view is not None:
            parts.view.on_stroke(self._painted)
        parts.strategy.observe(self._strategy_chosen, "value")
        parts.iterations.observe(self._slid, "value")
        self._listen(run, self._screen)

    def explain_class(self, index: int) -> None:
        """Explain another class from now on; a class that was explained before comes back."""
        self._worker.change_run(lambda run: self._run_for(run, int(index)))

    def use_strategy(self, strategy: str) -> None:
        """Extract by another strategy from now on; what was evaluated is not asked again."""
        self._worker.change_run(lambda run: self._run_by(run, strategy))

    def use_region(self, mask: NDArray[np.bool_] | None, outside: str = "hidden") -> None:
        """Look for an explanation inside a region from now on; ``None``: in the whole input.

        Parameters
        ----------
        mask
            Bool in the input's shape.
        outside
            "hidden" or "visible": what the model sees of the places outside.
        """
        # A name that was written for another region would be a lie in "copy as code".
        spelled = dict(self._written.get("spelled") or {})
        spelled.pop("region", None)
        self._written["spelled"] = spelled
        self._worker.change_run(lambda run: self._run_inside(run, mask, outside))

    def _slid(self, change: Mapping[str, Any]) -> None:
        if change["new"] != self.run.iters:
            self._worker.extend_to(int(change["new"]))

    def _strategy_chosen(self, change: Mapping[str, Any]) -> None:
        # What the worker's thread writes there is the strategy of the run on show, and no wish:
        # taken for one, two choices made while the model computes would chase each other forever.
        if change["new"] and not self._worker.here:
            self.use_strategy(str(change["new"]))

    def _run_by(self, run: Run, strategy: str) -> Run | None:
        """Return a run with that strategy: the one on show, an earlier or a new one."""
        if run.settings.strategy == strategy:
            return None
        earlier = self._earlier(run, run.result().target.index, strategy=strategy)
        return self._put_aside(run, earlier or run.changed(strategy=strategy))

    def _painted(self, painted: NDArray[np.bool_]) -> None:
        self._worker.what_if(~painted if painted.any() else None)

    def _run_for(self, run: Run, index: int) -> Run | None:
        """Return a run that explains the class: the one on show, an earlier or a new one."""
        if run.result().target.index == index:
            return None
        return self._put_aside(run, self._earlier(run, index) or run.for_target(index))

    def _run_inside(self, run: Run, mask: NDArray[np.bool_] | None, outside: str) -> Run | None:
        """Return a run that keeps to the region: the one on show, an earlier or a new one."""
        # Without a region nothing lies outside: both choices ask the same.
        wanted = {"region": mask, "outside": "hidden" if mask is None else outside}
        asked = {name: comparable(value) for name, value in wanted.items()}
        if asked.items() <= _question(run).items():
            return None
        earlier = self._earlier(run, run.result().target.index, **asked)
        return self._put_aside(run, earlier or run.changed(**wanted))

    def _earlier(self, run: Run, index: int, **changes: Any) -> Run | None:
        """Return a run put aside that asks about the class what this one asks, but for changes."""
        asked = {**_question(run), **changes}
        for earlier in self.history:
            if earlier.result().target.index == index and _question(earlier) == asked:
                return earlier
        return None

    def _holds_something(self, run: Run) -> bool:
        # Before the model was asked, not even the class is known.
        return run.result().target.index >= 0


def _question(run: Run) -> dict[str, Any]:
    """What a run asks, besides its class."""
    settings = settings_of(run)
    return {
        field.name: comparable(getattr(settings, field.name))
        for field in fields(settings)
        if field.name not in ("target", "iters")
    }
