"""The classes that a model gives, as bars to read and to press."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import traitlets

from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets.live_widget import LiveWidget


class ClassBars(LiveWidget):
    """Show classes with their confidences; pressing one chooses it.

    Traits may be set from any thread.

    Attributes
    ----------
    classes : list of dict
        ``{"index": int, "label": str, "confidence": float}``, confidences 0 to 1, best first.
    chosen : int or None
        Index of the class that is marked as chosen. Pressing a bar does not change it: whoever
        is called back decides.
    title : str
        A heading above the bars; empty shows none.
    """

    _esm = bundle_text("class-bars")

    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(None, allow_none=True).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._callbacks: Callbacks[[int]] = Callbacks()
        super().__init__(**traits)
        self.on_msg(self._receive)

    def on_choose(self, callback: Callable[[int], object], remove: bool = False) -> None:
        """Call back with the index of each class that is pressed.

        Parameters
        ----------
        callback : callable
            Gets the class index, one of those shown. It may be called on any thread and should
            return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("type") != "choose":
            return
        index = content.get("index")
        # The list may have changed between the press and now.
        if type(index) is int and index in [row["index"] for row in self.classes]:
            self._callbacks(index)

    @traitlets.validate("classes")
    def _checked(self, proposal: Any) -> list[dict[str, Any]]:
        rows = []
        for row in proposal["value"]:
            try:
                index, label = int(row["index"]), str(row["label"])
                confidence = float(row["confidence"])
            except (KeyError, TypeError, ValueError):
                raise traitlets.TraitError(
                    f"A class was given as {row!r}; expected a dict with 'index' (int), 'label' "
                    "(str) and 'confidence' (float)."
                ) from None
            if not (math.isfinite(confidence) and -1e-6 <= confidence <= 1 + 1e-6):
                raise traitlets.TraitError(
                    f"Class {index} has confidence {confidence}; expected 0 to 1."
                )
            rows.append({"index": index, "label": label, "confidence": confidence})
        return rows
