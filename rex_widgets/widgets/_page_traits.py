"""What of a widget's state an exported page needs."""

from __future__ import annotations

from typing import Any

# ipywidgets' own, which mean nothing without its front end.
_FOREIGN = {"layout", "tabbable", "tooltip", "comm", "keys"}


def page_traits(widget: Any, **changed: Any) -> dict[str, Any]:
    """Return a widget's synced traits as JSON values, for `write_widget_page`.

    Parameters
    ----------
    widget
        Any ipywidgets widget; its arrays are expected to travel as messages, not traits.
    **changed
        Traits that are to be something else in the page.
    """
    state = {
        name: value
        for name, value in widget.get_state().items()
        if not name.startswith("_") and name not in _FOREIGN
    }
    return {**state, **changed}
