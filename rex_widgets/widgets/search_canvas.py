"""The search of a run, to be watched while it goes on and replayed afterwards."""

from __future__ import annotations

import atexit
import contextlib
import io
import logging
import queue
import threading
import time
import weakref
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.causal.trace import SearchTrace
from rex_widgets.report import explanation_png, explanation_text
from rex_widgets.run import ENDS, Run
from rex_widgets.widgets._search_frame import Drawing
from rex_widgets.widgets._search_pace import Pace
from rex_widgets.widgets._search_replay import Replay
from rex_widgets.widgets._search_stage import Stage
from rex_widgets.widgets._search_words import (
    NO_CANVAS,
    NO_TRACE,
    detail_of,
    full_note,
    mutant_rows,
    summary_of,
)
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.figure_view import FigureView
from rex_widgets.widgets.live_widget import hear_every_page
from rex_widgets.widgets.search_controls import SearchControls, Wish

_IDLE = 0.25
"""Seconds between two looks while nothing happens."""
_WORDS = 0.1
"""Shortest time between two updates of the counters."""
_PATIENCE = 5.0
"""Seconds that a page has to make the canvas, once it has made the controls."""
_MUTANT_SIDE = 256
_LOG = logging.getLogger("rex_widgets.widgets")


class SearchCanvas(StillPicture, ipywidgets.VBox):  # type: ignore[misc]
    """Shows the boxes that a causal search splits, and the mutants that pass and fail.

    It only looks at the run: whoever drives it, in whatever thread. A thread of its own draws at
    most 20 times a second, and while the run computes for at most 4 % of the time. When the run
    has ended, or at any moment in between, the search can be replayed split by split, and every
    mutant be looked at as the model saw it: by a click on the picture or from the list below.

    The pointer's work is the kernel's here, other than in all other widgets: a click made while
    a cell runs may have to wait for that cell's end.

    Parameters
    ----------
    run
        Whose search to show. A method without a search is said to have none.

    Attributes
    ----------
    run : Run
        As given.
    position : int
        Splits that are shown.
    chosen : int or None
        The mutant that is shown, 0 to 13.
    frame_cost : float
        Seconds that a frame takes, a running average.
    frames : int
        Frames drawn so far.

    Examples
    --------
    >>> canvas = SearchCanvas(rw.start("cat.png", "classifier.onnx"))   # doctest: +SKIP
    >>> canvas                                                          # doctest: +SKIP
    >>> canvas.run.wait()                                               # doctest: +SKIP
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._stage = Stage(run.sample, getattr(run.classifier, "preprocessing", None))
        self._drawing = Drawing(self._stage)
        hear_every_page(self._drawing.canvas)
        self._controls = SearchControls(strip=len(self._stage.shape) == 1)
        width = _MUTANT_SIDE if len(self._stage.shape) == 2 else self._stage.width
        self._figure = FigureView(
            layout=Layout(display="none", max_width="100%", width=f"{width}px")
        )
        self._wishes: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._awake = threading.Event()
        self._drawing_now = threading.RLock()
        self._pace = Pace()
        # What has ended is shown at its end: its beginning is a picture without a box.
        done = len(run.trace or ()) if run.status in ENDS else 0
        self._replay = Replay(self._stage, live=run.status not in ENDS, position=done)
        self._drawn: tuple[int, int] | None = None
        self._said: tuple[Any, ...] = ()
        self._last_tick = self._last_words = time.monotonic()
        self._picture_due = True
        self._page_since: float | None = None
        self._canvas_seen = False
        self._closed = False
        self._problem = ""
        pictures = ipywidgets.HBox(
            [self._drawing.canvas, self._figure],
            layout=Layout(flex_flow="row wrap", grid_gap="8px", align_items="flex-start"),
        )
        super().__init__(
            [pictures, self._controls],
            layout=Layout(width="100%", max_width="900px", overflow="visible", grid_gap="6px"),
        )
        self.add_class("rw-search-canvas")
        self._connect()
        self._thread = threading.Thread(
            target=_work,
            args=(weakref.ref(self), self._awake),
            name="rex_widgets search canvas",
            daemon=True,
        )
        _OPEN.add(self)
        self._thread.start()

    @property
    def position(self) -> int:
        """Splits that are shown."""
        return self._replay.position

    @property
    def chosen(self) -> int | None:
        """The mutant that is shown, or ``None``."""
        return self._replay.chosen if self._replay.chosen >= 0 else None

    @property
    def frame_cost(self) -> float:
        """Seconds that a frame takes, a running average."""
        return self._pace.cost

    @property
    def frames(self) -> int:
        """Frames drawn so far."""
        return self._pace.frames

    @property
    def closed(self) -> bool:
        """Whether it shows nothing any more."""
        return self._closed or self.comm is None

    def seek(self, position: int) -> None:
        """Show the search after so many splits; more than there are shows the last one."""
        self._wish("seek", float(position))

    def play(self, speed: float | None = None) -> None:
        """Replay from the position on (from the start, at the end); ``speed`` in splits/s."""
        if speed is not None:
            self._wish("speed", float(speed))
        self._wish("play", 1.0)

    def pause(self) -> None:
        """Stay where the view is."""
        self._wish("play", 0.0)
        self._wish("live", 0.0)

    def follow(self) -> None:
        """Show the newest split, and those that come."""
        self._wish("live", 1.0)

    def choose(self, mutant: int | None) -> None:
        """Show one of the 14 mutants of the shown split as the model saw it."""
        self._wish("choose", -1.0 if mutant is None else float(mutant))

    def still_words(self) -> str:
        """Return what the run has found in words, for where no widget is alive."""
        return explanation_text(self.run.result())

    def still_png(self) -> bytes:
        """Return what the run has found as a PNG, for where no widget is alive."""
        return explanation_png(self.run.result())

    def close(self) -> None:
        """End the thread, and take the picture off the screen; the run is left as it is."""
        self._closed = True
        self._awake.set()
        # a frame that is being drawn is finished first
        free = self._drawing_now.acquire(timeout=_PATIENCE)
        self._take_down()
        if free:
            self._drawing_now.release()

    def _take_down(self) -> None:
        self._drawing.close()
        for widget in (self._figure, self._controls, *self.children):
            widget.layout.close()
            widget.close()
        self.layout.close()
        super().close()

    # ------------------------------------------------------------------ what a person does

    def _connect(self) -> None:
        """Hear of clicks and wishes without keeping this object alive."""
        me = weakref.ref(self)

        def ready(*_: Any) -> None:
            if (found := me()) is not None:
                found._wish("client")

        def pressed(x: float, y: float) -> None:
            if (found := me()) is not None:
                found._wish("press", float(x), float(y))

        def wished(wish: Wish) -> None:
            if (found := me()) is not None:
                found._wish(*wish)

        self._drawing.on_client_ready(ready)
        self._drawing.canvas.on_mouse_down(pressed)
        self._drawing.canvas.on_touch_start(lambda points: pressed(*points[0]) if points else None)
        self._controls.on_wish(wished)

    def _wish(self, *wish: Any) -> None:
        self._wishes.put(wish)
        self._awake.set()

    def _carry_out(self, wish: tuple[Any, ...], trace: SearchTrace | None) -> None:
        name = wish[0]
        if name == "client":
            self._canvas_seen = self._picture_due = True
        elif name == "ready":
            self._page_since = time.monotonic()
        elif name == "press":
            self._replay.press(wish[1], wish[2], trace)
        else:
            self._replay.wish((name, wish[1]), trace)

    # ------------------------------------------------------------------ in the thread itself

    def _tick(self) -> float:
        """Do what is due; return how many seconds nothing will be."""
        now = time.monotonic()
        since, self._last_tick = now - self._last_tick, now
        trace = self.run.trace
        while True:
            try:
                self._carry_out(self._wishes.get_nowait(), trace)
                self._problem = ""
                since = 0.0  # a replay that is started now has not run since the last look
            except queue.Empty:
                break
        status = self.run.status
        computing = status == "running"
        moves = self._replay.advance(trace, since, grows=status not in ENDS)
        began = time.perf_counter()  # also what waiting for a core adds: the search waits then, too
        drew = self._show(trace)
        self._say(trace, status, now, moves)
        if drew:
            self._pace.note(time.perf_counter() - began)
        return self._pace.wait(computing) if drew or moves else _IDLE

    def _show(self, trace: SearchTrace | None) -> bool:
        """Draw if something has changed."""
        if self._picture_due:
            self._picture_due = False
            self._drawing.send_picture()
            self._drawn = None
        chosen = self._replay.chosen
        wanted = (self.position, chosen)
        if wanted == self._drawn:
            return False
        before = -1 if self._drawn is None else self._drawn[1]
        self._drawn = wanted  # what cannot be drawn is not tried again and again
        self._drawing.draw(trace, self.position, self.chosen)
        if chosen >= 0 or before >= 0:
            self._show_mutant()
        return True

    def _show_mutant(self) -> None:
        """The chosen mutant as the model saw it."""
        figure, chosen = self._figure, self._replay.chosen
        if chosen < 0:
            figure.layout.display, figure.png = "none", b""
            return
        seen = self.run.mutant(self.position - 1, chosen)
        figure.png = png_of(self._stage.picture_of(seen))
        figure.alt = f"Mutant {chosen + 1} as the model saw it"
        figure.layout.display = None

    def _say(self, trace: SearchTrace | None, status: str, now: float, moves: bool) -> None:
        """Renew counters, list and notes; while the view moves, not at every frame."""
        replay, count = self._replay, 0 if trace is None else len(trace)
        ends, note = status in ENDS, self._note(trace, now)
        at_rest = (moves, replay.playing, replay.live, replay.speed, replay.chosen, ends, note)
        if at_rest == self._said[:-2] and moves and now - self._last_words < _WORDS:
            return
        said = (*at_rest, count, replay.position)
        if said == self._said:
            return
        self._said, self._last_words = said, now
        controls, classifier = self._controls, self.run.classifier
        split = replay.split(trace)
        with controls.hold_sync():
            controls.count, controls.position = count, replay.position
            controls.playing, controls.live = replay.playing, replay.live
            controls.speed, controls.growing = replay.speed, not ends
            controls.summary = summary_of(trace, replay.position, self.run.iters)
            controls.chosen, controls.note = replay.chosen, note
            # nobody can read fourteen answers that change ten times a second
            controls.mutants = [] if split is None or moves else mutant_rows(split, classifier)
            controls.detail = (
                detail_of(split, replay.chosen, classifier, trace.target)
                if trace is not None and split is not None and replay.chosen >= 0
                else ""
            )

    def _tell(self, problem: Exception) -> None:
        """Say what went wrong, and go on: a screen that is gone must not end a thread."""
        _LOG.exception("The search could not be drawn")
        self._drawing.forget()
        self._problem = f"{type(problem).__name__}: {' '.join(str(problem).split())}"
        with contextlib.suppress(Exception):
            self._controls.note = self._problem

    def _note(self, trace: SearchTrace | None, now: float) -> str:
        if self._problem:
            return self._problem
        if trace is None:
            return NO_TRACE.format(method=self.run.method)
        waited = self._page_since is not None and now - self._page_since > _PATIENCE
        if waited and not self._canvas_seen:
            return NO_CANVAS
        return full_note(trace)


def png_of(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of a uint8 (H, W, 3) picture, small ones enlarged so that they can be seen."""
    from PIL import Image

    image = Image.fromarray(picture)
    if max(image.size) < _MUTANT_SIDE:
        times = _MUTANT_SIDE // max(image.size)
        image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _work(reference: weakref.ref[SearchCanvas], awake: threading.Event) -> None:
    """Draw as long as the canvas is there; hold it only while there is something to do."""
    wait = 0.0
    while True:
        awake.wait(wait)
        awake.clear()
        canvas = reference()
        if canvas is None:
            return
        with canvas._drawing_now:
            if canvas.closed:
                return
            try:
                wait = canvas._tick()
            except Exception as problem:
                wait = _IDLE
                canvas._tell(problem)
        del canvas


_OPEN: weakref.WeakSet[SearchCanvas] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End the threads before the interpreter takes the libraries away from under them."""
    for canvas in list(_OPEN):
        canvas._closed = True
        canvas._awake.set()
