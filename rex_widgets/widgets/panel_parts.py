"""The controls that a panel is made of, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
from ipywidgets import Layout

from rex_widgets.causal.settings import STRATEGIES
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets.class_bars import ClassBars
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_picture import picture_of
from rex_widgets.widgets.panel_region import RegionPart, UseRegion
from rex_widgets.widgets.panel_tabs import Page, PanelTabs
from rex_widgets.widgets.part_choice import EXPLANATION
from rex_widgets.widgets.range_slider import RangeSlider
from rex_widgets.widgets.run_controls import RunControls
from rex_widgets.widgets.save_menu import SaveMenu


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
    facts, choices, trouble, code
        Places for text.
    save
        A `SaveMenu`.
    tabs
        `PanelTabs`: the answer, and the pages beside it.
    region
        A `RegionPart`: where the explanation is looked for.
    children
        What the panel's box holds.
    """

    def __init__(self, run: Run, pages: Sequence[Page], use_region: UseRegion) -> None:
        self.controls = RunControls()
        self.picture = picture_of(run.sample)
        self.view = self.picture.view
        self.top = ClassBars(title="The model's answer (press a class to explain it)")
        self.hidden_top = ClassBars(title="With the painted part hidden")
        self.hidden_top.layout.display = "none"
        self.iterations = RangeSlider(
            min=1,
            max=end_of_scale(run.iters),
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
        self.facts = html_place("facts")
        self.choices = html_place("choices")
        self.trouble = html_place("trouble")
        self.code = html_place("code")
        self.save = SaveMenu()
        painted = None if self.view is None else (lambda: self.view.painted)
        self.region = RegionPart(run.sample, use_region, painted)
        self._sample_tabs = (
            PanelTabs("Explanation", self._explanation(), [self.region])
            if run.sample.kind == "image"
            else None
        )
        self.tabs = PanelTabs("Answer", self._answer(), pages)
        self.children = self._laid_out()

    def on_run(self, run: Run) -> None:
        """Tell region and pages of another run."""
        for part in (self._sample_tabs, self.tabs):
            if part is not None:
                part.on_run(run)
        if self._sample_tabs is None:
            self.region.on_run(run)

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Tell region and pages that a run paused or ended."""
        for part in (self._sample_tabs, self.tabs):
            if part is not None:
                part.on_rest(run, explanation)

    def close(self) -> None:
        """Close region and pages."""
        for part in (self._sample_tabs, self.tabs):
            if part is not None:
                part.close()

    def make_room(self, iters: int) -> None:
        """Lengthen the slider's scale when its end is reached."""
        if iters >= self.iterations.max:
            self.iterations.max = end_of_scale(iters)

    def _explanation(self) -> ipywidgets.Widget:
        choices = ipywidgets.HBox(
            [self.strategy, self.part],
            layout=Layout(flex_flow="row wrap", align_items="center", grid_gap="0 14px"),
        )
        return ipywidgets.VBox(
            [*self.picture.children, choices, self.hidden_top],
            layout=Layout(overflow="visible", width="100%"),
        )

    def _answer(self) -> ipywidgets.Widget:
        return ipywidgets.VBox(
            [self.top, self.facts, self.choices, self.code, self.save],
            layout=Layout(overflow="visible", width="100%"),
        )

    def _laid_out(self) -> list[ipywidgets.Widget]:
        for bars in (self.top, self.hidden_top):
            bars.layout.width = "auto"
            bars.layout.max_width = "100%"
            bars.layout.margin = "0 0 8px"
        if self._sample_tabs is not None:
            sample = [self._sample_tabs.widget]
        else:
            sample = [self._explanation(), self.region.controls]
        columns = ipywidgets.HBox(
            [
                ipywidgets.VBox(sample, layout=_column("0 1 480px", "min(300px, 100%)")),
                ipywidgets.VBox(
                    [self.tabs.widget], layout=_column("1 1 360px", "min(280px, 100%)")
                ),
            ],
            layout=Layout(
                flex_flow="row wrap", width="100%", overflow="visible", grid_gap="8px 20px"
            ),
        )
        return [self.controls, self.iterations, self.trouble, columns]


def _column(flex: str, least: str) -> Layout:
    return Layout(flex=flex, min_width=least, overflow="visible")


def html_place(name: str) -> ipywidgets.HTML:
    """Return a place for text of a panel."""
    made = ipywidgets.HTML(layout=Layout(width="auto", max_width="100%", margin="4px 0"))
    made.add_class(f"rw-panel-{name}")
    return made


def end_of_scale(iters: int) -> int:
    """Return where a slider ends that has room for as much again."""
    return max(100, 2 * iters)
