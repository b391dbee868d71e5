"""The widgets in Voila, where a notebook is a page and nobody sees a cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_explain import SETUP, SHORT
from tests.browser.test_linked_views import VIEWS
from tests.browser.test_signal_view import VIEW as SIGNAL
from tests.browser.test_volume_view import VIEW as VOLUME
from tests.browser.voila_server import VoilaServer, serve_voila

REGION = """
import ipywidgets, numpy as np
from rex_widgets.widgets import RegionCanvas
words = ipywidgets.HTML("nothing yet")
words.add_class("told")
region = RegionCanvas(np.full((64, 96, 3), 100, np.uint8), width=480, brush_size=8)
def tell(drawn):
    words.value = f"{int(drawn.mask.sum())} pixels of {drawn.name}"
region.on_region(tell)
ipywidgets.VBox([region, words])
"""


@pytest.fixture(scope="module")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoilaServer]:
    with serve_voila(tmp_path_factory.mktemp("voila")) as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert errors == []


def _drag(canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    mouse = canvas.page.mouse
    mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
    mouse.down()
    mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=5)
    mouse.up()


def test_the_panel_computes_and_answers(voila: VoilaServer, page: Page) -> None:
    page.goto(voila.add_notebook([SETUP, SHORT]))
    panel = page.locator(".rw-panel")
    line = panel.locator(".rw-line")
    expect(line).to_have_attribute("data-status", "finished", timeout=90_000)
    expect(panel.locator(".rw-badge")).to_have_text("verified")
    panel.locator(".rw-class").nth(1).click()
    expect(panel.locator(".rw-class").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(panel.locator(".rw-panel-facts")).to_contain_text("corner (class 2)")
    expect(line).to_have_attribute("data-status", "finished")

    def open_page(title: str) -> None:
        panel.get_by_role("tab", name=title, exact=True).click()

    open_page("Views")
    expect(panel.locator(".rwl-tile").nth(2)).to_be_visible()
    open_page("Search")
    expect(panel.locator(".rw-search-summary")).to_contain_text("Tree")
    open_page("Settings")
    expect(panel.locator(".rw-form .rw-field").first).to_be_visible()
    open_page("History")
    expect(panel.locator(".rw-entry")).to_have_count(2)
    open_page("Region")
    region = panel.locator(".rw-region")
    expect(region.get_by_role("button", name="Box", exact=True)).to_be_enabled()
    region.get_by_role("button", name="Box", exact=True).click()
    _drag(region.locator(".rw-canvas"), (0.5, 0.5), (0.98, 0.98))
    panel.get_by_role("button", name="Explain inside the region").click()
    expect(panel.get_by_text("The search keeps to a region of")).to_be_visible()


def test_a_region_is_drawn_and_its_mask_arrives(voila: VoilaServer, page: Page) -> None:
    page.goto(voila.add_notebook([REGION]))
    region = page.locator(".rw-region")
    expect(region.get_by_label("Brush", exact=True)).to_be_enabled(timeout=90_000)
    canvas = region.locator(".rw-canvas")
    words = page.locator(".told")
    expect(words).to_have_text("nothing yet")
    _drag(canvas, (0.2, 0.5), (0.7, 0.5))
    expect(words).to_contain_text("pixels of region")
    one = int(words.inner_text().split()[0])
    assert 48 * 8 * 0.9 < one < 48 * 8 * 1.4
    canvas.focus()
    page.keyboard.press("Control+z")
    expect(words).to_have_text("0 pixels of region")


def test_views_are_drawn_and_answer(voila: VoilaServer, page: Page) -> None:
    page.goto(voila.add_notebook([VIEWS, VOLUME, SIGNAL]))
    expect(page.locator(".rwl-tile")).to_have_count(5, timeout=90_000)
    first = page.locator(".rwl-tile .rwl-over").first
    first.scroll_into_view_if_needed()
    first.hover()
    expect(page.locator(".rw-linked")).to_contain_text("30")
    axial = page.locator("canvas[data-plane=axial]")
    axial.scroll_into_view_if_needed()
    axial.focus()
    depth = page.locator(".rw-panel:has(canvas[data-plane=axial]) .rw-depth")
    expect(depth).to_have_text("16 / 30")
    page.keyboard.press("PageUp")
    expect(depth).to_have_text("17 / 30")
    axial.hover()
    page.mouse.wheel(0, -100)
    expect(depth).to_have_text("18 / 30")
    signal = page.locator(".rw-signal canvas").first
    signal.scroll_into_view_if_needed()
    drawn = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size > 4"
    for _ in range(100):
        if signal.evaluate(drawn):
            break
        page.wait_for_timeout(50)
    assert signal.evaluate(drawn)
