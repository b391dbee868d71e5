"""Closing widgets with all that they hold: ipywidgets closes a box and leaves what is in it."""

from __future__ import annotations

import ipywidgets


def close_with_parts(widget: ipywidgets.Widget) -> None:
    """Close a widget, everything inside it, and their layouts and styles.

    What stays open stays in ipywidgets' list of living widgets, and with it all that it refers to.
    """
    for inner in getattr(widget, "children", ()):
        close_with_parts(inner)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()
