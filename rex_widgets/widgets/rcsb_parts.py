"""The controls that the panel of region-constrained counterfactuals is made of, laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
from ipywidgets import Layout

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.run import Run
from rex_widgets.widgets.change_view import ChangeView
from rex_widgets.widgets.panel_parts import html_place
from rex_widgets.widgets.panel_tabs import Page, PanelTabs
from rex_widgets.widgets.rcsb_question import RcsbQuestion
from rex_widgets.widgets.rcsb_region import Find, RcsbRegion
from rex_widgets.widgets.run_controls import RunControls
from rex_widgets.widgets.save_menu import SaveMenu

SAVED = ("html", "png", "npz", "json", "run", "code")


class RcsbParts:
    """Makes the parts for a run, and lays them out in the order in which Tab visits them.

    Parameters
    ----------
    pages
        What stands under tabs beside the question.
    find
        Finds a region; see `RcsbRegion`.

    Attributes
    ----------
    controls
        `RunControls`.
    view
        A `ChangeView`.
    region
        The page `RcsbRegion`.
    question
        `RcsbQuestion`: what is asked.
    facts, choices, trouble, code, moments
        Places for text; the last one below the view.
    save
        A `SaveMenu`.
    pictures, tabs
        `PanelTabs` on the left, view and region, and on the right, question and pages.
    children
        What the panel's box holds.
    """

    def __init__(self, pages: Sequence[Page], find: Find) -> None:
        self.controls = RunControls()
        self.view = ChangeView()
        self.region = RcsbRegion(find)
        self.question = RcsbQuestion()
        self.facts = html_place("facts")
        self.choices = html_place("choices")
        self.trouble = html_place("trouble")
        self.code = html_place("code")
        self.save = SaveMenu(kinds=SAVED)
        self.moments = html_place("moments")
        seen = Layout(overflow="visible", width="100%")
        shown = ipywidgets.VBox([self.view, self.moments], layout=seen)
        self.pictures = PanelTabs("Change", shown, [self.region])
        told = [*self.question.children, self.facts, self.choices, self.code, self.save]
        self.tabs = PanelTabs(
            "Question",
            ipywidgets.VBox(told, layout=Layout(overflow="visible", width="100%")),
            pages,
        )
        columns = ipywidgets.HBox(
            [
                _column(self.pictures.widget, "1 1 370px", "min(300px, 100%)"),
                _column(self.tabs.widget, "1 1 320px", "min(280px, 100%)"),
            ],
            layout=Layout(
                flex_flow="row wrap", width="100%", overflow="visible", grid_gap="8px 20px"
            ),
        )
        self.children: list[ipywidgets.Widget] = [self.controls, self.trouble, columns]

    def on_run(self, run: Run[Any]) -> None:
        """Tell question, region and pages of another run."""
        self.question.place(run.current_settings)
        self.pictures.on_run(run)
        self.tabs.on_run(run)

    def on_rest(self, run: Run[Any], found: RegionCounterfactuals) -> None:
        """Tell region and pages that a run paused or ended."""
        self.pictures.on_rest(run, found)
        self.tabs.on_rest(run, found)

    def close(self) -> None:
        """Close region and pages."""
        self.pictures.close()
        self.tabs.close()


def _column(inside: ipywidgets.Widget, flex: str, least: str) -> ipywidgets.Widget:
    layout = Layout(flex=flex, min_width=least, overflow="visible")
    return ipywidgets.VBox([inside], layout=layout)
