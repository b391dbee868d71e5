"""The controls that the panel of latent counterfactuals is made of, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.run import Run
from rex_widgets.widgets.counterfactual_gallery import CounterfactualGallery
from rex_widgets.widgets.panel_parts import end_of_scale, html_place
from rex_widgets.widgets.panel_tabs import Page, PanelTabs
from rex_widgets.widgets.range_slider import RangeSlider
from rex_widgets.widgets.run_controls import RunControls
from rex_widgets.widgets.save_menu import SaveMenu

SAVED = ("html", "png", "npz", "json", "run", "code")
FIXED = ("stylex", "is")
"""Methods with nothing to extend."""


class LatentParts:
    """Makes the parts for a run, and lays them out in the order in which Tab visits them.

    Attributes
    ----------
    controls
        `RunControls`.
    steps
        A slider; moving it to the right extends the run. Hidden for methods of fixed length.
    gallery
        A `CounterfactualGallery`.
    facts, choices, trouble, code
        Places for text.
    save
        A `SaveMenu`.
    tabs
        `PanelTabs`: the gallery, and the pages beside it.
    children
        What the panel's box holds.
    """

    def __init__(self, run: Run[Any], pages: Sequence[Page]) -> None:
        self.controls = RunControls()
        rounds = run.method == "growing_spheres"
        self.steps = RangeSlider(
            min=0 if rounds else 1,
            label="More rounds" if rounds else "Steps",
            hint="Move to the right to extend the search",
        )
        self.steps.layout.display = "none" if run.method in FIXED else None
        self.place_slider(run.iters)
        self.gallery = CounterfactualGallery()
        self.facts = html_place("facts")
        self.choices = html_place("choices")
        self.trouble = html_place("trouble")
        self.code = html_place("code")
        self.save = SaveMenu(kinds=SAVED)
        self.tabs = PanelTabs("Counterfactuals", self.gallery, pages)
        self.children: list[ipywidgets.Widget] = [
            self.controls,
            self.steps,
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

    def on_rest(self, run: Run[Any], found: Counterfactuals) -> None:
        """Tell the pages that a run paused or ended."""
        self.tabs.on_rest(run, found)

    def close(self) -> None:
        """Close the pages."""
        self.tabs.close()

    def place_slider(self, steps: int) -> None:
        """Put the slider there, with room to its right."""
        slider = self.steps
        with slider.hold_sync():
            if steps >= slider.max:
                slider.max = end_of_scale(steps)
            slider.value = max(steps, slider.min)
