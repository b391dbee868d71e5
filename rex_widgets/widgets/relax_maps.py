"""The maps of a representation on the screen: linked for images, one at a time for other kinds."""

from __future__ import annotations

from typing import Protocol

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.widgets._linked_data import MAX_TEXT
from rex_widgets.widgets.panel_picture import PaintedView, view_of

IMPORTANCE, UNCERTAINTY, U_RELAX = "importance", "uncertainty", "U-RELAX"
IMPORTANCE_ERROR = "error of the importance"
UNCERTAINTY_ERROR = "error of the uncertainty"
CHOICES = (IMPORTANCE, UNCERTAINTY, U_RELAX, IMPORTANCE_ERROR, UNCERTAINTY_ERROR)
"""What can be shown one at a time, besides the maps of pairs."""

WIDTH = 720
"""Of a live view, in CSS pixels: nothing stands beside it."""

BYTES_A_SECOND = 20e6
"""What is sent of maps while a run goes on."""


class RelaxMaps(Protocol):
    """Shows the maps of a `RelaxExplanation`."""

    view: PaintedView | None  # what can be painted on; None where nothing can
    children: list[ipywidgets.Widget]

    def show(self, found: RelaxExplanation, rests: bool) -> None:
        """Show its maps; ``rests``: nothing follows for a while."""

    def show_pair(self, place: int | None) -> None:
        """Show what makes the input similar to the neighbour at that place, too; or to none."""

    def forget(self) -> None:
        """Take the maps away: another run follows."""


def maps_of(sample: Sample, quantile: float) -> RelaxMaps:
    """Return what shows a sample's maps; a figure where it is too large for a live view."""
    if sample.kind == "image":
        from rex_widgets.widgets.relax_linked import LinkedMaps

        return LinkedMaps(sample, quantile)
    from rex_widgets.widgets.relax_viewed import FiguredMaps, ViewedMaps

    try:
        return ViewedMaps(view_of(sample, WIDTH), quantile)
    except InputError:
        return FiguredMaps(sample)


def drawable(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], str]:
    """Return a map that has something above zero, and what was done to it in words.

    What is not above zero is drawn transparent; a map of negative distances would vanish.
    """
    least, most = float(values.min()), float(values.max())
    if least < 0 and most <= 0:
        return values - np.float32(least), f"above its least value, {least:.4g}"
    return values, ""


def pair_title(neighbour: Neighbour) -> str:
    """Return what the map of a pair is called."""
    return f"similar to {neighbour.name}"[:MAX_TEXT]


def neighbour_at(found: RelaxExplanation, place: int | None) -> Neighbour | None:
    """Return the neighbour at a place, counted from 0; ``None`` if there is none."""
    known = found.neighbours
    return known[place] if place is not None and 0 <= place < len(known) else None
