"""A labelled number to be dragged, with a name for screen readers."""

from __future__ import annotations

from typing import Any

import traitlets

from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets.live_widget import LiveWidget


class RangeSlider(LiveWidget):
    """Offer whole numbers between two ends; the kernel hears of one when it is let go.

    Attributes
    ----------
    value : int
        The number, always between the ends.
    min, max, step : int
        The ends, and the distance of neighbouring numbers.
    per : int
        How many of these numbers make one of what is read: with 10, a value of 15 reads 1.5.
    label, hint : str
        What stands before the slider, and what is shown above it.
    """

    _esm = bundle_text("range-slider")

    min = traitlets.Int(0).tag(sync=True)
    max = traitlets.Int(100).tag(sync=True)
    step = traitlets.Int(1, min=1).tag(sync=True)
    value = traitlets.Int(0).tag(sync=True)
    per = traitlets.Int(1, min=1).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)

    @traitlets.validate("value")
    def _within(self, proposal: Any) -> int:
        return min(self.max, max(self.min, int(proposal["value"])))
