"""The exported page, opened from the disk with the network off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Page, expect

from rex_widgets.report import to_html
from tests.explanations import hand_made

# How many canvas pixels have a hue: the picture is grey, the map is not, the outline is yellow.
_COLOURED = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
        if (Math.abs(data[i] - data[i + 1]) + Math.abs(data[i + 1] - data[i + 2]) > 12) count++;
    return count;
}"""

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    contexts = []
    problems: list[str] = []

    def open_one(scheme: str = "light", width: int = 1180, **changes: Any) -> Page:
        path = to_html(hand_made(**changes), tmp_path / "page.html")
        context = chromium.new_context(
            viewport={"width": width, "height": 980}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: problems.append(message.text) if message.type == "error" else None,
        )
        page.on(
            "request",
            lambda r: problems.append(r.url) if r.url.startswith(("http:", "https:")) else None,
        )
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=30_000)
        page.wait_for_timeout(200)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def coloured(page: Page) -> int:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    return int(page.locator("canvas").evaluate(_COLOURED))


def slide(page: Page, name: str, value: float) -> None:
    page.locator(f"#{name}").fill(str(value))


def test_it_thresholds_with_the_network_off(open_page: OpenPage) -> None:
    page = open_page()
    assert page.locator("#still").count() == 0
    everything = coloured(page)
    slide(page, "threshold", 0.5)
    some = coloured(page)
    slide(page, "threshold", 0.95)
    few = coloured(page)
    assert everything > some > few > 0
    expect(page.locator("output[for=threshold]")).to_have_text("95 %")


def test_layers_can_be_switched(open_page: OpenPage) -> None:
    page = open_page()
    both = coloured(page)
    page.locator(".controls").get_by_label("Map", exact=True).uncheck()
    outline = coloured(page)
    assert both > outline > 0
    page.locator(".controls").get_by_label("Explanation", exact=True).uncheck()
    assert coloured(page) == 0
    page.locator(".controls").get_by_label("Map", exact=True).check()
    page.locator(".controls").get_by_label("Colours").select_option("gray")
    assert coloured(page) == 0
    page.locator(".controls").get_by_label("Colours").select_option("viridis")
    assert coloured(page) > 0


def test_it_reads_values_and_zooms_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box
    canvas.hover(position={"x": box["width"] * 0.4, "y": box["height"] * 0.5})
    expect(page.locator(".rw-readout")).to_contain_text("in the explanation")
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[aria-live]")).to_contain_text("x 24, y 32 · map 0.")
    page.keyboard.press("+")
    expect(page.get_by_label("Fit the whole picture")).to_be_enabled()
    page.keyboard.press("0")
    expect(page.get_by_label("Fit the whole picture")).to_be_disabled()
    # There is no model behind the page, so there is nothing to paint for.
    expect(page.get_by_label("Brush", exact=True)).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1180, 380])
def test_it_fits_its_window_in_either_theme(open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(scheme, width, message="A sentence for the person.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ground, ink = page.evaluate(
        "() => ['backgroundColor', 'color'].map(n => getComputedStyle(document.body)[n]"
        ".match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0))"
    )
    assert (ground > ink + 400) if scheme == "light" else (ink > ground + 400)


def test_a_page_without_map_or_explanation_works(open_page: OpenPage) -> None:
    blank = hand_made()
    page = open_page(map=blank.map * 0, mask=blank.mask & False, verified=False)
    assert coloured(page) == 0
    expect(page.locator(".badge")).to_have_text("not verified")
