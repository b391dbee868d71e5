"""A button with words, as wide as they are."""

from __future__ import annotations

import ipywidgets

from rex_widgets.widgets.live_widget import hear_every_page


def make_button(words: str, hint: str) -> ipywidgets.Button:
    """Return a button that can be pressed from any page that shows it.

    Parameters
    ----------
    words
        What stands on it.
    hint
        What it does, shown when the mouse rests on it.
    """
    button = ipywidgets.Button(
        description=words, tooltip=hint, layout=ipywidgets.Layout(width="auto")
    )
    hear_every_page(button)
    return button
