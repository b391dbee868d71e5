"""LayerView, RunControls and ClassBars in a notebook, with mouse and keyboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import HELD, NotebookPage, OpenNotebook

VIEW = """
import json, time, numpy as np
from rex_widgets.widgets import LayerView, RunControls, ClassBars
heard = []
view = LayerView(np.full((32, 48, 3), 100, np.uint8), width=480)
values = np.zeros((32, 48)); values[:, 24:] = np.linspace(0.1, 1, 24)
view.set_map(values)
view.on_stroke(lambda mask: heard.append(int(mask.sum())))
view
"""
CONTROLS = """
controls, bars = RunControls(status="running"), ClassBars(chosen=1, title="Classes", classes=[
    {"index": 1, "label": "<i>one</i>", "confidence": 0.75},
    {"index": 2, "label": "two", "confidence": 0.25}])
controls.on_action(heard.append)
bars.on_choose(heard.append)
from IPython.display import display
display(controls, bars)
"""


def told(notebook: NotebookPage, expression: str) -> Any:
    return json.loads(notebook.py(f"print(json.dumps({expression}))"))


def until(notebook: NotebookPage, expression: str) -> None:
    """Wait until an expression is true in the kernel: messages take a moment."""
    for _ in range(200):
        if notebook.py(f"print(bool({expression}))").strip() == "True":
            return
        notebook.page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def pixel(canvas: Locator, x: float, y: float) -> list[int]:
    """Return the colour at a position given as shares of the canvas."""
    found: list[int] = canvas.evaluate(
        """async (canvas, [x, y]) => {
            for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
            const at = [x * canvas.width, y * canvas.height];
            return [...canvas.getContext('2d').getImageData(...at, 1, 1).data];
        }""",
        [x, y],
    )
    return found[:3]


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([VIEW, "view", "time.sleep(8)"])
    canvas = notebook.run(0).locator(".rw-canvas")
    canvas.wait_for()
    for _ in range(100):
        if pixel(canvas, 0.1, 0.5) == [100, 100, 100]:
            return notebook, canvas
        notebook.page.wait_for_timeout(50)
    raise AssertionError("the picture did not appear")


def drag(canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    mouse = canvas.page.mouse
    mouse.move(*at[0])
    mouse.down()
    mouse.move(*at[1], steps=6)
    mouse.up()


def test_strokes_reach_the_kernel_once_each(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, canvas = shown
    output = notebook.output(0)
    output.get_by_label("Brush", exact=True).click()
    before = pixel(canvas, 0.2, 0.5)
    drag(canvas, (0.1, 0.5), (0.4, 0.5))
    assert pixel(canvas, 0.2, 0.5) != before
    until(notebook, "len(heard) == 1")
    assert told(notebook, "[heard[0] > 100, heard[0] == int(view.painted.sum())]") == [True, True]
    assert told(notebook, "view.painted[16, 10].item()") is True
    assert told(notebook, "[s['tool'] for s in view.strokes]") == ["brush"]

    canvas.focus()
    notebook.page.keyboard.press("Control+z")
    until(notebook, "heard[1:] == [0]")
    notebook.page.keyboard.press("Control+y")
    until(notebook, "len(heard) == 3 and heard[2] == heard[0]")
    output.get_by_label("Clear what is painted").click()
    until(notebook, "heard[3:] == [0]")
    assert notebook.page_errors == []


def test_the_keyboard_alone_paints_and_leaves_the_notebook_alone(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, canvas = shown
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    canvas.focus()
    for key in ("b", "ArrowLeft", "Shift+ArrowUp", "]", "Space", "e", "i", "0", "+", "-", "x", "d"):
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("d")
    until(notebook, "len(heard) == 1 and heard[0] > 0")
    assert told(notebook, "view.strokes[0]['points']") == [[23.5, 6.5]]
    until(notebook, "view.tool == 'inspect' and view.brush_size == 20")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)


def test_it_answers_while_a_cell_runs(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, canvas = shown
    notebook.py("view.tool = 'brush'")
    expect(canvas).to_have_attribute("data-tool", "brush")
    notebook.start(2)
    before = pixel(canvas, 0.2, 0.5)
    drag(canvas, (0.1, 0.5), (0.4, 0.5))
    assert pixel(canvas, 0.2, 0.5) != before
    notebook.interrupt()
    until(notebook, "len(heard) == 1")


def test_layers_set_at_once_wait_for_the_picture(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEW + "\nview.set_mask(values > 0.5)\nview"])
    canvas = notebook.run(0).locator(".rw-canvas")
    canvas.wait_for()
    for _ in range(100):
        if pixel(canvas, 0.1, 0.5) not in ([0, 0, 0], [100, 100, 100]):
            break
        notebook.page.wait_for_timeout(50)
    assert 0 < pixel(canvas, 0.1, 0.5)[0] < 80  # dimmed
    expect(notebook.output(0).locator(".rw-error")).to_be_hidden()


def test_wheel_zoom_and_pan_are_kept_in_the_kernel(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, canvas = shown
    canvas.click()
    notebook.page.mouse.wheel(0, -400)
    until(notebook, "view.zoom > 1.5")
    drag(canvas, (0.6, 0.5), (0.4, 0.5))
    until(notebook, "view.pan_x > 1")
    notebook.py("view.zoom = 1")
    expect(notebook.output(0).get_by_label("Fit the whole picture")).to_be_disabled()


def test_a_second_view_shows_what_is_painted(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, canvas = shown
    notebook.py("view.tool = 'brush'")
    expect(canvas).to_have_attribute("data-tool", "brush")
    drag(canvas, (0.1, 0.5), (0.4, 0.5))
    until(notebook, "len(heard) == 1")
    painted = pixel(canvas, 0.2, 0.5)
    again = notebook.run(1).locator(".rw-canvas")
    again.wait_for()
    assert pixel(again, 0.2, 0.5) == painted
    again.focus()
    notebook.page.keyboard.press("Control+z")
    until(notebook, "heard[1:] == [0]")
    assert pixel(canvas, 0.2, 0.5) == pixel(again, 0.2, 0.5) == [100, 100, 100]


def test_a_press_is_queued_at_once_and_then_taken(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEW, CONTROLS, HELD.format(seconds=20)])
    notebook.run(0)
    output = notebook.run(1)
    pause = output.locator("[data-action=pause]")
    expect(output.locator("[data-action=start]")).to_have_attribute("aria-disabled", "true")
    notebook.hold(2)
    pause.click()
    expect(pause).to_have_text("queued…", timeout=1000)
    notebook.interrupt()
    expect(pause).to_have_text("Pause")
    until(notebook, "heard == ['pause']")
    notebook.py("controls.status = 'paused'")
    expect(output.locator("[data-action=resume]")).to_have_attribute("aria-disabled", "false")
    notebook.py("controls.fraction = 0.25")
    expect(output.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")


def test_a_class_is_chosen_and_labels_are_text(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEW, CONTROLS])
    notebook.run(0)
    output = notebook.run(1)
    bars = output.locator(".rw-class")
    expect(bars.first).to_contain_text("<i>one</i>")
    expect(bars.first).to_have_attribute("aria-pressed", "true")
    bars.nth(1).focus()
    notebook.page.keyboard.press("Enter")
    until(notebook, "heard == [2]")
    notebook.py("bars.chosen = 2")
    expect(bars.nth(1)).to_have_attribute("aria-pressed", "true")
