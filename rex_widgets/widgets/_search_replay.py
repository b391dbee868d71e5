"""Which moment of a search is on show, and how that changes with time and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rex_widgets.causal.trace import SearchTrace, Split
from rex_widgets.widgets._search_stage import Stage
from rex_widgets.widgets.search_controls import SPEEDS

if TYPE_CHECKING:
    from rex_widgets.widgets.search_controls import Wish

CATCH_UP = 4
"""Frames in which the live view takes up what has come since the last one."""
_LOOK_BACK = 1024
"""Splits among which an earlier one is looked for under the pointer."""


class Replay:
    """A place in a trace that moves.

    Parameters
    ----------
    stage
        Where boxes are on the canvas.
    live
        Follow the newest split.
    position
        Where to begin.

    Attributes
    ----------
    chosen
        Mutant of the shown split that is on show, or -1.
    playing, live
        The place moves by itself through the trace, or with its end.
    speed
        Splits a second while playing.
    """

    def __init__(self, stage: Stage, live: bool, position: int = 0) -> None:
        self.live = live
        self.playing = False
        self.speed = SPEEDS[1]
        self.chosen = -1
        self._stage = stage
        self._place = float(position)

    @property
    def position(self) -> int:
        """Splits that are done at the moment on show."""
        return int(self._place)

    def split(self, trace: SearchTrace | None) -> Split | None:
        """The last split that is done, if there is one."""
        if trace is None or not 0 < self.position <= len(trace):
            return None
        return trace[self.position - 1]

    def wish(self, wish: Wish, trace: SearchTrace | None) -> None:
        """Do what a person asks for; see `SearchControls.on_wish`."""
        name, value = wish
        count = 0 if trace is None else len(trace)
        if name in ("seek", "step"):
            self.stop()
            goal = value if name == "seek" else self.position + value
            self._go_to(int(min(max(goal, min(1, count)), count)))
        elif name == "play":
            self.playing = bool(value) and count > 0
            if self.playing:
                self.live, self.chosen = False, -1
                if self.position >= count:
                    self._place = 0.0
        elif name == "live":
            self.live = bool(value)
            if self.live:
                self.playing, self.chosen, self._place = False, -1, float(count)
        elif name == "speed":
            self.speed = value
        elif name == "choose":
            self.stop()
            split = self.split(trace)
            exists = split is not None and value < len(split.passed)
            self.chosen = int(value) if exists else -1

    def stop(self) -> None:
        """Stay at this moment."""
        self.live = self.playing = False

    def advance(self, trace: SearchTrace | None, seconds: float, grows: bool) -> bool:
        """Move on.

        Parameters
        ----------
        trace
            Of the run.
        seconds
            Since the last call.
        grows
            The run may still add to the trace.

        Returns
        -------
        bool
            Whether there will be more to see soon.
        """
        count = 0 if trace is None else len(trace)
        if self.live and self.position < count:
            self._place += max(1, (count - self.position) // CATCH_UP)
            return True
        if self.playing:
            self._place = min(float(count), self._place + self.speed * seconds)
            if self.position >= count and not grows:
                self.playing = False
            return True
        return False

    def press(self, x: float, y: float, trace: SearchTrace | None) -> None:
        """Choose a mutant of the part at a point of the canvas.

        First the one that keeps the part alone; pressed again, the next one that keeps it.
        Outside of the shown split, the newest earlier one of the same tree that has a part there
        is shown instead.
        """
        self.stop()
        split = self.split(trace)
        if split is None or trace is None:
            return
        under = self._stage.inside(np.array(split.children), x, y)
        if not under.any():
            split = self._earlier(x, y, split, trace)
            if split is None:
                self.chosen = -1
                return
            self._go_to(split.number + 1)
            under = self._stage.inside(np.array(split.children), x, y)
        child = int(np.flatnonzero(under)[0])
        keeping = [mutant for mutant, kept in enumerate(split.subsets) if child in kept]
        here = keeping.index(self.chosen) if self.chosen in keeping else -1
        self.chosen = keeping[(here + 1) % len(keeping)] if keeping else -1

    def _go_to(self, position: int) -> None:
        if position != self.position:
            self.chosen = -1
        self._place = float(position)

    def _earlier(self, x: float, y: float, split: Split, trace: SearchTrace) -> Split | None:
        first = max(0, split.number - _LOOK_BACK)
        rows = trace.rows(first, split.number)
        for place in np.flatnonzero(rows["tree"] == split.tree)[::-1].tolist():
            children = rows["children"][place][: rows["parts"][place]]
            if self._stage.inside(children, x, y).any():
                return trace[first + place]
        return None
