"""The part of a panel in which a person says where an explanation is to be looked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.axes import PLACES, THINGS
from rex_widgets.inputs import Sample
from rex_widgets.report.words import percent
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._button import make_button
from rex_widgets.widgets.name_choice import NameChoice

if TYPE_CHECKING:
    from rex_widgets.widgets.region import RegionCanvas

UseRegion = Callable[[NDArray[np.bool_] | None, str], object]


class RegionPart:
    """The choice of a region: a `RegionCanvas` for images, else what is painted on the view.

    Parameters
    ----------
    sample
        What is explained.
    use
        Called with a mask (``None``: the whole input) and "hidden" or "visible" when a person
        asks for an explanation inside it.
    painted
        Gives what is painted on the view of an input that is no image.

    Attributes
    ----------
    controls
        The row that says what becomes of the places outside, and asks.
    canvas
        The `RegionCanvas`, once its tab was opened; ``None`` before, and for other kinds.
    """

    title = "Region"

    def __init__(
        self, sample: Sample, use: UseRegion, painted: Callable[[], NDArray[np.bool_]] | None = None
    ) -> None:
        self._sample = sample
        self._use = use
        self._painted = painted
        self._lock = threading.Lock()
        self._map: NDArray[np.float32] | None = None
        self._given: NDArray[np.bool_] | None = None
        self.canvas: RegionCanvas | None = None
        thing = THINGS[sample.kind]
        self.outside = NameChoice(
            names=["hidden", "visible"],
            value="hidden",
            label="Outside",
            hint="What the model sees of the places outside the region while the search goes on",
        )
        self._inside = make_button(
            "Explain inside the region", "Look for an explanation inside the region alone"
        )
        self._whole = make_button(
            f"Whole {thing}", f"Look for an explanation in the whole {thing} again"
        )
        self._words = ipywidgets.HTML()
        self._inside.on_click(lambda _button: self._ask())
        self._whole.on_click(lambda _button: self._use(None, self.outside.value))
        self.controls = ipywidgets.VBox(
            [
                ipywidgets.HBox(
                    [self.outside, self._inside, self._whole],
                    layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 8px"),
                ),
                self._words,
            ],
            layout=Layout(overflow="visible"),
        )

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The region that is drawn now, bool in the input's shape; a copy."""
        if self.canvas is not None:
            return np.array(self.canvas.mask)
        if self._painted is not None:
            return self._painted()
        return np.zeros(self._sample.data.shape[1:], np.bool_)

    def opened(self) -> ipywidgets.Widget:
        """Make the canvas, with the run's region and map in it."""
        from rex_widgets.widgets.region import RegionCanvas

        with self._lock:
            if self.canvas is None:
                self.canvas = RegionCanvas(self._sample.picture, mask=self._given, width=448)
                # What was said of an empty region is no longer so.
                self.canvas.on_region(lambda _region: self._say(self._given))
                if self._map is not None:
                    self.canvas.link_map("responsibility", self._map)
                self._box = ipywidgets.VBox(
                    [self.canvas, self.controls], layout=Layout(overflow="visible")
                )
        return self._box

    def left(self) -> None:
        """Nothing to do: what is drawn stays."""

    def on_run(self, run: Run) -> None:
        """Show the region of another run."""
        given = getattr(run.settings, "region", None)
        with self._lock:
            self._given = given
            if (
                given is not None
                and self.canvas is not None
                and not np.array_equal(self.canvas.mask, given)
            ):
                self.canvas.mask = given
        if given is not None:
            self.outside.value = run.settings.outside
        self._say(given)

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Offer the map for filling by threshold."""
        with self._lock:
            self._map = explanation.map
            if self.canvas is not None:
                self.canvas.link_map("responsibility", explanation.map)

    def close(self) -> None:
        """Take the canvas off the screen."""
        if self.canvas is not None:
            self.canvas.close()

    def _ask(self) -> None:
        mask = self.mask
        if not mask.any():
            way = "Draw a region" if self._sample.kind == "image" else "Paint a region"
            self._words.value = _note(f"There is no region yet. {way} first.")
            return
        self._use(mask, self.outside.value)

    def _say(self, given: Any) -> None:
        words = ""
        if given is not None:
            share = percent(float(np.mean(given)))
            places = PLACES[self._sample.kind]
            words = _note(f"The search keeps to a region of {share} of the {places}.")
        if self._words.value != words:
            self._words.value = words


def _note(words: str) -> str:
    return f"<div role='status' style='line-height: 1.4; margin: 4px 0'>{escape(words)}</div>"
