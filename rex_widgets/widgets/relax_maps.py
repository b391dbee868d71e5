"""The maps of a representation on the screen: linked for images, one at a time for other kinds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.widgets._linked_data import MAX_TEXT
from rex_widgets.widgets._linked_filter import Filter, kept_where
from rex_widgets.widgets.figure_view import FigureView
from rex_widgets.widgets.linked_views import LinkedViews
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_picture import PaintedView, view_of
from rex_widgets.widgets.range_slider import RangeSlider

IMPORTANCE, UNCERTAINTY, U_RELAX = "importance", "uncertainty", "U-RELAX"
ERRORS = "standard errors"
_NO_ERRORS = "none"
IMPORTANCE_ERROR = "error of the importance"
UNCERTAINTY_ERROR = "error of the uncertainty"
CHOICES = (IMPORTANCE, UNCERTAINTY, U_RELAX, IMPORTANCE_ERROR, UNCERTAINTY_ERROR)
"""What can be shown one at a time, besides the maps of pairs."""

_BYTES_A_SECOND = 20e6
"""What is sent of maps while a run goes on."""
_SHARE_OF_TIME = 0.05
"""Most of the computing thread's time that drawing figures may take."""


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
        return LinkedMaps(sample, quantile)
    try:
        return ViewedMaps(view_of(sample), quantile)
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


class LinkedMaps:
    """A `LinkedViews` of picture, importance, uncertainty and U-RELAX.

    Parameters
    ----------
    sample
        The image.
    quantile
        Where the slider of U-RELAX starts.
    """

    def __init__(self, sample: Sample, quantile: float) -> None:
        self.view: PaintedView | None = None
        self.views = LinkedViews(
            sample.picture,
            filter=Filter(IMPORTANCE, UNCERTAINTY, U_RELAX, quantile=quantile),
            width=230,
        )
        self.errors = NameChoice(
            names=[_NO_ERRORS, ERRORS],
            value=_NO_ERRORS,
            label="Show also",
            hint="How far each map may be off, from the spread of independent groups of masks",
        )
        self.children: list[ipywidgets.Widget] = [self.views, self.errors]
        self._found: RelaxExplanation | None = None
        self._lock = threading.RLock()
        self._pair: int | None = None
        self._pair_shown: str | None = None
        self._not_before = 0.0
        self.errors.observe(lambda _change: self._again(), "value")

    def show(self, found: RelaxExplanation, rests: bool) -> None:
        """Send the maps; large ones less often, until the run rests."""
        now = time.monotonic()
        with self._lock:
            self._found = found
            if found.masks == 0 or (not rests and now < self._not_before):
                return
            self._not_before = now + 3 * found.importance.nbytes / _BYTES_A_SECOND
            self._put(IMPORTANCE, found.importance)
            self._put(UNCERTAINTY, found.uncertainty)
            self._put_errors(found)
            self._put_pair(found)

    def show_pair(self, place: int | None) -> None:
        """Add the map of a pair, or take it away."""
        with self._lock:
            self._pair = place
            self._again()

    def forget(self) -> None:
        """Take all maps away."""
        with self._lock:
            self._found, self._not_before = None, 0.0
            for name in self.views.names[1:]:
                if name != U_RELAX:
                    self.views.remove(name)
            self._pair = self._pair_shown = None

    def _again(self) -> None:
        with self._lock:
            if self._found is not None and self._found.masks:
                self._put_errors(self._found)
                self._put_pair(self._found)

    def _put_errors(self, found: RelaxExplanation) -> None:
        wanted = self.errors.value == ERRORS
        for name, values in (
            (IMPORTANCE_ERROR, found.importance_error),
            (UNCERTAINTY_ERROR, found.uncertainty_error),
        ):
            # Not a number while there are too few masks for it.
            if wanted and np.isfinite(values).all():
                self.views.add_map(name, values)
            elif name in self.views.names:
                self.views.remove(name)

    def _put_pair(self, found: RelaxExplanation) -> None:
        chosen = _neighbour(found, self._pair)
        title = None if chosen is None else pair_title(chosen)
        if self._pair_shown not in (None, title):
            self.views.remove(self._pair_shown)
        self._pair_shown = title
        if chosen is not None and title is not None:
            self._put(title, chosen.importance, f"similarity {chosen.similarity:.3g}")

    def _put(self, name: str, values: NDArray[np.float32], note: str = "") -> None:
        shown, words = drawable(values)
        both = bool(shown.min() < 0)
        note = ", ".join(part for part in (note, words) if part)
        self.views.add_map(name, shown, note=note, signed=both)


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
            label="Uncertainty at most (% of the places)",
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
            self._not_before = now + found.importance.nbytes / _BYTES_A_SECOND
            self._again()

    def show_pair(self, place: int | None) -> None:
        """Show the map of a pair, or the importance again."""
        with self._lock:
            self._pair = place
            chosen = None if self._found is None else _neighbour(self._found, place)
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
            # Not a number while there are too few masks for an error.
            known = bool(np.isfinite(values).all())
            self._view.set_map(drawable(values)[0] if known else None)
            self._view.set_mask(sure)

    def _values(self, found: RelaxExplanation, chosen: str) -> NDArray[np.float32]:
        pair = _neighbour(found, self._pair)
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


def pair_title(neighbour: Neighbour) -> str:
    """Return what the map of a pair is called."""
    return f"similar to {neighbour.name}"[:MAX_TEXT]


def _neighbour(found: RelaxExplanation, place: int | None) -> Neighbour | None:
    known = found.neighbours
    return known[place] if place is not None and 0 <= place < len(known) else None
