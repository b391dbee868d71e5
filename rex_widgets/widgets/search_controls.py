"""Scrubber, counters, legend and the list of a split's mutants, beside the picture of a search."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import traitlets

from rex_widgets.causal.tree import SUBSETS
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets.live_widget import LiveWidget

SPEEDS = (1.0, 4.0, 10.0, 40.0, 200.0)
"""Splits a second that a replay can show."""

Wish = tuple[str, float]
"""What a person has asked for, and a number that says how."""

_WISHES = {
    "ready": (0, 0), "seek": (0, 2**31), "step": (-1, 1), "play": (0, 1), "live": (0, 1),
    "speed": (SPEEDS[0], SPEEDS[-1]), "choose": (-1, len(SUBSETS) - 1),
}  # fmt: skip
"""Every wish, with the range of its number."""


class SearchControls(LiveWidget):
    """What a person steers a replay with, by mouse or keyboard.

    All traits are the kernel's to set, from any thread; what a person does arrives as a wish. A
    wish is shown as queued until ``heard`` says that the kernel has taken it in.

    Attributes
    ----------
    count, position : int
        Splits in the trace, and those that are shown.
    playing, live : bool
        A replay goes on; the newest split is followed.
    speed : float
        Splits a second, one of ``SPEEDS``.
    growing : bool
        The run may still add splits.
    summary : str
        The counters.
    mutants : list of dict
        Of the shown split: ``kept`` (numbers of its parts), ``passed``, ``label``,
        ``confidence``, ``target``.
    chosen : int
        Which mutant is shown, or -1.
    strip : bool
        The parts lie in a row, as in a signal.
    detail : str
        What is known of the chosen mutant.
    note : str
        What a person should know, such as that the trace is full.
    heard : int
        Number of the last wish that was taken in.
    """

    _esm = bundle_text("search-controls")

    speeds = traitlets.List(default_value=list(SPEEDS)).tag(sync=True)
    count = traitlets.Int(0, min=0).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    growing = traitlets.Bool(False).tag(sync=True)
    speed = traitlets.Float(SPEEDS[1]).tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    mutants: traitlets.List = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(-1, min=-1, max=len(SUBSETS) - 1).tag(sync=True)
    strip = traitlets.Bool(False).tag(sync=True)
    detail = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    heard = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._callbacks: Callbacks[[Wish]] = Callbacks()
        super().__init__(**traits)
        self.on_msg(self._receive)

    def on_wish(self, callback: Callable[[Wish], object], remove: bool = False) -> None:
        """Call back with what a person asks for: a name and a number.

        Parameters
        ----------
        callback : callable
            Gets ("seek", splits), ("step", ±1), ("play", 0 or 1), ("live", 0 or 1),
            ("speed", splits a second), ("choose", mutant or -1) or ("ready", 0) when a page shows
            the controls. It may be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the controls off the screen."""
        self._callbacks = Callbacks()
        super().close()

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        name, value = content.get("type"), content.get("value", 0)
        # every comparison with NaN is false; whole numbers may be larger than any float
        number = isinstance(value, (int, float)) and -math.inf <= value <= math.inf
        if not isinstance(name, str) or name not in _WISHES or not number:
            return
        lowest, highest = _WISHES[name]
        self._callbacks((name, float(min(max(value, lowest), highest))))
        place = content.get("id")
        if isinstance(place, int):
            self.heard = place
