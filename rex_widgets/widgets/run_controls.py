"""Start, Pause, Resume, Stop and Step, with a progress bar and one line of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets.live_widget import LiveWidget

ACTIONS = ("start", "pause", "resume", "stop", "step")
STATUSES = ("preparing", "ready", "running", "paused", "cancelled", "finished", "failed")


class RunControls(LiveWidget):
    """Buttons for a run, and how far it is.

    A pressed button shows "queued…" in the browser at once, until the status changes or the
    kernel has taken the press in: with a busy kernel a person still sees that it was heard.
    Traits may be set from any thread.

    Attributes
    ----------
    status : str
        One of ``STATUSES``; says which buttons can be pressed.
    actions : list of str or None
        The buttons that can be pressed, if not those that the status says.
    fraction : float
        0 to 1, how much is done.
    evaluations : int
        Model evaluations so far.
    rate : float
        Evaluations per second; 0 shows none.
    seconds_left : float or None
        Estimated time to the end.
    stage, message : str
        What the run is doing or has reached, and a sentence for the person.
    verified : str
        ``"ok"``, ``"warn"`` or ``"none"``, the colour of the badge.
    verified_text : str
        What the badge says; empty hides it.
    """

    _esm = bundle_text("run-controls")

    status = traitlets.Enum(STATUSES, default_value="ready").tag(sync=True)
    actions = traitlets.List(traitlets.Enum(ACTIONS), default_value=None, allow_none=True).tag(
        sync=True
    )
    fraction = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    evaluations = traitlets.Int(0, min=0).tag(sync=True)
    rate = traitlets.Float(0.0, min=0.0).tag(sync=True)
    seconds_left = traitlets.Float(None, allow_none=True).tag(sync=True)
    stage = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    verified = traitlets.Enum(("ok", "warn", "none"), default_value="none").tag(sync=True)
    verified_text = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._callbacks: Callbacks[[str]] = Callbacks()
        super().__init__(**traits)
        self.on_msg(self._receive)

    def on_action(self, callback: Callable[[str], object], remove: bool = False) -> None:
        """Call back with the name of each pressed button.

        Parameters
        ----------
        callback : callable
            Gets one of ``ACTIONS``. It may be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("type") != "action":
            return
        action = content.get("action")
        if action not in ACTIONS:
            return
        self._callbacks(action)
        # Only now: until the callbacks have run, the press is still waiting.
        self.send({"type": "ack", "action": action})
