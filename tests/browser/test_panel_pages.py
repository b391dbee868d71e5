"""The pages of a panel: region, views, search, settings, history, and what is saved."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook
from tests.browser.test_explain import FLAGS, LONG, SETUP, SHORT, Panel

FIND = """
import gc, json, threading
from rex_widgets.widgets.explain_panel import ExplainPanel
model.pause = 0.002
def threads(): return sorted(t.name for t in threading.enumerate() if 'rex_widgets' in t.name)
panel = [o for o in gc.get_objects() if type(o) is ExplainPanel and not o.closed][-1]
"""
"""Run after a cell with a panel."""


class Pages:
    """A panel with its tabs."""

    def __init__(self, notebook: NotebookPage, cell: Locator) -> None:
        self.panel = Panel(notebook, cell)
        self.notebook, self.cell = notebook, cell

    def open(self, title: str) -> None:
        tab = self.cell.get_by_role("tab", name=title, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")

    def button(self, name: str) -> Locator:
        return self.cell.get_by_role("button", name=name, exact=True)

    def told(self, expression: str) -> Any:
        return json.loads(self.notebook.py(f"print(json.dumps({expression}))"))

    def until(self, expression: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not self.told(f"bool({expression})"):
            assert time.monotonic() < end, f"never true: {expression}"
            self.notebook.page.wait_for_timeout(40)

    def settled(self) -> None:
        """Wait until what was asked of the panel has begun, ended, and is shown."""
        settle = "d = threading.Event(); panel.worker.call(lambda run: d.set()); d.wait(20)"
        self.notebook.py(settle)
        self.panel.is_now("finished")
        self.notebook.py(settle)

    def draw_box(self, low: float, high: float) -> None:
        """Draw a square region on the panel's page; its corners are shares of the picture."""
        self.open("Region")
        region = self.cell.locator(".rw-region")
        expect(region.get_by_role("button", name="Box", exact=True)).to_be_enabled()
        region.get_by_role("button", name="Box", exact=True).click()
        self.drag(region.locator(".rw-canvas"), (low, low), (high, high))
        self.until("panel._parts.region.canvas is not None and panel._parts.region.mask.any()")

    def drag(self, canvas: Locator, *points: tuple[float, float]) -> None:
        """Drag between places that are given as shares of a canvas."""
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box
        mouse = self.notebook.page.mouse
        at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
        mouse.move(*at[0])
        mouse.down()
        for point in at[1:]:
            mouse.move(*point, steps=5)
        mouse.up()


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> Callable[..., Pages]:
    def open_one(line: str, setup: str = SETUP, *more: str) -> Pages:
        notebook = open_notebook([setup, line, *more])
        notebook.run(0)
        pages = Pages(notebook, notebook.run(1))
        notebook.py(FIND)
        return pages

    return open_one


def test_an_explanation_is_looked_for_inside_what_is_drawn(shown: Callable[..., Pages]) -> None:
    pages = shown(f"{SHORT} --region given", SETUP + "given = np.ones((64, 64), bool)\n")
    pages.settled()
    code = pages.cell.locator(".rw-panel-code textarea")
    assert "--region given" in code.input_value()
    pages.open("Region")
    pages.button("Whole image").click()
    pages.settled()
    pages.until("panel.run.settings.region is None")
    assert "--region" not in code.input_value()
    first = pages.told("[panel.run.result().area, panel.run.result().evaluations]")

    pages.cell.get_by_role("button", name="Clear the region").click()
    pages.until("not panel._parts.region.mask.any()")
    pages.button("Explain inside the region").click()
    expect(pages.cell.get_by_text("There is no region yet")).to_be_visible()
    pages.draw_box(0.25, 0.625)
    pages.button("Explain inside the region").click()
    pages.until("panel.run.settings.region is not None")
    pages.settled()
    assert pages.told(
        "[np.array_equal(panel.run.settings.region, panel._parts.region.canvas.mask),"
        " int(panel.run.settings.region.sum()),"
        " bool((panel.run.result().mask & ~panel.run.settings.region).any()),"
        " bool(panel.run.result().mask.any())]"
    ) == [True, 24 * 24, False, True]
    expect(pages.cell.get_by_text("The search keeps to a region of 14")).to_be_visible()
    expect(pages.cell.locator(".rw-panel-facts")).to_contain_text("region")
    # What the first mask was called is not what this one is called.
    line = code.input_value()
    assert "--region given" not in line and line.startswith("# region: the mask")

    calls = pages.told("model.calls")
    pages.button("Whole image").click()
    pages.until("panel.run.settings.region is None")
    pages.settled()
    assert pages.told("[panel.run.result().area, panel.run.result().evaluations]") == first
    assert pages.told("model.calls") == calls
    assert "--region" not in code.input_value()
    assert pages.notebook.page_errors == []


def test_settings_are_applied_and_the_old_result_comes_back(shown: Callable[..., Pages]) -> None:
    pages = shown(SHORT)
    pages.settled()
    pages.open("History")
    entries = pages.cell.locator(".rw-entry")
    expect(entries).to_have_count(1)
    first = pages.told("panel.run.result().evaluations")

    pages.open("Settings")
    form = pages.cell.locator(".rw-form")
    iters = form.locator(".rw-field[data-name=iters] input").last
    expect(iters).to_have_value("4")
    iters.fill("6")
    form.get_by_role("button", name="Apply").click()
    pages.until("panel.run.iters == 6")
    pages.settled()
    assert pages.told("[len(panel.history), panel.history[0].iters]") == [1, 4]
    # The title of the preset stands for what is set; another one is another run.
    form.get_by_label("Preset").select_option("quick look")
    form.get_by_role("button", name="Apply").click()
    pages.until("panel.run.settings.minimise_budget == 100")
    pages.settled()
    assert pages.told("panel.run.iters") == 4

    pages.open("History")
    expect(entries).to_have_count(3)
    calls = pages.told("model.calls")
    entries.last.click()
    pages.until("panel.run.settings.minimise_budget == 40 and panel.run.iters == 4")
    pages.settled()
    assert pages.told("[panel.run.result().evaluations, model.calls]") == [first, calls]
    ticks = pages.cell.locator(".rw-tick")
    ticks.nth(0).check()
    ticks.nth(2).check()
    pages.button("Compare 2/2").click()
    linked = pages.cell.locator(".rw-linked")
    expect(linked.locator(".rwl-tile")).to_have_count(6)
    linked.scroll_into_view_if_needed()
    expect(linked.locator(".rwl-name").first).to_be_visible()

    pages.open("Settings")
    expect(iters).to_have_value("4")
    assert pages.notebook.page_errors == []


def test_the_search_is_watched_while_it_runs_and_afterwards(shown: Callable[..., Pages]) -> None:
    pages = shown(LONG)
    pages.panel.is_now("running")
    page = "rex_widgets search canvas"
    assert page not in pages.told("threads()")
    pages.open("Search")
    summary = pages.cell.locator(".rw-search-summary")
    expect(summary).to_contain_text("Tree")
    assert pages.told("threads()").count(page) == 1
    # Another page while it goes on; what nobody sees is not drawn.
    pages.open("Views")
    pages.until(f"{page!r} not in threads()")
    expect(pages.cell.locator(".rw-linked .rwl-tile").first).to_be_visible()
    pages.open("Search")
    expect(summary).to_contain_text("Tree")
    pages.panel.button("stop").click()
    pages.panel.is_now("cancelled")
    slider = pages.cell.locator(".rw-search-slider")
    slider.focus()
    pages.notebook.page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", _starts("split 1 of"))
    pages.notebook.page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", _starts("split 2 of"))

    # The views are those of what has been found when the run came to rest.
    pages.open("Views")
    tiles = pages.cell.locator(".rw-linked .rwl-tile")
    expect(tiles.nth(2)).to_be_visible()
    views = "next(p for p in panel._parts.tabs._pages if p.title == 'Views')._views"
    assert pages.told(f"type({views}).__name__") == "LinkedViews"
    pages.until(f"{page!r} not in threads()")

    pages.open("Search")
    pages.until(f"threads().count({page!r}) == 1")
    pages.notebook.py("panel.close()")
    pages.until("threads() == []")
    expect(pages.cell.locator(".rw-panel")).to_have_count(0)
    assert pages.notebook.page_errors == []


def _starts(words: str) -> Any:
    import re

    return re.compile("^" + re.escape(words))


def test_the_save_menu_writes_files(shown: Callable[..., Pages]) -> None:
    pages = shown(SHORT)
    pages.settled()
    name = pages.cell.get_by_label("Name", exact=True)
    name.fill("kept")
    for item, file in (("HTML", "kept.html"), ("PNG", "kept.png"), ("NPZ", "kept.npz")):
        pages.button("Save").click()
        pages.cell.get_by_role("menuitem", name=item).click()
        expect(pages.cell.locator(".rw-save-message")).to_contain_text(file)
        assert pages.told(f"__import__('os').path.getsize({file!r}) > 100") is True
    assert pages.notebook.page_errors == []


TWO = f"""
%explain img model {FLAGS} --iters 3000
"""


def test_two_panels_on_one_model(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, TWO, SHORT])
    notebook.run(0)
    one = Pages(notebook, notebook.run(1))
    one.panel.is_now("running")
    two = Pages(notebook, notebook.run(2))
    two.panel.is_now("finished")
    one.panel.is_now("running")
    expect(two.panel.badge).to_have_text("verified")
    two.panel.bars.filter(has_text="corner").click()
    expect(two.cell.locator(".rw-panel-facts")).to_contain_text("corner (class 2)")
    two.panel.is_now("finished")
    expect(one.panel.bars.filter(has_text="square")).to_have_attribute("aria-pressed", "true")
    one.panel.button("stop").click()
    one.panel.is_now("cancelled")
    assert notebook.page_errors == []


KINDS = """
import threading, time, json, numpy as np
import rex_widgets as rw
from rex_widgets.widgets import ExplainPanel

class Spot:
    'Class 1 where the middle of a signal or of a volume is bright.'
    calls = 0
    def __call__(self, batch):
        self.calls += 1
        rows = np.asarray(batch).reshape(len(batch), -1)[:, places.ravel()]
        return np.stack([np.full(len(rows), .4), rows.mean(axis=1)], axis=1)

def panel_of(shape, kind, where, **more):
    global places, data, model, panel
    places = np.zeros(shape, bool)
    places[where] = True
    data = np.where(places, 1.0, 0.05).astype(np.float32)
    model = Spot()
    run = rw.start(data, model, mode=kind, seed=1, iters=3, labels=['nothing', 'spot'],
                   min_box_size=4, minimise_budget=30, **more)
    panel = ExplainPanel(run)
    panel.start()
    return panel
"""
SIGNAL = "panel_of((200,), 'spectral', np.s_[100:130])"
VOLUME = "panel_of((24, 20, 16), 'voxel', np.s_[8:16, 6:14, 4:12])"


@pytest.mark.parametrize("kind", ["signal", "volume"])
def test_other_kinds_are_painted_asked_and_constrained(
    open_notebook: OpenNotebook, kind: str
) -> None:
    notebook = open_notebook([KINDS, SIGNAL if kind == "signal" else VOLUME])
    notebook.run(0)
    cell = notebook.run(1)
    canvas = cell.locator("canvas[data-plane=axial]" if kind == "volume" else "canvas").first
    canvas.wait_for()
    pages = Pages.__new__(Pages)
    pages.notebook, pages.cell = notebook, cell
    line = cell.locator(".rw-line")
    expect(line).to_have_attribute("data-status", "finished", timeout=60_000)
    pages.until("panel._parts.picture._map is not None and panel.run.status == 'finished'")
    hidden = cell.locator(".rw-classes").filter(has_text="With the painted part hidden")
    expect(hidden).to_be_hidden()
    brush = "Brush" if kind == "volume" else "Select: drag over a stretch"
    cell.get_by_role("button", name=brush, exact=True).first.click()
    pages.drag(canvas, (0.4, 0.4), (0.75, 0.4), (0.75, 0.6), (0.4, 0.6), (0.4, 0.5), (0.75, 0.5))
    pages.until("panel._parts.region.mask.any()")
    expect(hidden).to_be_visible()
    pages.button("Explain inside the region").click()
    pages.until("panel.run.settings.region is not None and panel.run.status == 'finished'")
    assert pages.told(
        "[np.array_equal(panel.run.settings.region, panel._parts.region.mask),"
        " bool((panel.run.result().mask & ~panel.run.settings.region).any())]"
    ) == [True, False]
    expect(cell.get_by_text("The search keeps to a region of")).to_be_visible()
    cell.get_by_role("tab", name="Search", exact=True).click()
    expect(cell.locator(".rw-search-summary")).to_contain_text("Tree")
    pages.button(f"Whole {kind}").click()
    pages.until("panel.run.settings.region is None and panel.run.status == 'finished'")
    cell.get_by_role("tab", name="History", exact=True).click()
    expect(cell.locator(".rw-entry")).to_have_count(2)
    cell.locator(".rw-tick").nth(0).check()
    cell.locator(".rw-tick").nth(1).check()
    pages.button("Compare 2/2").click()
    # The panel's own and one of each result.
    listening = "canvas[data-plane=axial]" if kind == "volume" else "[role=application]"
    expect(cell.locator(listening)).to_have_count(3)
    notebook.py("panel.close()")
    pages.until("not [t for t in threading.enumerate() if 'rex_widgets' in t.name]")
    assert notebook.page_errors == []
