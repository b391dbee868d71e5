"""What of a SignalView is shared with the browser, apart from its arrays."""

from __future__ import annotations

import math
from typing import Any

import traitlets

from rex_widgets.widgets.layer_view import COLORMAPS
from rex_widgets.widgets.live_widget import LiveWidget

SIGNAL_TOOLS = ("inspect", "pan", "brush", "eraser")
SORTINGS = ("responsibility", "order")

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}


class SignalTraits(LiveWidget):
    """The traits of `SignalView`, which describes them."""

    threshold = traitlets.Float(0.0, min=0.0, max=1.0).tag(**_IN_BROWSER)
    opacity = traitlets.Float(0.9, min=0.0, max=1.0).tag(**_IN_BROWSER)
    colormap = traitlets.Enum(COLORMAPS, default_value="viridis").tag(**_IN_BROWSER)
    show_map = traitlets.Bool(True).tag(**_IN_BROWSER)
    map_name = traitlets.Unicode("responsibility").tag(sync=True)
    show_mask = traitlets.Bool(True).tag(**_IN_BROWSER)
    map_place = traitlets.Enum(("below", "behind"), default_value="below").tag(**_IN_BROWSER)
    tool = traitlets.Enum(SIGNAL_TOOLS, default_value="inspect").tag(**_IN_BROWSER)
    start = traitlets.Float(None, allow_none=True).tag(**_IN_BROWSER)
    end = traitlets.Float(None, allow_none=True).tag(**_IN_BROWSER)
    reverse = traitlets.Bool(False).tag(**_IN_BROWSER)
    lanes = traitlets.Bool(False).tag(**_IN_BROWSER)
    fit_values = traitlets.Bool(False).tag(**_IN_BROWSER)
    sort = traitlets.Enum(SORTINGS, default_value="responsibility").tag(**_IN_BROWSER)
    width = traitlets.Int(760, min=200, max=4000).tag(sync=True)
    height = traitlets.Int(300, min=120, max=2000).tag(sync=True)
    paintable = traitlets.Bool(True).tag(sync=True)
    adjustable = traitlets.Bool(False).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    @traitlets.validate("start", "end")
    def _finite(self, proposal: Any) -> float | None:
        # JSON from a browser may hold NaN, which would blank the drawing.
        value = proposal["value"]
        return value if value is not None and math.isfinite(value) else None


def shown_traits() -> tuple[str, ...]:
    """Names of the traits that a page without a kernel starts with."""
    return tuple(sorted(SignalTraits.class_own_traits(sync=True)))
