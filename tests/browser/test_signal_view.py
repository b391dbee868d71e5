"""SignalView in a notebook: zoom, read, select, hear, with mouse and keyboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook

VIEW = """
import json, time, numpy as np
from rex_widgets.axes import Axes
from rex_widgets.widgets import SignalView
heard = []
places = np.linspace(4000, 400, 901)
values = np.exp(-(((places - 1650) / 40) ** 2))
view = SignalView(values, axes=Axes(("wavenumber",), ("1/cm",), (4.0,), places), width=640)
view.set_map(values + 0.1)
view.set_mask(abs(places - 1650) < 50)
view.on_stroke(lambda mask: heard.append(int(mask.sum())))
view
"""
SOUND = """
import json, numpy as np
from rex_widgets.widgets import SignalView
sound = SignalView(0.2 * np.sin(np.arange(32000) / 5), kind="audio", sample_rate=8000)
sound.set_mask(np.arange(32000) > 16000)
sound
"""
TABLE = """
import json, numpy as np
from rex_widgets.axes import Axes
from rex_widgets.widgets import SignalView
heard = []
labels = ("<b>age</b>", *(f"feature {n}" for n in range(1, 3000)))
axes = Axes(("feature",), ("",), (1.0,), labels=labels)
table = SignalView(np.arange(3000), kind="table", axes=axes)
table.set_map(np.linspace(0, 1, 3000)); table.set_mask(np.arange(3000) == 2999)
table.on_stroke(lambda mask: heard.append(np.flatnonzero(mask).tolist()))
table
"""


def told(notebook: NotebookPage, expression: str) -> Any:
    return json.loads(notebook.py(f"print(json.dumps({expression}))"))


def until(notebook: NotebookPage, expression: str) -> None:
    """Wait until an expression is true in the kernel: messages take a moment."""
    for _ in range(400):
        if notebook.py(f"print(bool({expression}))").strip() == "True":
            return
        notebook.page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def drag(target: Locator, start: float, end: float) -> None:
    """Drag between two shares of the width."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    mouse = target.page.mouse
    middle = box["y"] + box["height"] * 0.4
    mouse.move(box["x"] + box["width"] * start, middle)
    mouse.down()
    mouse.move(box["x"] + box["width"] * end, middle, steps=6)
    mouse.up()


def until_drawn(page: Page, plot: Locator) -> None:
    """Wait until something has been painted."""
    for _ in range(200):
        if plot.evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"
        ):
            return
        page.wait_for_timeout(25)
    raise AssertionError("nothing was drawn")


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([VIEW, "view", "time.sleep(8)"])
    output = notebook.run(0)
    output.locator(".rw-over").wait_for()
    until_drawn(notebook.page, output.locator(".rw-plot"))
    return notebook, output


def test_dragging_zooms_and_a_double_click_shows_all(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    over = output.locator(".rw-over")
    drag(over, 0.5, 0.75)
    until(notebook, "view.start is not None and view.end - view.start < 1200")
    start, end = told(notebook, "[view.start, view.end]")
    # Wavenumbers run from high to low: the right end of the drag is the lower end.
    assert 1000 < start < 1800 < end < 2800
    drag(output.locator(".rw-overview"), 0.55, 0.35)
    until(notebook, f"view.start > {start} + 300")
    over.dblclick()
    until(notebook, "view.start is None and view.end is None")
    over.click()
    notebook.page.mouse.wheel(0, -300)
    until(notebook, "view.end is not None")
    notebook.py("view.start = view.end = None")
    expect(output.get_by_label("Show all of it")).to_be_disabled()
    assert notebook.page_errors == []


def test_selections_reach_the_kernel_once_each(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    over = output.locator(".rw-over")
    output.get_by_label("Select: drag over a stretch").click()
    expect(over).to_have_attribute("data-tool", "brush")
    drag(over, 0.4, 0.6)
    until(notebook, "len(heard) == 1")
    assert told(notebook, "150 < heard[0] < 260 and heard[0] == int(view.region.sum())") is True
    assert len(told(notebook, "view.strokes")) == 1
    over.focus()
    notebook.page.keyboard.press("Control+z")
    until(notebook, "heard[1:] == [0]")
    notebook.page.keyboard.press("Control+y")
    until(notebook, "len(heard) == 3 and heard[2] == heard[0]")
    output.get_by_role("button", name="Clear the selection").click()
    until(notebook, "heard[3:] == [0]")
    assert notebook.page_errors == []


def test_the_keyboard_alone_selects_and_zooms(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    keyboard = notebook.page.keyboard
    output.locator(".rw-over").focus()
    for key in ("b", "Home", "Space", "Shift+ArrowRight", "ArrowRight", "ArrowLeft", "Space"):
        keyboard.press(key)
    until(notebook, "heard == [11]")
    assert told(notebook, "view.strokes") == [{"tool": "brush", "start": 0, "stop": 11}]
    expect(output.locator(".rw-readout")).to_contain_text("wavenumber 3960 cm⁻¹")
    for key in ("i", "Space", *["Shift+ArrowRight"] * 9, "Space"):
        keyboard.press(key)
    until(notebook, "view.start is not None and 3500 < view.start < 3650 and view.end < 3970")
    for key in ("0", "r", "y", "m"):
        keyboard.press(key)
    until(notebook, "[view.start, view.reverse, view.fit_values] == [None, False, True]")
    until(notebook, "view.map_place == 'behind'")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)


def test_it_answers_while_a_cell_runs_and_in_a_second_view(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    notebook.py("view.tool = 'brush'")
    expect(output.locator(".rw-over")).to_have_attribute("data-tool", "brush")
    again = notebook.run(1)
    again.locator(".rw-over").wait_for()
    notebook.start(2)
    drag(again.locator(".rw-over"), 0.3, 0.5)
    expect(again.locator(".rw-readout")).to_contain_text("selected")
    expect(output.locator(".rw-readout")).to_contain_text("selected")
    notebook.interrupt()
    until(notebook, "len(heard) == 1")


def test_the_readout_tells_value_rank_and_segment(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    over = output.locator(".rw-over")
    readout = output.locator(".rw-readout")
    expect(readout).to_contain_text("1604 to 1696 cm⁻¹")
    box = over.bounding_box()
    assert box
    over.hover(position={"x": 40 + (box["width"] - 56) * 0.66, "y": 60})
    expect(readout).to_contain_text("of 901 · in the explanation: 1604 to 1696 cm⁻¹")
    notebook.py("view.set_mask(None)")
    expect(readout).not_to_contain_text("explanation")


def test_a_sound_plays_only_when_asked(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SOUND])
    output = notebook.run(0)
    part = output.locator("[data-what=explanation]")
    expect(part).to_be_enabled()
    expect(part).to_have_attribute("data-on", "false")
    expect(output.locator(".rw-player-time")).to_have_text("0.00 / 4.00 s")
    part.click()
    expect(part).to_have_attribute("data-on", "true")
    expect(output.locator(".rw-player-time")).not_to_have_text("0.00 / 4.00 s")
    output.locator("[data-what=rest]").click()
    expect(part).to_have_attribute("data-on", "false")
    expect(output.locator("[data-what=rest]")).to_have_attribute("data-on", "true")
    output.locator("[data-what=rest]").click()
    expect(output.locator(".rw-player-time")).to_have_text("0.00 / 4.00 s")
    notebook.py("sound.set_mask(None)")
    expect(part).to_be_disabled()
    expect(output.locator(".rw-error")).to_be_hidden()
    assert notebook.page_errors == []


def test_a_table_is_listed_searched_and_selected(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([TABLE])
    output = notebook.run(0)
    rows = output.locator(".rw-feature")
    expect(rows.first).to_contain_text("feature 2999")
    expect(rows.first).to_have_attribute("data-kept", "true")
    expect(output.locator(".rw-readout")).to_contain_text("1 in the explanation: feature 2999")
    assert rows.count() < 60
    output.locator(".rw-features").focus()
    for key in ("ArrowDown", "Space", "s"):
        notebook.page.keyboard.press(key)
    until(notebook, "heard == [[2998]] and table.sort == 'order'")
    notebook.page.keyboard.press("Home")
    expect(output.locator(".rw-feature[data-place='0']")).to_contain_text("<b>age</b>")
    output.get_by_label("Find a feature").fill("feature 170")
    expect(output.locator(".rw-find")).to_contain_text("11 of 3\u202f000 features")
    output.get_by_label("Select features").click()
    rows.first.click()
    until(notebook, "heard[1:] == [[170, 2998]]")
    output.locator(".rw-features").focus()
    notebook.page.keyboard.press("Control+z")
    until(notebook, "heard[2:] == [[2998]]")
    assert notebook.page_errors == []
