"""The panel: one run, to be watched, steered and asked in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any
from weakref import WeakKeyDictionary

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets._saving import save_as
from rex_widgets.widgets.command_line import explain_line
from rex_widgets.widgets.display_bundle import DisplayBundle, explanation_bundle
from rex_widgets.widgets.history_list import MAX_ENTRIES
from rex_widgets.widgets.panel_history import HistoryPage
from rex_widgets.widgets.panel_parts import PanelParts
from rex_widgets.widgets.panel_screen import PanelScreen
from rex_widgets.widgets.panel_search import SearchPage
from rex_widgets.widgets.panel_settings import SettingsPage, settings_of
from rex_widgets.widgets.panel_views import ViewsPage
from rex_widgets.widgets.worker import Worker


class ExplainPanel(ipywidgets.VBox):  # type: ignore[misc]
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
        super().__init__(
            children=parts.children,
            layout=ipywidgets.Layout(
                width="100%", max_width="1100px", overflow="visible", padding="2px 8px"
            ),
        )
        self.add_class("rw-panel")
        _PANELS[run] = self
        self.history: list[Run] = []
        self._written = dict(written or {})
        self._bundle = DisplayBundle(self)
        self._screen = PanelScreen(parts, self._bundle, self.code)
        self._worker = Worker(run, self._screen)
        parts.controls.on_action(self._act)
        parts.top.on_choose(self.explain_class)
        parts.hidden_top.on_choose(self.explain_class)
        if parts.view is not None:
            parts.view.on_stroke(self._painted)
        parts.strategy.observe(self._strategy_chosen, "value")
        parts.iterations.observe(self._slid, "value")
        parts.save.on_save(
            lambda kind, name: self._worker.call(lambda run: self._save(run, kind, name))
        )
        self._screen.on_run(run)
        self._screen.on_progress(run, run.status)

    @property
    def run(self) -> Run:
        """The run that is shown now."""
        return self._worker.run

    @property
    def worker(self) -> Worker:
        """The thread that drives the run."""
        return self._worker

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self.comm is None

    def start(self) -> None:
        """Compute in the background; returns at once."""
        self._worker.start()

    def pause(self) -> None:
        """Stop at the next border; `start` goes on."""
        self._worker.pause()

    def stop(self) -> None:
        """End at the next border and keep what was found; the iterations slider goes on."""
        self._worker.stop()

    def explain_class(self, index: int) -> None:
        """Explain another class from now on; a class that was explained before comes back."""
        self._worker.change_run(lambda run: self._run_for(run, int(index)))

    def use_strategy(self, strategy: str) -> None:
        """Extract by another strategy from now on; what was evaluated is not asked again."""
        self._worker.change_run(lambda run: self._run_by(run, strategy))

    def use_settings(self, settings: Any) -> None:
        """Compute with other settings from now on; what still holds is not asked again."""
        self._worker.change_run(lambda run: self._run_with(run, settings))

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

    def restore(self, run: Run, explanation: Explanation | None = None) -> None:
        """Show a run of this panel's history again, or what it had found at an earlier end."""
        self._worker.change_run(lambda now: None if now is run else self._put_aside(now, run))
        if explanation is not None:
            self._worker.call(lambda now: self._screen.on_result(explanation, now.status))

    def code(self, run: Run | None = None) -> str:
        """Return the `%explain` line that gives the run's result again."""
        run = run or self.run
        settings = replace(run.settings, iters=run.iters, seed=run.seed)
        return explain_line(settings, method=run.method, **self._written)

    def show(self) -> None:
        """Show the panel as an output of the running cell, with a picture and text beside it."""
        self._bundle.show(self.run.result())

    def close(self) -> None:
        """End the computation (the run stays, paused) and take the panel off the screen."""
        self._worker.close()
        self._parts.close()
        for part in (*self.children, self.layout):
            close_with_parts(part)
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), **explanation_bundle(self.run.result())}

    def _at_border(self, action: Callable[[Run], object]) -> None:
        self._worker.call(action)

    def _act(self, action: str) -> None:
        worker = self._worker
        {
            "start": worker.start,
            "resume": worker.resume,
            "pause": worker.pause,
            "stop": worker.stop,
            "step": worker.step,
        }[action]()

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
        asked = {name: _comparable(value) for name, value in wanted.items()}
        if asked.items() <= _question(run).items():
            return None
        earlier = self._earlier(run, run.result().target.index, **asked)
        return self._put_aside(run, earlier or run.changed(**wanted))

    def _run_with(self, run: Run, settings: Any) -> Run | None:
        """Return a run with these settings; ``None`` where nothing differs."""
        now = settings_of(run)
        names = [field.name for field in fields(settings)]
        changes = {n: getattr(settings, n) for n in names if not _same(settings, now, n)}
        if not changes:
            return None
        return self._put_aside(run, run.changed(**changes))

    def _earlier(self, run: Run, index: int, **changes: Any) -> Run | None:
        """Return a run put aside that asks about the class what this one asks, but for changes."""
        asked = {**_question(run), **changes}
        for earlier in self.history:
            if earlier.result().target.index == index and _question(earlier) == asked:
                return earlier
        return None

    def _put_aside(self, run: Run, new: Run) -> Run:
        """Keep a run that makes room for another one.

        A run that has not begun holds nothing to come back to: not even its class is known.
        """
        if new in self.history:
            self.history.remove(new)
        if run.result().target.index >= 0 and run not in self.history:
            self.history.append(run)
            del self.history[:-MAX_ENTRIES]
        return new

    def _save(self, run: Run, kind: str, name: str) -> None:
        menu = self._parts.save
        try:
            menu.saved(save_as(kind, name, run.result(), run=run))
        except (RexWidgetsError, OSError) as problem:
            menu.failed(problem)


_PANELS: WeakKeyDictionary[Run, ExplainPanel] = WeakKeyDictionary()


def panel_of(run: Run) -> ExplainPanel:
    """Return the panel that a run was first shown in, and so what the panel shows now.

    >>> panel_of(run).run.result()           # doctest: +SKIP
    >>> panel_of(run).run.settings.region    # doctest: +SKIP

    Raises
    ------
    InputError
        No panel was made for the run.
    """
    panel = _PANELS.get(run)
    if panel is None:
        raise InputError(f"{run!r} has no panel. Write its name as the last line of a cell first.")
    return panel


def _question(run: Run) -> dict[str, Any]:
    """What a run asks, besides its class."""
    settings = settings_of(run)
    return {
        field.name: _comparable(getattr(settings, field.name))
        for field in fields(settings)
        if field.name not in ("target", "iters")
    }


def _comparable(value: Any) -> Any:
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


def _same(one: Any, other: Any, name: str) -> bool:
    return bool(_comparable(getattr(one, name)) == _comparable(getattr(other, name)))
