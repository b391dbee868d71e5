"""What the panels of all methods share: one run, driven in the background, and what it left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import ipywidgets
import numpy as np

from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets._saving import save_as
from rex_widgets.widgets.command_line import explain_line
from rex_widgets.widgets.display_bundle import DisplayBundle, explanation_bundle
from rex_widgets.widgets.history_list import MAX_ENTRIES
from rex_widgets.widgets.panel_settings import settings_of
from rex_widgets.widgets.run_controls import RunControls
from rex_widgets.widgets.save_menu import SaveMenu
from rex_widgets.widgets.worker import Listener, Worker


class Parts(Protocol):
    """What a panel is made of, as far as all methods have it."""

    controls: RunControls
    save: SaveMenu
    children: list[ipywidgets.Widget]

    def close(self) -> None:
        """Close what the panel's box does not hold."""


class RunPanel(ipywidgets.VBox):  # type: ignore[misc]
    """Shows a run while it is computed in the background; a method's panel adds its parts.

    Parameters
    ----------
    run
        What to show and drive.
    parts
        What the panel's box holds.
    written
        How the call was written, for "copy as code": keywords of
        `rex_widgets.widgets.command_line.explain_line`.

    Attributes
    ----------
    run : Run
        The run that is shown now.
    history : list of Run
        The runs that were shown before, at most 100; the oldest goes.
    """

    def __init__(
        self, run: Run[Any], parts: Parts, *, written: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(
            children=parts.children,
            layout=ipywidgets.Layout(
                width="100%", max_width="1100px", overflow="visible", padding="2px 8px"
            ),
        )
        self.add_class("rw-panel")
        _PANELS[run] = self
        self.history: list[Run[Any]] = []
        self._controls, self._menu = parts.controls, parts.save
        self._close_parts = parts.close
        self._written = dict(written or {})
        self._bundle = DisplayBundle(self)

    def _listen(self, run: Run[Any], screen: Listener) -> None:
        """Give the run to a thread that the screen hears; the last step of being made."""
        self._listener = screen  # the worker alone would not keep it
        self._worker = Worker(run, screen)
        self._controls.on_action(self._act)
        self._menu.on_save(
            lambda kind, name: self._worker.call(lambda run: self._save(run, kind, name))
        )
        screen.on_run(run)
        screen.on_progress(run, run.status)

    @property
    def run(self) -> Run[Any]:
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
        """End at the next border and keep what was found; the slider goes on."""
        self._worker.stop()

    def use_settings(self, settings: Any) -> None:
        """Compute with other settings from now on; what still holds is not asked again."""
        self._worker.change_run(lambda run: self._run_with(run, settings))

    def restore(self, run: Run[Any], result: Any = None) -> None:
        """Show a run of this panel's history again, or what it had found at an earlier end."""
        self._worker.change_run(lambda now: None if now is run else self._put_aside(now, run))
        if result is not None:
            self._worker.call(lambda now: self._listener.on_result(result, now.status))

    def code(self, run: Run[Any] | None = None) -> str:
        """Return the `%explain` line that gives the run's result again."""
        run = run or self.run
        return explain_line(settings_of(run), method=run.method, **self._written)

    def show(self) -> None:
        """Show the panel as an output of the running cell, with a picture and text beside it."""
        self._bundle.show(self.run.result())

    def close(self) -> None:
        """End the computation (the run stays, paused) and take the panel off the screen."""
        self._worker.close()
        self._close_parts()
        for part in (*self.children, self.layout):
            close_with_parts(part)
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), **explanation_bundle(self.run.result())}

    def _at_border(self, action: Callable[[Run[Any]], object]) -> None:
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

    def _run_with(self, run: Run[Any], settings: Any) -> Run[Any] | None:
        """Return a run with these settings; ``None`` where nothing differs."""
        now = settings_of(run)
        names = [field.name for field in fields(settings)]
        changes = {n: getattr(settings, n) for n in names if not same_setting(settings, now, n)}
        if not changes:
            return None
        return self._put_aside(run, run.changed(**changes))

    def _put_aside(self, run: Run[Any], new: Run[Any]) -> Run[Any]:
        """Keep a run that makes room for another one, unless it holds nothing to come back to."""
        if new in self.history:
            self.history.remove(new)
        if self._holds_something(run) and run not in self.history:
            self.history.append(run)
            del self.history[:-MAX_ENTRIES]
        return new

    def _holds_something(self, run: Run[Any]) -> bool:
        """Whether there would be something to come back to."""
        return bool(run.result().stage != "nothing yet")

    def _save(self, run: Run[Any], kind: str, name: str) -> None:
        try:
            self._menu.saved(save_as(kind, name, run.result(), run=run))
        except (RexWidgetsError, OSError) as problem:
            self._menu.failed(problem)


_PANELS: WeakKeyDictionary[Run[Any], RunPanel] = WeakKeyDictionary()


def panel_of(run: Run[Any]) -> RunPanel:
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


def comparable(value: Any) -> Any:
    """Return what tells whether two values of a setting are the same."""
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, tuple):
        return tuple(comparable(one) for one in value)
    return value


def same_setting(one: Any, other: Any, name: str) -> bool:
    """Whether two settings have the same value of that name."""
    return bool(comparable(getattr(one, name)) == comparable(getattr(other, name)))
