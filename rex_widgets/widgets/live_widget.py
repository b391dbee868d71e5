"""A widget that hears every page that shows it, however often pages come and go."""

from __future__ import annotations

import anywidget
import ipywidgets


class LiveWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """What the widgets of this package are: written to from any thread, heard from any page."""

    def open(self) -> None:
        """Open the line to the page, as every widget does when it is made."""
        super().open()
        hear_every_page(self)


def hear_every_page(*widgets: ipywidgets.Widget) -> None:
    """Let what a page says to these widgets arrive where the page has sent it.

    JupyterLab speaks to widgets through a subshell of the kernel and ends that subshell when its
    page goes. From version 7.4 on, ipykernel sends what a page says to a widget to the subshell
    that the kernel served when the widget last spoke, whichever page it belonged to. A search
    speaks all the time, so it may well have spoken last while a page that is gone by now was
    opening; from then on the widget would hear nothing. Nothing here waits inside a handler
    for an answer of the page, which is what that detour is for.

    Parameters
    ----------
    *widgets
        Open widgets. Without a kernel, and with an ipykernel that takes no detour, nothing
        changes.
    """
    for widget in widgets:
        if hasattr(widget.comm, "_reply_subshell_for"):
            widget.comm._reply_subshell_for = None
