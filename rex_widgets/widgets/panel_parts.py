"""The controls that a panel is made of, and where they stand."""

from __future__ import annotations

from typing import Any

import ipywidgets
from ipywidgets import Layout, jslink

from rex_widgets.run import Run
from rex_widgets.widgets.class_bars import ClassBars
from rex_widgets.widgets.layer_view import COLORMAPS, LayerView
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.run_controls import RunControls

_FULL = {"width": "auto", "min_width": "0", "max_width": "100%"}
_LABEL = {"description_width": "76px"}


class PanelParts:
    """Makes the parts for a run, and lays them out in the order in which Tab visits them.

    Attributes
    ----------
    controls, view, top, hidden_top
        `RunControls`, `LayerView`, and two `ClassBars`: of the whole input, and with the
        painted part hidden.
    iterations
        A slider; moving it to the right extends the search.
    facts, choices, trouble, code, saved
        Places for text.
    save
        A button.
    children
        What the panel's box holds.
    """

    def __init__(self, run: Run) -> None:
        self.controls = RunControls()
        self.view = LayerView(
            run.sample.picture, alt=f"{run.sample.source}, to be explained", opacity=0.5
        )
        self.top = ClassBars(title="The model's answer (press a class to explain it)")
        self.hidden_top = ClassBars(title="With the painted part hidden")
        self.hidden_top.layout.display = "none"
        self.iterations = ipywidgets.IntSlider(
            value=run.iters,
            min=1,
            max=_end_of_scale(run.iters),
            description="Iterations",
            tooltip="Partition trees in all; move to the right to extend the search",
            continuous_update=False,
            style=_LABEL,
            layout=Layout(**_FULL),
        )
        self.facts = _html("facts")
        self.choices = _html("choices")
        self.trouble = _html("trouble")
        self.code = _html("code")
        self.saved = _html("saved")
        self.save = ipywidgets.Button(
            description="Save page",
            tooltip="Write the explanation as one HTML page into the working folder",
            icon="download",
            layout=Layout(width="auto"),
        )
        # Kept: a link that is garbage collected is gone in the browser, too.
        self._links: list[Any] = []
        self.children = self._laid_out()

    def make_room(self, iters: int) -> None:
        """Lengthen the slider's scale when its end is reached."""
        if iters >= self.iterations.max:
            self.iterations.max = _end_of_scale(iters)

    def _laid_out(self) -> list[ipywidgets.Widget]:
        self.view.layout = Layout(width="auto", max_width="100%", min_width="0", overflow="visible")
        picture = ipywidgets.VBox(
            [self.view, *self._look_controls()],
            layout=Layout(flex="0 1 456px", min_width="min(300px, 100%)", overflow="visible"),
        )
        for bars in (self.top, self.hidden_top):
            bars.layout.width = "auto"
            bars.layout.max_width = "100%"
            bars.layout.margin = "0 0 8px"
        words = ipywidgets.VBox(
            [self.top, self.hidden_top, self.facts, self.choices, self.code,
             ipywidgets.HBox([self.save, self.saved],
                             layout=Layout(flex_flow="row wrap", align_items="center"))],
            layout=Layout(flex="1 1 320px", min_width="min(280px, 100%)", overflow="visible"),
        )  # fmt: skip
        columns = ipywidgets.HBox(
            [picture, words],
            layout=Layout(
                flex_flow="row wrap", width="100%", overflow="visible", grid_gap="8px 20px"
            ),
        )
        return [self.controls, self.iterations, self.trouble, columns]

    def _look_controls(self) -> list[ipywidgets.Widget]:
        """Sliders and boxes that are linked in the browser: they need no kernel."""
        threshold = ipywidgets.FloatSlider(
            value=self.view.threshold,
            min=0.0,
            max=1.0,
            step=0.01,
            description="Threshold",
            tooltip="Hide the map where it is below this share of its maximum",
            readout_format=".2f",
        )
        opacity = ipywidgets.FloatSlider(
            value=self.view.opacity,
            min=0.0,
            max=1.0,
            step=0.01,
            description="Opacity",
            tooltip="How strongly the map covers the picture",
            readout_format=".2f",
        )
        colormap = NameChoice(
            names=list(COLORMAPS),
            value=self.view.colormap,
            label="Colours",
            hint="Colours of the map",
        )
        show_map = ipywidgets.Checkbox(
            value=True, description="Map", tooltip="Show the map", indent=False
        )
        show_mask = ipywidgets.Checkbox(
            value=True, description="Explanation", tooltip="Show the explanation", indent=False
        )
        for control, trait in (
            (threshold, "threshold"),
            (opacity, "opacity"),
            (colormap, "colormap"),
            (show_map, "show_map"),
            (show_mask, "show_mask"),
        ):
            self._links.append(jslink((control, "value"), (self.view, trait)))
        for slider in (threshold, opacity):
            slider.layout = Layout(**_FULL)
            slider.style = _LABEL
        for box in (show_map, show_mask):
            box.layout = Layout(width="auto")
        row = ipywidgets.HBox(
            [colormap, show_map, show_mask],
            layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="0 14px"),
        )
        return [threshold, opacity, row]


def _html(name: str) -> ipywidgets.HTML:
    made = ipywidgets.HTML(layout=Layout(width="auto", max_width="100%", margin="4px 0"))
    made.add_class(f"rw-panel-{name}")
    return made


def _end_of_scale(iters: int) -> int:
    return max(100, 2 * iters)
