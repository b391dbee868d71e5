"""The controls that the panel of a representation is made of, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.run import Run
from rex_widgets.widgets.gallery_strip import GalleryStrip
from rex_widgets.widgets.panel_parts import end_of_scale, html_place
from rex_widgets.widgets.panel_tabs import Page, PanelTabs
from rex_widgets.widgets.range_slider import RangeSlider
from rex_widgets.widgets.relax_hide import HidePage
from rex_widgets.widgets.relax_maps import maps_of
from rex_widgets.widgets.run_controls import RunControls
from rex_widgets.widgets.save_menu import SaveMenu

SAVED = ("html", "png", "npz", "json", "run", "code")


class RelaxParts:
    """Makes the parts for a run, and lays them out in the order in which Tab visits them.

    Parameters
    ----------
    run
        What is shown first.
    pages
        What stands under tabs beside the maps.
    painted
        Called with all that is painted, after each stroke.

    Attributes
    ----------
    controls
        `RunControls`.
    masks
        A slider; moving it to the right extends the run.
    maps
        `RelaxMaps`: importance, uncertainty and U-RELAX.
    gallery
        A `GalleryStrip` of the neighbours; hidden where there is no gallery.
    hidden
        Says how similar the input is with the painted part hidden.
    facts, choices, trouble, code
        Places for text.
    save
        A `SaveMenu`.
    tabs
        `PanelTabs`: the maps, and the pages beside them.
    children
        What the panel's box holds.
    """

    def __init__(
        self,
        run: Run[Any],
        pages: Sequence[Page],
        painted: Callable[[NDArray[np.bool_]], object],
    ) -> None:
        sample = run.sample
        self.controls = RunControls()
        self.masks = RangeSlider(
            min=0,
            label="Masks",
            hint="Masks at most; move to the right to extend the run",
        )
        self.place_slider(run.iters, run.settings.batch_size)
        self.maps = maps_of(sample, run.settings.uncertainty_threshold)
        self.gallery = GalleryStrip(title="Most similar in the gallery (choose one to see why)")
        self.gallery.layout.display = "none"
        self.gallery.layout.margin = "8px 0 0"
        self.hidden = html_place("hidden")
        self.facts = html_place("facts")
        self.choices = html_place("choices")
        self.trouble = html_place("trouble")
        self.code = html_place("code")
        self.save = SaveMenu(kinds=SAVED)
        shown = [*self.maps.children, self.gallery]
        if self.maps.view is not None:
            self.maps.view.on_stroke(painted)
            shown.append(self.hidden)
        if sample.kind == "image":
            pages = [HidePage(sample, painted, self.hidden), *pages]
        self.tabs = PanelTabs(
            "Maps",
            ipywidgets.VBox(shown, layout=Layout(overflow="visible", width="100%")),
            pages,
        )
        self.children: list[ipywidgets.Widget] = [
            self.controls,
            self.masks,
            self.trouble,
            self.tabs.widget,
            self.facts,
            self.choices,
            self.code,
            self.save,
        ]

    def on_run(self, run: Run[Any]) -> None:
        """Tell the pages of another run."""
        self.tabs.on_run(run)

    def on_rest(self, run: Run[Any], found: RelaxExplanation) -> None:
        """Tell the pages that a run paused or ended."""
        self.tabs.on_rest(run, found)

    def close(self) -> None:
        """Close the pages."""
        self.tabs.close()
        self.hidden.close()

    def place_slider(self, masks: int, batch_size: int) -> None:
        """Put the slider there, with room to its right, in steps of a batch."""
        slider = self.masks
        with slider.hold_sync():
            if masks >= slider.max:
                slider.max = end_of_scale(masks)
            # The browser counts steps from the least value, and a run may end within a batch.
            slider.min, slider.step = masks % batch_size, batch_size
            slider.value = masks
