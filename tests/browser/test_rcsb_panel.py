"""`%explain 3 digits --method rcsb` as a person meets it: watched, drawn, swiped, gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme
from tests.browser.test_linked_views import told

SETUP = """
%load_ext rex_widgets
import json, time, numpy as np, rex_widgets as rw
region = np.zeros((32, 32), bool)
region[6:26, 6:26] = True
"""
FLAGS = "--method rcsb --target 8 --region region --seed 0"
SHORT = f"run = %explain 3 digits {FLAGS} --nfe 6 --n-inpaints 3"
LONG = f"run = %explain 3 digits {FLAGS} --start-step 1000 --nfe 999 --n-inpaints 8"
PANEL = "panel = rw.panel_of(run)"
SETTLE = """
done = []
panel.worker.call(done.append)
while not done:
    time.sleep(0.02)
"""

_PIXELS = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4)
        sum = (sum * 31 + data[i] * 65536 + data[i + 1] * 256 + data[i + 2]) % 2147483647;
    return sum;
}"""
_LENGTH = "path => path.getAttribute('d').length"
_SENT = """() => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    window.rwSent = 0;
    kernel.anyMessage.connect((_, one) => { if (one.direction === 'send') window.rwSent += 1; });
}"""


class Shown:
    """A panel below a cell."""

    def __init__(self, notebook: NotebookPage, cell: Locator) -> None:
        self.notebook, self.cell = notebook, cell
        self.line = cell.locator(".rw-line")
        self.view = cell.locator(".rw-change")
        # Below the one that is swiped over it.
        self.picture = self.view.locator("figure").nth(1).locator("canvas").first
        self.before = self.view.locator("figure").nth(1).locator("canvas").nth(1)
        self.words = self.view.locator(".rwd-words")
        self.samples = self.view.locator(".rwd-strip").get_by_role("option")
        self.curve = self.view.locator(".rwd-chart path").nth(4)

    def is_now(self, status: str) -> None:
        expect(self.line).to_have_attribute("data-status", status, timeout=60_000)
        if status == "finished":
            # At its end the output is renewed: the view that is there before is taken away.
            self.notebook.py(SETTLE)
            expect(self.line).to_have_attribute("data-status", status)

    def button(self, name: str) -> Locator:
        return self.cell.get_by_role("button", name=name, exact=True)

    def press(self, action: str) -> None:
        self.cell.locator(f"[data-action='{action}']").click()

    def slider(self, name: str) -> Locator:
        return self.cell.get_by_role("slider", name=name, exact=True)

    def open(self, title: str) -> None:
        tab = self.cell.get_by_role("tab", name=title, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")

    def pixels(self) -> int:
        return int(self.picture.evaluate(_PIXELS))

    def waits(self, condition: Callable[[], object], seconds: float = 60) -> None:
        for _ in range(int(seconds / 0.05)):
            if condition():
                return
            self.notebook.page.wait_for_timeout(50)
        raise AssertionError("never true")

    def told(self, expression: str) -> Any:
        return told(self.notebook, expression)

    def place(self, what: Locator) -> dict[str, float]:
        """Where something is, in the window and at rest: a page that has just opened moves."""
        before = None
        for _ in range(50):
            try:
                what.scroll_into_view_if_needed()
                now = what.bounding_box()
            except Error:  # made anew in this very moment
                now = None
            if now is not None and now == before and now["width"] > 10:
                return dict(now)
            before = now
            self.notebook.page.wait_for_timeout(150)
        raise AssertionError(f"it does not come to rest: {before}")

    def drag(self, what: Locator, *points: tuple[float, float]) -> None:
        """Drag between places that are given as shares of what is dragged on."""
        box = self.place(what)
        mouse = self.notebook.page.mouse
        at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
        mouse.move(*at[0])
        mouse.down()
        for point in at[1:]:
            mouse.move(*point, steps=5)
        mouse.up()


def shown(open_notebook: OpenNotebook, line: str, *more: str, theme: Theme = "light") -> Shown:
    notebook = open_notebook([SETUP, line, PANEL, *more], theme=theme)
    notebook.run(0)
    panel = Shown(notebook, notebook.run(1))
    notebook.run(2)
    return panel


def test_the_picture_forms_and_it_obeys(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, LONG)
    panel.is_now("running")
    expect(panel.samples).to_have_count(8)
    expect(panel.words).to_contain_text("So far the classifier says")
    for _ in range(2):
        pixels, length = panel.pixels(), panel.curve.evaluate(_LENGTH)
        panel.waits(lambda before=pixels: panel.pixels() != before)
        panel.waits(lambda before=length: panel.curve.evaluate(_LENGTH) > before)
    expect(panel.line).to_contain_text("of 999")
    panel.press("pause")
    panel.is_now("paused")
    steps = panel.told("run.result().statistics['steps']")
    panel.press("step")
    panel.waits(lambda: panel.told("run.result().statistics['steps']") == steps + 1)
    assert panel.told("run.status") == "paused"
    panel.press("resume")
    panel.is_now("running")
    panel.press("stop")
    panel.is_now("cancelled")
    assert panel.notebook.page_errors == []


def test_swipe_steps_and_samples_ask_nobody(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT, "time.sleep(8)")
    panel.is_now("finished")
    best = panel.told("int(run.result().best)")
    expect(panel.samples.nth(best)).to_have_attribute("aria-selected", "true")
    expect(panel.words).to_contain_text("8 ")
    page = panel.notebook.page
    panel.place(panel.picture)
    # All of it while the kernel is busy.
    panel.notebook.start(3)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    swipe, steps = panel.slider("Swipe"), panel.view.get_by_role("slider", name="Steps")
    swipe.press("End")
    expect(panel.before).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
    swipe.press("Home")
    panel.drag(panel.picture, (0.1, 0.5), (0.5, 0.5))
    panel.waits(lambda: 45 <= float(swipe.input_value()) <= 55)
    finished = panel.pixels()
    steps.press("Home")
    expect(steps).to_have_attribute("aria-valuetext", "step 1 of 6")
    panel.waits(lambda: panel.pixels() != finished)
    steps.press("End")
    expect(steps).to_have_attribute("aria-valuetext", "finished")
    panel.waits(lambda: panel.pixels() == finished)
    panel.view.get_by_label("On the right", exact=True).select_option("difference")
    panel.waits(lambda: panel.pixels() != finished)
    expect(panel.view.locator(".rwd-scale")).to_be_visible()
    panel.view.get_by_label("On the right", exact=True).select_option("after")
    panel.samples.first.click()
    for key, place in [("ArrowRight", 1), ("End", 2), ("ArrowRight", 2), ("Home", 0)]:
        page.keyboard.press(key)
        expect(panel.samples.nth(place)).to_be_focused()
        expect(panel.samples.nth(place)).to_have_attribute("aria-selected", "true")
    # A notebook's own shortcuts stay quiet: "b" would insert a cell.
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    expect(panel.samples.nth(best)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(4)
    panel.notebook.wait_idle()
    panel.waits(lambda: 45 <= panel.told("panel._parts.view.swipe") <= 55)
    assert panel.notebook.page_errors == []


def test_dragging_the_swipe_sends_once(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    panel.notebook.wait_idle()
    panel.place(panel.picture)
    panel.notebook.page.evaluate(_SENT)
    panel.drag(panel.picture, (0.1, 0.5), (0.9, 0.5), (0.3, 0.5))
    panel.waits(lambda: 25 <= panel.told("panel._parts.view.swipe") <= 35)
    # One update, and what `told` sends itself.
    assert panel.notebook.page.evaluate("() => window.rwSent") <= 8


def test_a_region_is_drawn_and_asked(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    panel.open("Region")
    canvas = panel.cell.locator(".rw-region .rw-canvas")
    expect(panel.cell.get_by_label("Box", exact=True)).to_be_enabled()
    panel.button("Clear the region").click()
    panel.waits(lambda: panel.told("int(panel._parts.region.mask.sum())") == 0)
    panel.cell.get_by_label("Box", exact=True).click()
    panel.drag(canvas, (0.26, 0.26), (0.74, 0.74))
    panel.waits(lambda: panel.told("int(panel._parts.region.mask.sum())") == 256)
    panel.button("Run").click()
    panel.waits(lambda: panel.told("int(panel.run.result().region.sum())") == 256)
    panel.is_now("finished")
    # Controls of one click: the region is shown before it is asked for.
    panel.button("Inverse").click()
    panel.waits(lambda: panel.told("int(panel._parts.region.mask.sum())") == 1024 - 256)
    expect(panel.cell.get_by_text("75.0 % of the picture may change.")).to_be_visible()
    assert panel.told("len(panel.history)") == 1
    assert panel.notebook.page_errors == []


def test_it_goes_on_from_a_step_and_more_are_asked(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    expect(panel.button("Continue from a step")).to_be_disabled()
    steps = panel.view.get_by_role("slider", name="Steps")
    steps.press("Home")
    steps.press("ArrowRight")
    expect(steps).to_have_attribute("aria-valuetext", "step 2 of 6")
    panel.button("4 more samples").click()
    expect(panel.samples).to_have_count(7)
    panel.is_now("finished")
    # By its name: a percentage may hold a nine, too.
    nine = panel.cell.locator(".rw-class", has=panel.notebook.page.get_by_text("9", exact=True))
    nine.click()
    expect(nine).to_have_attribute("aria-pressed", "true")
    panel.button("Continue from step 2").click()
    panel.waits(lambda: panel.told("panel.run.result().target_label") == "9")
    panel.is_now("finished")
    expect(panel.view.locator(".rwd-key").nth(1)).to_contain_text("9 ")
    expect(panel.cell.locator(".rw-panel-facts")).to_contain_text("the first 2 steps")
    panel.open("History")
    expect(panel.cell.locator(".rw-entry-name")).to_have_text(["7 to 9", "7 to 8", "7 to 8"])
    assert panel.notebook.page_errors == []


def test_what_cannot_be_asked_is_told(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    panel.cell.locator(".rw-class").first.click()
    panel.button("Run").click()
    trouble = panel.cell.locator(".rw-panel-trouble")
    expect(trouble).to_contain_text("7")
    assert panel.told("panel.run is run")
    assert panel.notebook.page_errors == []


def test_it_comes_back_with_the_page(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    panel.slider("Swipe").press("End")
    panel.samples.nth(2).click()
    panel.waits(lambda: panel.told("panel._parts.view.chosen") == 2)
    panel.waits(lambda: panel.told("panel._parts.view.swipe") == 100)
    seen = panel.pixels()
    panel.notebook.reload()
    again = Shown(panel.notebook, panel.notebook.cell(1))
    again.is_now("finished")
    expect(again.samples.nth(2)).to_have_attribute("aria-selected", "true")
    again.waits(lambda: again.pixels() == seen)
    expect(again.slider("Swipe")).to_have_value("100")
    again.open("Region")
    expect(again.cell.locator(".rw-region .rw-canvas")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing_grave(open_notebook: OpenNotebook, theme: Theme) -> None:
    panel = shown(open_notebook, SHORT, theme=theme)
    panel.is_now("finished")
    panel.view.get_by_label("On the right", exact=True).select_option("difference")
    expect(panel.view.locator(".rwd-scale")).to_be_visible()
    assert grave_violations(panel.notebook.page, ".rw-panel") == []
    panel.open("Region")
    expect(panel.cell.get_by_label("Box", exact=True)).to_be_enabled()
    assert grave_violations(panel.notebook.page, ".rw-panel") == []
    panel.notebook.screenshot(f"rcsb-panel-{panel.notebook.app}-{theme}")
