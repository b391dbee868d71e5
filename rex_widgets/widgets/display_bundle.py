"""What a panel leaves in a notebook's file: the live view, a picture, and text beside it."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import uuid4

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report import explanation_png, explanation_text
from rex_widgets.results import Explanation

Shown: TypeAlias = Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals


class DisplayBundle:
    """One output of a cell that holds a widget, a PNG and text, and can be renewed.

    The PNG and the text are what is seen where no widget is alive: on a code host, in a PDF, after
    a restart. Renewing replaces them in place; the live view is of the same model as before, so
    that zoom, tool and what is painted stay.

    Parameters
    ----------
    widget
        What is shown live.
    """

    def __init__(self, widget: Any) -> None:
        self._widget = widget
        self._display_id: str | None = None

    @property
    def shown(self) -> bool:
        """Whether there is an output to renew."""
        return self._display_id is not None

    def show(self, explanation: Shown) -> None:
        """Show the widget as an output of the running cell, with these as its fallback."""
        from IPython.display import display

        self._display_id = f"rex-{uuid4().hex}"
        display(self._data(explanation), raw=True, display_id=self._display_id)

    def renew(self, explanation: Shown) -> None:
        """Renew the fallback in the last output; may be called from any thread."""
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.display import display

        # A terminal cannot change what it has printed: it would print all of it again.
        if self._display_id is None or not hasattr(InteractiveShell.instance(), "kernel"):
            return
        display(self._data(explanation), raw=True, display_id=self._display_id, update=True)

    def _data(self, explanation: Shown) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self._widget.model_id}
        return {
            **explanation_bundle(explanation),
            "application/vnd.jupyter.widget-view+json": view,
        }


def explanation_bundle(explanation: Shown) -> dict[str, Any]:
    """Return text and picture of an explanation by MIME type."""
    return {
        "text/plain": explanation_text(explanation),
        "image/png": explanation_png(explanation),
    }
