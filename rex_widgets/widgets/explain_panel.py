"""The panel: one run, to be watched, steered and asked in a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from rex_widgets.report import to_html
from rex_widgets.run import Run
from rex_widgets.widgets.command_line import explain_line
from rex_widgets.widgets.display_bundle import DisplayBundle, explanation_bundle
from rex_widgets.widgets.panel_parts import PanelParts
from rex_widgets.widgets.panel_screen import PanelScreen
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
        The runs that were shown before.

    Examples
    --------
    >>> panel = ExplainPanel(rw.start("cat.png", "classifier.onnx"))   # doctest: +SKIP
    >>> panel.start()                                                  # doctest: +SKIP
    >>> panel                                                          # doctest: +SKIP
    """

    def __init__(self, run: Run, *, written: Mapping[str, Any] | None = None) -> None:
        self._parts = parts = PanelParts(run)
        super().__init__(
            children=parts.children,
            layout=ipywidgets.Layout(
                width="100%", max_width="1100px", overflow="visible", padding="2px 8px"
            ),
        )
        self.add_class("rw-panel")
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
        parts.save.on_click(lambda _button: self._worker.call(self._save))
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
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), **explanation_bundle(self.run.result())}

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
        if change["new"]:
            self.use_strategy(str(change["new"]))

    def _run_by(self, run: Run, strategy: str) -> Run | None:
        """Return a run with that strategy: the one on show, or a new one."""
        if run.settings.strategy == strategy:
            return None
        earlier = self._earlier(run, run.result().target.index, strategy)
        return earlier or run.changed(strategy=strategy)

    def _painted(self, painted: NDArray[np.bool_]) -> None:
        self._worker.what_if(~painted if painted.any() else None)

    def _run_for(self, run: Run, index: int) -> Run | None:
        """Return a run that explains the class: the one on show, an earlier or a new one."""
        if run.result().target.index == index:
            return None
        earlier = self._earlier(run, index, getattr(run.settings, "strategy", None))
        return earlier or run.for_target(index)

    def _earlier(self, run: Run, index: int, strategy: str | None) -> Run | None:
        """Put a run aside; return one put aside before that asks about class and strategy.

        A run that has not begun holds nothing to come back to: not even its class is known.
        """
        found = None
        for earlier in self.history:
            same = getattr(earlier.settings, "strategy", None) == strategy
            if same and earlier.result().target.index == index:
                found = earlier
                self.history.remove(earlier)
                break
        if run.result().target.index >= 0:
            self.history.append(run)
        return found

    def _save(self, run: Run) -> None:
        explanation = run.result()
        path = free_path(Path.cwd(), f"explanation-{explanation.target.label}", ".html")
        to_html(explanation, path)
        self._screen.say(f"Saved {path.name} in the working folder.")


def free_path(folder: Path, name: str, ending: str) -> Path:
    """Return the path of a file that does not exist yet, with a name safe for every system."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "explanation"
    path, number = folder / f"{stem}{ending}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{ending}", number + 1
    return path
