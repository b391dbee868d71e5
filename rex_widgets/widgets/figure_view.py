"""A figure drawn by the kernel, shown as a picture with a text beside it."""

from __future__ import annotations

import traitlets

from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets.live_widget import LiveWidget


class FigureView(LiveWidget):
    """Show a PNG.

    Attributes
    ----------
    png : bytes
        The picture; empty shows nothing.
    alt : str
        What it shows, for those who cannot see it.
    """

    _esm = bundle_text("figure-view")

    png = traitlets.Bytes(b"").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
