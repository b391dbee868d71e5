"""The page of a panel on which a part of the image is hidden, and the similarity asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.layer_view import LayerView
from rex_widgets.widgets.relax_maps import drawable


class HidePage:
    """Shows a `LayerView` to paint on, with the importance over the picture.

    Parameters
    ----------
    sample
        The image.
    painted
        Called with all that is painted, after each stroke.
    words
        The line that says what the encoder answers.
    """

    title = "Hide a part"

    def __init__(
        self,
        sample: Sample,
        painted: Callable[[NDArray[np.bool_]], object],
        words: ipywidgets.Widget,
    ) -> None:
        self._sample = sample
        self._painted = painted
        self._words = words
        self._lock = threading.Lock()
        self._map: NDArray[np.float32] | None = None
        self.view: LayerView | None = None
        self._box = ipywidgets.HBox(
            layout=Layout(flex_flow="row wrap", overflow="visible", grid_gap="8px 24px")
        )

    def opened(self) -> ipywidgets.Widget:
        """Make the view, with the brush in hand."""
        with self._lock:
            if self.view is None:
                self.view = LayerView(
                    self._sample.picture,
                    alt=f"{self._sample.source}, to be painted on",
                    opacity=0.5,
                    tool="brush",
                    brush_size=max(4.0, min(self._sample.picture.shape[:2]) / 8),
                    layout=Layout(width="448px", max_width="100%", overflow="visible"),
                )
                self.view.on_stroke(self._painted)
                if self._map is not None:
                    self.view.set_map(self._map)
                self._box.children = [self.view, self._words]
        return self._box

    def left(self) -> None:
        """Nothing to do: what is painted stays."""

    def on_run(self, run: Run[Any]) -> None:
        """Nothing to do: the map of another run comes when it rests."""

    def on_rest(self, run: Run[Any], explanation: RelaxExplanation) -> None:
        """Show the importance under the brush."""
        if not explanation.masks:
            return
        with self._lock:
            self._map = drawable(explanation.importance)[0]
            if self.view is not None:
                self.view.set_map(self._map)

    def close(self) -> None:
        """Take the view off the screen."""
        close_with_parts(self._box)
