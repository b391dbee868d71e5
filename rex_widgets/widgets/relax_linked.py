"""The maps of an image's representation, linked: importance, uncertainty, U-RELAX and pairs."""

from __future__ import annotations

import threading
import time

import ipywidgets
import numpy as np
from numpy.typing import NDArray

from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.widgets._linked_filter import Filter
from rex_widgets.widgets.linked_views import LinkedViews
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_picture import PaintedView
from rex_widgets.widgets.relax_maps import (
    BYTES_A_SECOND,
    IMPORTANCE,
    IMPORTANCE_ERROR,
    U_RELAX,
    UNCERTAINTY,
    UNCERTAINTY_ERROR,
    drawable,
    neighbour_at,
    pair_title,
)

ERRORS = "standard errors"
_NO_ERRORS = "none"


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
            self._not_before = now + 3 * found.importance.nbytes / BYTES_A_SECOND
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
        chosen = neighbour_at(found, self._pair)
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
