"""The controls that a panel is made of, and where they stand."""

from __future__ import annotations

import ipywidgets
from ipywidgets import Layout

from rex_widgets.causal.settings import STRATEGIES
from rex_widgets.run import Run
from rex_widgets.widgets.class_bars import ClassBars
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_picture import picture_of
from rex_widgets.widgets.part_choice import EXPLANATION
from rex_widgets.widgets.range_slider import RangeSlider
from rex_widgets.widgets.run_controls import RunControls


class PanelParts:
    """Makes the parts for a run, and lays them out in the order in which Tab visits them.

    Attributes
    ----------
    controls, top, hidden_top
        `RunControls` and two `ClassBars`: of the whole input, and with the painted part hidden.
    picture
        A `PanelPicture`: the input with map and mask.
    view
        The picture's `LayerView`; ``None`` where the input is no image.
    strategy
        A `NameChoice` of the strategies; hidden for a method that has none.
    part
        A `NameChoice` of the masks of an explanation that has several; else hidden.
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
        self.picture = picture_of(run.sample)
        self.view = self.picture.view
        self.top = ClassBars(title="The model's answer (press a class to explain it)")
        self.hidden_top = ClassBars(title="With the painted part hidden")
        self.hidden_top.layout.display = "none"
        self.iterations = RangeSlider(
            min=1,
            max=_end_of_scale(run.iters),
            value=run.iters,
            label="Iterations",
            hint="Partition trees in all; move to the right to extend the search",
        )
        strategy = getattr(run.settings, "strategy", None)
        self.strategy = NameChoice(
            names=list(STRATEGIES) if strategy else [""],
            value=strategy or "",
            label="Strategy",
            hint="How the explanation is extracted; the search is not repeated",
        )
        self.part = NameChoice(
            names=[EXPLANATION], value=EXPLANATION, label="Show", hint="Which of the masks is shown"
        )
        self.strategy.layout.display = None if strategy else "none"
        self.part.layout.display = "none"
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
        self.children = self._laid_out()

    def make_room(self, iters: int) -> None:
        """Lengthen the slider's scale when its end is reached."""
        if iters >= self.iterations.max:
            self.iterations.max = _end_of_scale(iters)

    def _laid_out(self) -> list[ipywidgets.Widget]:
        choices = ipywidgets.HBox(
            [self.strategy, self.part],
            layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="0 14px"),
        )
        picture = ipywidgets.VBox(
            [*self.picture.children, choices],
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


def _html(name: str) -> ipywidgets.HTML:
    made = ipywidgets.HTML(layout=Layout(width="auto", max_width="100%", margin="4px 0"))
    made.add_class(f"rw-panel-{name}")
    return made


def _end_of_scale(iters: int) -> int:
    return max(100, 2 * iters)
