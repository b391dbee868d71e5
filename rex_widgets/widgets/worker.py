"""The thread that drives a panel's run, and the only one that calls its model.

Commands arrive from any thread and wait in a queue; whoever gives one never waits. Between two
batches of model calls the thread carries out what has arrived and tells its listener how far the
run is.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.results import ClassScore
from rex_widgets.run import Run
from rex_widgets.widgets.turns import turns_at

PROGRESS_SECONDS = 0.1
"""Shortest time between two reports of progress."""
RESULT_SECONDS = 0.25
"""Shortest time between two results handed out while the run goes on."""
RESULT_SHARE = 0.05
"""Most of the thread's time that making and showing results may take while the run goes on."""
_POLL_SECONDS = 0.25
_EXIT_SECONDS = 2.0
_LOG = logging.getLogger("rex_widgets.widgets")

Command = Callable[["Worker"], None]


class Listener(Protocol):
    """Who hears of the run. All calls come from the worker's thread."""

    def on_progress(self, run: Run[Any], status: str) -> None:
        """How far the run is; at most ten times a second, and whenever its status changes."""

    def on_result(self, explanation: Any, status: str) -> None:
        """The result so far, at most four times a second, and at every end."""

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        """The model's answer to what is left visible; ``None`` when nothing is hidden."""

    def on_run(self, run: Run[Any]) -> None:
        """Another run is driven from now on."""

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """The run paused or ended: once per rest, after `on_result`."""

    def on_problem(self, problem: BaseException) -> None:
        """A command could not be carried out."""


class Worker:
    """Drives one run at a time on a daemon thread of its own.

    The thread starts with the first command. It ends with `close`, when this object is garbage
    collected, or when the process ends.

    Parameters
    ----------
    run
        What to drive.
    listener
        Hears of everything; kept by a weak reference.
    """

    def __init__(self, run: Run[Any], listener: Listener) -> None:
        self.run = run
        run.attended = True
        self._listener = weakref.ref(listener)
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._closed = False
        self._wants = False
        self._driven = False
        self._what_if: NDArray[np.bool_] | None = None
        self._what_if_waits = False
        self._seen: tuple[str, int] = (run.status, run.progress.evaluations)
        self._told_progress = self._next_result = -float("inf")
        with _OPEN_GUARD:
            _OPEN.add(self)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def here(self) -> bool:
        """Whether the thread that asks is the worker's own."""
        return threading.current_thread() is self._thread

    # ------------------------------------------------------------------ commands, from any thread

    def start(self) -> None:
        """Drive the run to its end; the same as `resume`."""
        self._give(Worker._begin)

    resume = start

    def pause(self) -> None:
        """Stop at the next border."""
        self._give(Worker._pause)

    def stop(self) -> None:
        """End at the next border, keeping what was found."""
        self._give(lambda worker: worker.run.cancel())

    def step(self) -> None:
        """Compute one batch."""
        self._give(Worker._step)

    def extend_to(self, total: int, unit: str = "iters") -> None:
        """Ask for so much in all, in the method's unit; less than there is changes nothing."""
        self._give(lambda worker: worker._extend_to(total, unit))

    def what_if(self, visible: NDArray[np.bool_] | None) -> None:
        """Ask what the model says when only ``visible`` is shown; ``None``: all is.

        Of several questions that wait, only the last is asked.
        """
        with self._guard:
            self._what_if, self._what_if_waits = visible, True
        self._give(Worker._ask)

    def change_run(self, make: Callable[[Run[Any]], Run[Any] | None]) -> None:
        """Pause, and go on with what ``make(run)`` returns (``None``: with the same run)."""
        self._give(lambda worker: worker._change(make))

    def call(self, action: Callable[[Run[Any]], object]) -> None:
        """Call ``action(run)`` at the next border."""
        self._give(lambda worker: (action(worker.run), None)[1])

    def close(self, wait: float = 0.0) -> None:
        """End the thread at the next border; the run stays paused."""
        self._closed = True
        self.run.attended = self._shared(self.run)
        self._commands.put(None)
        thread = self._thread
        if wait > 0 and thread is not None and thread is not threading.current_thread():
            thread.join(wait)

    def _give(self, command: Command) -> None:
        if self._closed:
            return
        self._commands.put(command)
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=_work,
                    args=(weakref.ref(self), self._commands),
                    name="rex_widgets panel",
                    daemon=True,
                )
                self._thread.start()

    # ------------------------------------------------------------------------ in the thread itself

    def _turn(self, command: Command | None) -> bool:
        """Carry out a command and everything that waits; say whether to drive on."""
        while command is not None and not self._closed:
            try:
                command(self)
            except Exception as problem:
                self._tell("on_problem", problem)
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                break
        self._look()
        return self._wants and not self._closed

    def _drive(self) -> None:
        """Compute one batch, and tell of it."""
        try:
            with turns_at(self.run.classifier).mine():
                next(self.run)
            self._driven = True
        except StopIteration:
            self._wants = False
        except BaseException as problem:
            self._wants = False
            if self.run.status != "failed":
                # The run itself is in order: another thread drives it.
                self._tell("on_problem", problem)
        if self.run.status not in ("ready", "running"):
            self._wants = False
        self._look()

    def _look(self) -> None:
        """Tell of what has changed, and not more often than a screen needs it."""
        run, now = self.run, time.monotonic()
        seen = (run.status, run.progress.evaluations)
        rests = run.status not in ("running",)
        if seen == self._seen and rests:
            return
        turned = seen[0] != self._seen[0]
        if turned or rests or now - self._told_progress >= PROGRESS_SECONDS:
            self._tell_progress()
            self._told_progress = now
        ends = rests and run.status != "ready"
        if turned or ends or now >= self._next_result:
            started = time.thread_time()
            result = run.result()
            self._tell("on_result", result, run.status)
            # Some methods need longer for a result than a batch takes. The thread's own time: on a
            # machine that is busy with other things results are no dearer.
            spent = time.thread_time() - started
            self._next_result = time.monotonic() + max(RESULT_SECONDS, spent / RESULT_SHARE)
            if ends:
                self._tell("on_rest", run, result)
        self._seen = seen

    def _begin(self) -> None:
        run = self.run
        if run.status in ("finished", "cancelled"):
            return
        iter(run)
        self._wants = True
        # Not only the first batch but already the preparation of the model is "running".
        self._tell_progress()

    def _pause(self) -> None:
        self.run.pause()
        self._wants = False

    def _step(self) -> None:
        self._wants = False
        if self.run.status == "failed":
            iter(self.run)
        try:
            with turns_at(self.run.classifier).mine():
                self.run.step()
        except BaseException as problem:
            if self.run.status != "failed":
                self._tell("on_problem", problem)

    def _extend_to(self, total: int, unit: str) -> None:
        run = self.run
        more = total - run.iters
        if more > 0:
            goes_on = run.status in ("finished", "cancelled", "running") or self._wants
            run.extend(**{unit: more})
            if goes_on:
                self._begin()
        self._tell_progress()

    def _ask(self) -> None:
        with self._guard:
            visible, waits = self._what_if, self._what_if_waits
            self._what_if_waits = False
        if not waits:
            return
        scores = None
        if visible is not None:
            with turns_at(self.run.classifier).mine():
                scores = self.run.what_if(visible)
        self._tell("on_what_if", scores)

    def _change(self, make: Callable[[Run[Any]], Run[Any] | None]) -> None:
        old, wanted = self.run, self._wants
        new = make(old)
        if new is None or new is old:
            return
        shared = self._shared(old)
        if old.status in ("ready", "running") and not shared:
            old.pause()
        old.attended, new.attended = shared, True
        self.run, self._wants, self._driven = new, False, False
        self._seen = ("", -1)
        self._tell("on_run", new)
        if wanted or new.status in ("ready", "paused"):
            self._begin()

    def _shared(self, run: Run[Any]) -> bool:
        """Whether another worker, such as that of a second panel, has the run too."""
        with _OPEN_GUARD:
            others = [worker for worker in _OPEN if worker is not self]
        return any(worker.run is run and not worker._closed for worker in others)

    def _notice(self) -> None:
        """Go on where a person resumed or extended the run by code, and see other drivers."""
        waits = self._driven and self.run.status == "ready" and not self._wants
        if waits and self._seen[0] == "ready":
            self._begin()
        self._look()

    def _tell_progress(self) -> None:
        status = self.run.status
        # About to be driven counts as running: a person has pressed the button already.
        self._tell(
            "on_progress", self.run, "running" if self._wants and status == "ready" else status
        )

    def _tell(self, name: str, *args: Any) -> None:
        listener = self._listener()
        if listener is None:
            return
        try:
            getattr(listener, name)(*args)
        except Exception:
            # A closed connection or a screen that is gone must not end the computation.
            _LOG.exception("The panel could not show %s", name)


def _work(reference: weakref.ref[Worker], commands: queue.SimpleQueue[Command | None]) -> None:
    """Wait for commands and drive; hold the worker only while there is something to do."""
    driving = False
    command: Command | None
    while True:
        command = None
        try:
            command = commands.get(block=not driving, timeout=None if driving else _POLL_SECONDS)
            if command is None:  # what `close` puts there
                _leave(reference())
                return
        except queue.Empty:
            pass
        worker = reference()
        if worker is None:
            return
        if command is None and not driving:
            worker._notice()
            driving = worker._wants
        else:
            driving = worker._turn(command)
        if driving:
            worker._drive()
            driving = worker._wants
        if worker._closed:
            _leave(worker)
            return
        del worker


def _leave(worker: Worker | None) -> None:
    if worker is None or worker._shared(worker.run):
        return
    if worker.run.status in ("ready", "running"):
        worker.run.pause()


_OPEN: weakref.WeakSet[Worker] = weakref.WeakSet()
_OPEN_GUARD = threading.Lock()


@atexit.register
def _close_all() -> None:
    """End the threads before the interpreter takes the libraries away from under them."""
    end = time.monotonic() + _EXIT_SECONDS
    with _OPEN_GUARD:
        workers = [worker for worker in _OPEN if worker.alive]
    for worker in workers:
        worker.close()
    for worker in workers:
        worker.close(wait=max(0.01, end - time.monotonic()))
