"""`%explain` as a person meets it: run the cell, watch, steer, and keep what is found."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook

SETUP = """
%load_ext rex_widgets
import time, numpy as np

class Bright:
    'Class 1 where a square is bright, class 2 where a corner is; slow enough to be watched.'
    pause = 0.03
    calls = 0
    def __call__(self, batch):
        self.calls += 1
        time.sleep(self.pause)
        images = np.asarray(batch)
        square = images[:, :, 20:36, 20:36].mean(axis=(1, 2, 3))
        corner = images[:, :, 44:, 44:].mean(axis=(1, 2, 3))
        return np.stack([np.full(len(images), .6), 4 * square, 3 * corner], axis=1)

model = Bright()
img = np.zeros((64, 64, 3), np.uint8)
img[20:36, 20:36] = 255
img[44:, 44:] = 120
open('names.txt', 'w').write('nothing\\nsquare\\ncorner\\n')
"""
FLAGS = (
    "--seed 1 --input-shape 3,64,64 --mean 0 --std 1 --labels names.txt --min-box-size 4 "
    "--batch-size 8"
)
LONG = f"run = %explain img model {FLAGS} --iters 3000"
SHORT = f"%explain img model {FLAGS} --iters 4 --minimise-budget 40"

_PIXELS = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4)
        sum = (sum * 31 + data[i] * 65536 + data[i + 1] * 256 + data[i + 2]) % 2147483647;
    return sum;
}"""


def _until(condition: Callable[[], Any], notebook: NotebookPage, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        notebook.page.wait_for_timeout(50)


class Panel:
    """The panel below a cell."""

    def __init__(self, notebook: NotebookPage, cell: Locator) -> None:
        self.notebook = notebook
        self.cell = cell
        self.canvas = cell.locator(".rw-canvas").first
        self.line = cell.locator(".rw-line")
        self.badge = cell.locator(".rw-badge")
        self.bars = self.classes("The model's answer").locator(".rw-class")
        self.canvas.wait_for(state="attached")

    def classes(self, title: str) -> Locator:
        return self.cell.locator(".rw-classes").filter(has_text=title)

    def button(self, action: str) -> Locator:
        return self.cell.locator(f"[data-action='{action}']")

    def pixels(self) -> int:
        return int(self.canvas.evaluate(_PIXELS))

    def changes_from(self, before: int) -> None:
        _until(lambda: self.pixels() != before, self.notebook)

    def is_now(self, status: str) -> None:
        expect(self.line).to_have_attribute("data-status", status, timeout=60_000)

    def evaluations(self) -> int:
        words = self.line.inner_text().replace("\u202f", "")
        found = [part for part in words.split(" · ") if part.endswith(" evaluations")]
        return int(found[0].split()[0]) if found else 0


@pytest.fixture
def explained(open_notebook: OpenNotebook) -> Callable[..., Panel]:
    def open_one(line: str, *more: str) -> Panel:
        notebook = open_notebook([SETUP, line, *more])
        notebook.run(0)
        return Panel(notebook, notebook.run(1))

    return open_one


def test_it_comes_alive_and_obeys(explained: Callable[..., Panel]) -> None:
    panel = explained(LONG)
    panel.is_now("running")
    # The map sharpens while the search runs, and the kernel is free meanwhile.
    for _ in range(3):
        panel.changes_from(panel.pixels())
    assert panel.notebook.py("print(run.status)").strip() == "running"
    expect(panel.bars.first).to_contain_text("square")

    panel.button("pause").click()
    panel.is_now("paused")
    shown, counted = panel.evaluations(), int(panel.notebook.py("print(model.calls)"))
    panel.notebook.page.wait_for_timeout(300)
    assert int(panel.notebook.py("print(model.calls)")) == counted
    assert panel.evaluations() == shown

    panel.button("step").click()
    _until(lambda: int(panel.notebook.py("print(model.calls)")) > counted, panel.notebook)
    panel.is_now("paused")

    panel.button("resume").click()
    panel.is_now("running")
    _until(lambda: panel.evaluations() > shown + 20, panel.notebook)

    panel.button("stop").click()
    panel.is_now("cancelled")
    assert panel.notebook.py("print(run.status, run.result().area > 0)").split() == [
        "cancelled",
        "True",
    ]
    assert panel.notebook.page_errors == []


def test_the_slider_extends_the_search(explained: Callable[..., Panel]) -> None:
    panel = explained(f"run = {SHORT}")
    panel.is_now("finished")
    expect(panel.badge).to_have_text("verified")
    before = panel.evaluations()
    handle = panel.cell.get_by_role("slider", name="Iterations")
    for iters in ("5", "6", "7"):
        # The output may be drawn anew just now, and a key that meets the old one is lost.
        handle.press("ArrowRight")
        _until(lambda n=iters: panel.notebook.py("print(run.iters)").strip() == n, panel.notebook)
        panel.is_now("finished")
    panel.is_now("finished")
    _until(lambda: panel.evaluations() > before, panel.notebook)
    expect(panel.cell.locator(".rw-panel-code textarea")).to_have_value(
        "%explain img model --iters 7 --seed 1 --batch-size 8 --minimise-budget 40 "
        "--min-box-size 4 --input-shape 3,64,64 --mean 0 --std 1 --labels names.txt"
    )


def test_a_pressed_class_is_explained(explained: Callable[..., Panel]) -> None:
    panel = explained(f"run = {SHORT}")
    panel.is_now("finished")
    before = panel.pixels()
    corner = panel.bars.filter(has_text="corner")
    corner.click()
    expect(corner).to_have_attribute("aria-pressed", "true")
    panel.is_now("finished")
    panel.changes_from(before)
    expect(panel.cell.locator(".rw-panel-facts")).to_contain_text("corner (class 2)")


def test_the_brush_asks_what_if(explained: Callable[..., Panel]) -> None:
    panel = explained(f"run = {SHORT}")
    panel.is_now("finished")
    hidden = panel.classes("With the painted part hidden")
    expect(hidden).to_be_hidden()
    panel.cell.get_by_role("button", name="Brush", exact=True).click()
    panel.canvas.scroll_into_view_if_needed()
    box = panel.canvas.bounding_box()
    assert box is not None
    mouse, unit = panel.notebook.page.mouse, box["width"] / 64
    for row in (22, 28, 34):
        mouse.move(box["x"] + 18 * unit, box["y"] + row * unit)
        mouse.down()
        mouse.move(box["x"] + 38 * unit, box["y"] + row * unit, steps=5)
        mouse.up()
    expect(hidden.locator(".rw-class").first).to_contain_text("corner")
    panel.cell.get_by_role("button", name="Clear what is painted").click()
    expect(hidden).to_be_hidden()


def test_the_look_answers_while_the_kernel_is_busy(explained: Callable[..., Panel]) -> None:
    panel = explained(f"run = {SHORT}", "while not globals().get('enough'):\n    time.sleep(.05)")
    panel.is_now("finished")
    panel.notebook.start(2)
    panel.notebook.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    for name in ("Threshold", "Opacity"):
        before = panel.pixels()
        handle = panel.cell.get_by_role("slider", name=name)
        handle.focus()
        for _ in range(8):  # a small threshold may lie below everything in the map
            handle.press("PageUp")
        panel.changes_from(before)
    before = panel.pixels()
    panel.cell.get_by_label("Colours").select_option("viridis")
    panel.changes_from(before)
    before = panel.pixels()
    panel.cell.get_by_label("Explanation", exact=True).uncheck()
    panel.changes_from(before)
    panel.notebook.interrupt()
    panel.notebook.wait_idle()


def test_the_file_keeps_a_picture_and_text(explained: Callable[..., Panel]) -> None:
    panel = explained(SHORT)
    panel.is_now("finished")

    def outputs() -> list[dict[str, Any]]:
        model = "window.jupyterapp.shell.currentWidget.context.model.toJSON()"
        found: list[dict[str, Any]] = json.loads(
            panel.notebook.page.evaluate(f"() => JSON.stringify({model}.cells[1].outputs)")
        )
        return found

    def verified() -> bool:
        return "Verified" in "".join(outputs()[0]["data"]["text/plain"])

    _until(verified, panel.notebook)
    assert len(outputs()) == 1  # the run itself is not shown a second time
    data = outputs()[0]["data"]
    assert "".join(data["image/png"]).startswith("iVBORw0KGgo")
    assert "square (class 1)" in "".join(data["text/plain"])
    assert panel.notebook.py("print(type(_).__name__)").strip() == "Run"
    assert panel.notebook.page_errors == []


def test_wait_shows_a_bar_and_gives_the_explanation(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, f"{SHORT} --wait", f"{LONG} --wait --into found"])
    notebook.run(0)
    cell = notebook.run(1)
    expect(cell.locator(".jp-OutputArea progress")).to_have_attribute("value", "1.000")
    expect(cell.locator(".jp-OutputArea-executeResult img")).to_be_visible()
    cell = notebook.start(2)
    expect(cell.locator(".jp-OutputArea progress")).to_be_visible()
    expect(cell.locator(".jp-OutputArea")).to_contain_text("searching")
    notebook.interrupt()
    expect(cell.locator(".jp-OutputArea")).to_contain_text("Interrupted after")
    notebook.wait_idle()
    assert notebook.py("print(type(found).__name__, found.target.index)").split() == [
        "Explanation",
        "1",
    ]


def test_a_model_that_raises_keeps_the_rest(explained: Callable[..., Panel]) -> None:
    panel = explained(LONG)
    _until(lambda: panel.evaluations() > 20, panel.notebook)
    panel.notebook.py("Bright.__call__ = lambda self, batch: 1 / 0")
    panel.is_now("failed")
    trouble = panel.cell.locator(".rw-panel-trouble")
    expect(trouble).to_contain_text("ZeroDivisionError")
    expect(trouble.locator("pre")).to_have_count(1)
    expect(trouble.locator("pre")).to_be_hidden()
    trouble.locator("summary").click()
    expect(trouble.locator("pre")).to_contain_text("1 / 0")
    expect(panel.bars.first).to_contain_text("square")
    assert panel.notebook.page_errors == []


def test_the_kernel_restarts_while_a_search_runs(explained: Callable[..., Panel]) -> None:
    panel = explained(LONG)
    _until(lambda: panel.evaluations() > 20, panel.notebook)
    panel.notebook.restart()
    assert panel.notebook.py("print(6 * 7)").strip() == "42"


def test_keyboard_alone(explained: Callable[..., Panel]) -> None:
    panel = explained(LONG)
    panel.is_now("running")
    panel.button("pause").focus()
    panel.notebook.page.keyboard.press("Enter")
    panel.is_now("paused")
    # The output is drawn anew at each rest, and the focus stays where it was.
    expect(panel.button("pause")).to_be_focused()
    panel.button("resume").focus()
    panel.notebook.page.keyboard.press("Space")
    panel.is_now("running")
    panel.button("stop").focus()
    panel.notebook.page.keyboard.press("Enter")
    panel.is_now("cancelled")
