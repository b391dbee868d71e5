"""The filtered view of LinkedViews in a notebook and as an exported page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rex_widgets.widgets import Filter, LinkedViews
from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme
from tests.browser.test_linked_views import at, drag, pixel, told, until

VIEWS = """
import json, numpy as np
from rex_widgets.widgets import Filter, LinkedViews
y, x = np.mgrid[:40, :60]
# Importance rises downwards, uncertainty to the right: the filtered view ends at a column.
maps = {"importance": 0.5 + y / 78.0, "uncertainty": 0.01 + x / 5900.0}
views = LinkedViews(np.full((40, 60, 3), 100, np.uint8), maps, width=200, over_picture=False,
                    filter=Filter("importance", "uncertainty", "U-RELAX"))
heard = []
views.observe(lambda change: heard.append(change["new"]), "quantile")
views
"""
LABEL = "U-RELAX: uncertainty at most"
GROUND = [0x1D, 0x1F, 0x23]

# What the page sends to the kernel for widgets, counted where every socket's messages pass.
COUNT = """() => {
    const send = WebSocket.prototype.send;
    window.told = 0;
    WebSocket.prototype.send = function (data) {
        const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
        if (text.includes('comm_msg')) window.told++;
        return send.call(this, data);
    };
}"""


def column_of(output: Locator, share: float) -> bool:
    """Whether the filtered view shows something low in a column, given as a share of the width."""
    found = pixel(output.locator(".rwl-pixels").nth(3), share, 0.9)[:3]
    return any(abs(a - b) > 8 for a, b in zip(found, GROUND, strict=True))


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([VIEWS, "views"])
    output = notebook.run(0).locator(".rw-linked")
    expect(output.locator(".rwl-tile")).to_have_count(4)
    return notebook, output


def test_the_view_is_empty_where_the_other_map_is_large(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    expect(output.locator(".rwl-name").last).to_have_text("U-RELAX")
    expect(output.locator(".rwl-note").last).to_have_text("where uncertainty ≤ 0.0149")
    slider = output.get_by_label(LABEL)
    expect(slider).to_have_value("0.5")
    expect(slider).to_have_attribute("aria-valuetext", "0.0149 (quantile 50 %)")
    assert [column_of(output, share) for share in (0.05, 0.45, 0.55, 0.95)] == [
        True, True, False, False,
    ]  # fmt: skip
    # The whole map has the same colours where both show something.
    whole, part = (pixel(output.locator(".rwl-pixels").nth(n), 0.3, 0.9) for n in (1, 3))
    assert whole == part
    over = output.locator(".rwl-over")
    readings = output.locator(".rwl-reading")
    notebook.page.mouse.move(*at(over.nth(3), 50.5 / 60, 0.51))
    expect(readings.nth(3)).to_have_text("not shown: uncertainty 0.0185 above 0.0149")
    notebook.page.mouse.move(*at(over.nth(3), 10.5 / 60, 0.51))
    expect(readings.nth(3)).to_have_text(readings.nth(1).inner_text())
    drag(over.nth(1), (0.505, 0.26), (0.995, 0.74))
    expect(output.locator("tbody tr").nth(3)).to_contain_text("0 %")
    share = told(notebook, "views.statistics()['U-RELAX'].share")
    assert share == 0
    assert notebook.page_errors == []


def test_dragging_repaints_at_once_and_is_told_when_let_go(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    page = notebook.page
    slider = output.get_by_label(LABEL)
    notebook.wait_idle()
    page.evaluate(COUNT)
    page.mouse.move(*at(slider, 0.5, 0.5))
    page.mouse.down()
    for place in np.linspace(0.5, 0.8, 13):
        page.mouse.move(*at(slider, float(place), 0.5))
    until(lambda: column_of(output, 0.7), page)
    assert not column_of(output, 0.95)
    position = float(slider.input_value())
    assert 0.7 < position < 0.9
    assert page.evaluate("window.told") == 0
    assert told(notebook, "heard") == []
    page.mouse.up()
    until(lambda: told(notebook, "heard") == [position], page)
    # Python has the same places.
    columns = told(notebook, "(views.values('U-RELAX')[0] > 0).tolist()")
    middle = [column_of(output, (n + 0.5) / 60) for n in range(0, 60, 7)]
    assert middle == columns[::7]
    assert notebook.page_errors == []


def test_one_repaint_is_done_within_a_frame(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    frames = output.get_by_label(LABEL).evaluate(
        """async slider => {
            const canvas = slider.closest('.rw-linked').querySelectorAll('.rwl-pixels')[3];
            const at = [canvas.width * 0.75, canvas.height * 0.9, 1, 1];
            const look = () => canvas.getContext('2d').getImageData(...at).data.join();
            const before = look();
            await new Promise(requestAnimationFrame);
            slider.value = 1;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            for (let n = 1; n < 10; n++) {
                await new Promise(requestAnimationFrame);
                if (look() !== before) return n;
            }
            return -1;
        }"""
    )
    # Ours asked for a frame first, so that it has painted when the first one calls back here.
    assert frames == 1
    assert notebook.page_errors == []


def test_keys_move_the_slider(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    slider = output.get_by_label(LABEL)
    slider.focus()
    notebook.page.keyboard.press("End")
    until(lambda: told(notebook, "views.quantile") == 1, notebook.page)
    until(lambda: column_of(output, 0.97), notebook.page)
    notebook.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "0.02 (quantile 99 %)")
    notebook.page.keyboard.press("Home")
    until(lambda: told(notebook, "heard") == [1, 0.99, 0], notebook.page)
    until(lambda: not column_of(output, 0.1), notebook.page)
    expect(output.locator(".rwl-note").last).to_have_text("where uncertainty ≤ 0.01")
    assert notebook.page_errors == []


def test_python_moves_it_and_takes_it_away(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    slider = output.get_by_label(LABEL)
    notebook.py("views.quantile = 0.25")
    expect(slider).to_have_value("0.25")
    until(lambda: not column_of(output, 0.4), notebook.page)
    assert column_of(output, 0.2)
    notebook.py("views.add_map('uncertainty', maps['uncertainty'][:, ::-1].copy())")
    until(lambda: column_of(output, 0.9), notebook.page)
    assert not column_of(output, 0.2)
    again = notebook.run(1).locator(".rw-linked")
    expect(again.get_by_label(LABEL)).to_have_value("0.25")
    notebook.py("views.mode, views.first, views.second = 'swipe', 'importance', 'U-RELAX'")
    expect(output.locator(".rwl-chip-second")).to_have_text("U-RELAX")
    notebook.py("views.filter = None; views.mode = 'side'")
    expect(output.locator(".rwl-tile")).to_have_count(3)
    expect(output.locator(".rwl-filter")).to_be_hidden()
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing_grave(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([VIEWS], theme=theme)
    output = notebook.run(0).locator(".rw-linked")
    expect(output.get_by_label(LABEL)).to_be_visible()
    assert grave_violations(notebook.page, ".rw-linked") == []


@pytest.fixture
def exported(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    y, x = np.mgrid[:40, :60]
    maps = {"importance": 0.5 + y / 78.0, "uncertainty": 0.01 + x / 5900.0}
    chosen = Filter("importance", "uncertainty", "U-RELAX", quantile=0.25)
    views = LinkedViews(
        np.full((40, 60, 3), 100, np.uint8), maps, filter=chosen, over_picture=False
    )
    context = chromium.new_context(viewport={"width": 900, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.goto(views.to_html(tmp_path / "views.html").as_uri())
    page.locator("html[data-ready]").wait_for()
    yield page
    assert problems == []
    context.close()


def test_it_works_in_a_page_without_a_kernel(exported: Page) -> None:
    output = exported.locator(".rw-linked")
    expect(output.locator(".rwl-tile")).to_have_count(4)
    slider = output.get_by_label(LABEL)
    expect(slider).to_have_value("0.25")
    until(lambda: column_of(output, 0.2), exported)
    assert not column_of(output, 0.4)
    slider.focus()
    for _ in range(30):
        exported.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.0154 (quantile 55 %)")
    until(lambda: column_of(output, 0.5), exported)
    assert not column_of(output, 0.6)
