"""The maps of a representation one at a time: of a signal, a row, a volume, or as a figure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.widgets._linked_filter import kept_where
from rex_widgets.widgets.figure_view import FigureView
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_picture import PaintedView
from rex_widgets.widgets.range_slider import RangeSlider
from rex_widgets.widgets.relax_maps import (
    BYTES_A_SECOND,
    CHOICES,
    IMPORTANCE,
    IMPORTANCE_ERROR,
    U_RELAX,
    UNCERTAINTY,
    UNCERTAINTY_ERROR,
    drawable,
    neighbour_at,
    pair_title,
)

_SHARE_OF_TIME = 0.05
"""Most of the computing thread's time that drawing figures may take."""


class ViewedMaps:
    """A `SignalView` or a `VolumeView`, and a choice of the map that it shows.

    Parameters
    ----------
    view
        The view.
    quantile
        Where the slider of U-RELAX starts.
    """

    def __init__(self, view: PaintedView, quantile: float) -> None:
        self.view: PaintedView | None = view
        self.choice = NameChoice(
            names=list(CHOICES),
            value=IMPORTANCE,
            label="Map shown",
            hint="Which of the maps is shown",
        )
        self.quantile = RangeSlider(
            min=0,
            max=100,
            value=round(100 * quantile),
            label="Uncertainty at most, % of places",
            hint="U-RELAX marks the places with the least uncertainty",
        )
        self.quantile.layout.display = "none"
        choices = ipywidgets.HBox(
            [self.choice, self.quantile],
            layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="0 14px"),
        )
        self.children: list[ipywidgets.Widget] = [view, choices]
        self._view = view
        self._found: RelaxExplanation | None = None
        self._lock = threading.RLock()
        self._pair: int | None = None
        self._not_before = 0.0
        self.choice.observe(self._chosen, "value")
        self.quantile.observe(lambda _change: self._again(), "value")

    def show(self, found: RelaxExplanation, rests: bool) -> None:
        """Send the chosen map; a large one less often, until the run rests."""
        now = time.monotonic()
        with self._lock:
            self._found = found
            if found.masks == 0 or (not rests and now < self._not_before):
                return
            self._not_before = now + found.importance.nbytes / BYTES_A_SECOND
            self._again()

    def show_pair(self, place: int | None) -> None:
        """Show the map of a pair, or the importance again."""
        with self._lock:
            self._pair = place
            chosen = None if self._found is None else neighbour_at(self._found, place)
            titles = [] if chosen is None else [pair_title(chosen)]
            with self.choice.hold_sync():
                # The value is checked against the names, so both orders must pass.
                self.choice.names = list(dict.fromkeys([*self.choice.names, *titles]))
                if titles or self.choice.value not in CHOICES:
                    self.choice.value = [*titles, IMPORTANCE][0]
                self.choice.names = [*CHOICES, *titles]
            self._again()

    def forget(self) -> None:
        """Take the map away."""
        with self._lock:
            self._found, self._not_before = None, 0.0
            self.show_pair(None)
            self._view.set_map(None)
            self._view.set_mask(None)

    def _chosen(self, _change: Any) -> None:
        self.quantile.layout.display = None if self.choice.value == U_RELAX else "none"
        self._again()

    def _again(self) -> None:
        with self._lock:
            found, chosen = self._found, self.choice.value
            if found is None or not found.masks:
                return
            sure = None
            if chosen == U_RELAX:
                quantile = self.quantile.value / 100
                marked = kept_where(np.ones_like(found.uncertainty), found.uncertainty, quantile)
                sure = marked.astype(np.bool_)
            values = self._values(found, chosen)
            if hasattr(self._view, "map_name"):
                self._view.map_name = IMPORTANCE if chosen == U_RELAX else chosen
            # Not a number while there are too few masks for an error.
            known = bool(np.isfinite(values).all())
            self._view.set_map(drawable(values)[0] if known else None)
            self._view.set_mask(sure)

    def _values(self, found: RelaxExplanation, chosen: str) -> NDArray[np.float32]:
        pair = neighbour_at(found, self._pair)
        if pair is not None and pair_title(pair) == chosen:
            return pair.importance
        return {
            UNCERTAINTY: found.uncertainty,
            IMPORTANCE_ERROR: found.importance_error,
            UNCERTAINTY_ERROR: found.uncertainty_error,
        }.get(chosen, found.importance)


class FiguredMaps:
    """A figure of the maps of an input that is too large for a live view.

    Parameters
    ----------
    sample
        What is explained.
    """

    def __init__(self, sample: Sample) -> None:
        self.view: PaintedView | None = None
        self._not_before = 0.0
        self._image = FigureView(alt=f"{sample.source}, with its importance and its uncertainty")
        self.children: list[ipywidgets.Widget] = [self._image]

    def show(self, found: RelaxExplanation, rests: bool) -> None:
        """Draw, if it is due: it takes the computing thread's time."""
        from rex_widgets.report import explanation_png

        started = time.monotonic()
        if found.masks == 0 or (not rests and started < self._not_before):
            return
        draw: Callable[[Any], bytes] = explanation_png
        self._image.png = draw(found)
        ended = time.monotonic()
        self._not_before = ended + (ended - started) / _SHARE_OF_TIME

    def show_pair(self, place: int | None) -> None:
        """Nothing to do: the figure has the maps of the input itself."""

    def forget(self) -> None:
        """Let the next figure be drawn at once."""
        self._not_before = 0.0
