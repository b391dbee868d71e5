"""LinkedViews in a notebook and as an exported page, with mouse, keyboard and touch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from rex_widgets.widgets import LinkedViews
from tests.browser.notebook_page import NotebookPage, OpenNotebook

VIEWS = """
import json, numpy as np
from rex_widgets.widgets import LinkedViews
y, x = np.mgrid[:40, :60]
views = LinkedViews(np.full((40, 60, 3), 100, np.uint8), width=200)
views.add_map("rising <i>", x / 59.0).add_map("falling", 1 - x / 59.0)
views.add_difference("difference", "rising <i>", "falling").add_mask("mask", x > 40)
views
"""


def told(notebook: NotebookPage, expression: str) -> Any:
    return json.loads(notebook.py(f"print(json.dumps({expression}))"))


def until(condition: Callable[[], object], page: Page) -> None:
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(25)
    raise AssertionError("never true")


def pixel(canvas: Locator, x: float, y: float) -> list[int]:
    """Return the colour at a position given as shares of the canvas."""
    found: list[int] = canvas.evaluate(
        """async (canvas, [x, y]) => {
            for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
            const at = [x * canvas.width, y * canvas.height];
            return [...canvas.getContext('2d').getImageData(...at, 1, 1).data];
        }""",
        [x, y],
    )
    return found


def at(canvas: Locator, x: float, y: float) -> tuple[float, float]:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def drag(canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = canvas.page.mouse
    mouse.move(*at(canvas, *start))
    mouse.down()
    mouse.move(*at(canvas, *end), steps=5)
    mouse.up()


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([VIEWS, "views"])
    output = notebook.run(0).locator(".rw-linked")
    expect(output.locator(".rwl-tile")).to_have_count(5)
    return notebook, output


def test_the_cursor_is_seen_and_read_in_every_view(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    names = output.locator(".rwl-name")
    expect(names).to_have_text(["photo", "rising <i>", "falling", "difference", "mask"])
    readings = output.locator(".rwl-reading")
    over = output.locator(".rwl-over")
    notebook.page.mouse.move(*at(over.nth(3), 59.5 / 60, 0.51))
    expect(readings).to_have_text(
        ["RGB 100 100 100", "1 · top 1.7 %", "0 · top 100 %", "+1 · top 3.3 %", "inside"]
    )
    expect(output.locator(".rwl-place")).to_have_text("x 59, y 20")
    # The arm of the crosshair, one pixel of the picture left of its middle by 10 on the screen.
    for number in range(5):
        assert pixel(over.nth(number), 59.5 / 60 - 0.06, 0.5125)[3] > 0
    notebook.page.mouse.move(1, 1)
    expect(readings.first).to_have_text("")
    assert notebook.page_errors == []


def test_a_rectangle_is_seen_in_all_and_told_once(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    notebook.py(
        "heard = []; views.observe(lambda change: heard.append(change['new']), 'selection')"
    )
    over = output.locator(".rwl-over")
    drag(over.nth(1), (0.505, 0.26), (0.995, 0.74))
    until(lambda: told(notebook, "heard") == [[30, 10, 60, 30]], notebook.page)
    rows = output.locator("tbody tr")
    expect(rows.nth(4)).to_contain_text("63.3 %50.0 %")
    expect(output.locator("caption")).to_contain_text("30 × 20")
    share = told(notebook, "views.statistics()['rising <i>'].share")
    expect(rows.nth(1)).to_contain_text(f"{share * 100:.1f} %")
    for number in range(5):
        assert pixel(over.nth(number), 0.75, 0.5)[3] > 0, "the rectangle is tinted"
    notebook.run(1).locator(".rwl-tile").first.wait_for()
    expect(notebook.output(1).locator("caption")).to_contain_text("30 × 20")
    output.get_by_role("button", name="Clear selection").click()
    until(lambda: told(notebook, "views.selection") == [], notebook.page)


def test_threshold_and_cursor_cost_no_message(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["1", VIEWS])
    sockets: list[WebSocket] = []

    def keep(socket: WebSocket) -> None:  # Playwright refuses a built-in method
        sockets.append(socket)

    notebook.page.on("websocket", keep)
    notebook.page.reload()
    notebook.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    until(lambda: sockets, notebook.page)
    notebook.page.wait_for_function(
        "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'"
    )
    output = notebook.run(1).locator(".rw-linked")
    expect(output.locator(".rwl-tile")).to_have_count(5)
    notebook.wait_idle()
    sent: list[str] = []

    def hear(payload: str | bytes) -> None:
        text = payload if isinstance(payload, str) else payload.decode("latin-1")
        if "comm_msg" in text:
            sent.append(text)

    for socket in sockets:
        socket.on("framesent", hear)
    pixels = output.locator(".rwl-pixels").nth(1)
    slider = output.get_by_label("Strongest")
    slider.focus()
    before = pixel(pixels, 0.3, 0.5)
    for position in np.linspace(0, 0.4, 21):
        slider.evaluate(
            "(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})); }",
            str(position),
        )
    expect(slider).to_have_attribute("aria-valuetext", "top 6.3 %")
    assert pixel(pixels, 0.3, 0.5) != before
    over = output.locator(".rwl-over").first
    over.focus()
    for x in np.linspace(0.1, 0.9, 15):
        notebook.page.mouse.move(*at(over, x, 0.5))
    notebook.page.keyboard.press("ArrowLeft")
    assert sent == []
    notebook.page.mouse.move(1, 1)
    until(lambda: abs(told(notebook, "views.top") - 0.0631) < 1e-3, notebook.page)
    assert len(sent) == 1


def test_the_keyboard_alone_selects_zooms_and_swipes(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    output.locator(".rwl-over").first.focus()
    press = notebook.page.keyboard.press
    for key in ("ArrowLeft", "Space", "Shift+ArrowRight", "ArrowDown", "Enter", "m", "s", "x", "d"):
        press(key)
    press("d")
    until(lambda: told(notebook, "views.selection") == [29, 20, 40, 22], notebook.page)
    press("+")
    press("+")
    output.get_by_role("button", name="Swipe").focus()
    press("Enter")
    divider = output.get_by_role("slider", name="Divider")
    divider.focus()
    for key in ("ArrowRight", "Shift+ArrowLeft", "Home", "PageUp"):
        press(key)
    expect(divider).to_have_attribute("aria-valuenow", "10")
    until(lambda: told(notebook, "views.mode") == "swipe", notebook.page)
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    assert told(notebook, "round(views.zoom, 2)") == 1.56


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x = np.mgrid[:40, :60][1]
    views = LinkedViews(np.full((40, 60, 3), 100, np.uint8), width=150, top=0.5)
    views.add_picture("white", np.full((40, 60, 3), 250, np.uint8)).add_map("rising", x / 59.0)
    return views.to_html(tmp_path_factory.mktemp("page") / "views.html", title="Two & three")


@pytest.fixture
def exported(chromium: Browser, page_file: Path) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 800, "height": 900}, has_touch=True)
    context.set_offline(True)
    page = context.new_page()
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda r: requests.append(r.url))
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto(page_file.as_uri())
    page.locator("html[data-ready]").wait_for()
    expect(page.locator(".rwl-tile")).to_have_count(3)
    yield page
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert problems == []
    context.close()


def test_links_survive_in_the_exported_page(exported: Page) -> None:
    expect(exported.locator("h1")).to_have_text("Two & three")
    expect(exported.get_by_label("Strongest")).to_have_attribute("aria-valuetext", "top 50.0 %")
    over = exported.locator(".rwl-over")
    exported.mouse.move(*at(over.nth(0), 0.99, 0.5))
    readings = exported.locator(".rwl-reading")
    expect(readings).to_have_text(["RGB 100 100 100", "RGB 250 250 250", "1 · top 1.7 %"])
    drag(over.nth(2), (0.01, 0.01), (0.24, 0.99))
    expect(exported.locator("caption")).to_contain_text("15 × 40")


def test_swipe_and_overlay_compare_two_views(exported: Page) -> None:
    exported.get_by_role("button", name="Swipe").click()
    pixels = exported.locator(".rwl-stage .rwl-pixels")
    assert pixel(pixels, 0.25, 0.5)[:3] == [100, 100, 100]
    assert pixel(pixels, 0.75, 0.5)[:3] == [250, 250, 250]
    divider = exported.get_by_role("slider", name="Divider")
    pane = exported.locator(".rwl-stage .rwl-pane")
    exported.mouse.move(*at(divider, 0.5, 0.5))
    exported.mouse.down()
    exported.mouse.move(*at(pane, 0.1, 0.5), steps=4)
    exported.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "10")
    assert pixel(pixels, 0.25, 0.5)[:3] == [250, 250, 250]
    exported.get_by_role("button", name="Overlay").click()
    assert abs(pixel(pixels, 0.5, 0.5)[0] - 175) <= 1
    exported.get_by_label("Blend").fill("1")
    assert pixel(pixels, 0.5, 0.5)[:3] == [250, 250, 250]
    exported.get_by_role("button", name="Swap").click()
    assert pixel(pixels, 0.5, 0.5)[:3] == [100, 100, 100]


def test_one_finger_selects_and_two_zoom(exported: Page) -> None:
    over = exported.locator(".rwl-over").first
    session = exported.context.new_cdp_session(exported)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", at(over, 0.26, 0.26))
    touch("touchMove", at(over, 0.5, 0.5))
    touch("touchMove", at(over, 0.74, 0.74))
    touch("touchEnd")
    expect(exported.locator("caption")).to_contain_text("30 × 20")
    touch("touchStart", at(over, 0.45, 0.5))
    touch("touchStart", at(over, 0.45, 0.5), at(over, 0.55, 0.5))
    touch("touchMove", at(over, 0.3, 0.5), at(over, 0.7, 0.5))
    touch("touchEnd")
    expect(exported.get_by_role("button", name="Zoom out")).to_be_enabled()
    expect(exported.locator("caption")).to_contain_text("30 × 20")


def test_a_narrow_screen_shows_one_view_beside_none(exported: Page) -> None:
    exported.set_viewport_size({"width": 320, "height": 700})
    width = exported.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    lefts = exported.locator(".rwl-tile").evaluate_all(
        "tiles => tiles.map(t => t.getBoundingClientRect().left)"
    )
    assert len({round(left) for left in lefts}) == 1


def test_damaged_data_are_told(chromium: Browser, page_file: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(page_file, tmp_path))
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace('"esm": {"data": "', '"esm": {"data": "AAAA'), encoding="utf-8")
    page = chromium.new_page()
    page.goto(copy.as_uri())
    expect(page.locator("#problem")).to_contain_text("could not start")
    page.close()
