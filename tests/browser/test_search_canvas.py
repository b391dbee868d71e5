"""SearchCanvas in a notebook: live, replayed, by mouse and by keyboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import HELD, NotebookPage, OpenNotebook

RUN = """
import json, threading, numpy as np
import rex_widgets as rw
from rex_widgets.widgets import SearchCanvas
image = np.full((64, 64, 3), 40, np.uint8); image[20:36, 20:36] = 255
def model(batch):
    square = np.asarray(batch)[:, :, 20:36, 20:36].mean(axis=(1, 2, 3))
    return np.stack([np.full(len(square), 0.6), 4 * square], axis=1)
run = rw.start(image, model, input_shape=(3, 64, 64), mean=0.0, std=1.0, seed=1, iters=6,
               labels=["nothing", "a <b>bright</b> square"], min_box_size=4, minimise_budget=0)
canvas = SearchCanvas(run)
canvas
"""
DRIVE = "for _ in run: pass"


def told(notebook: NotebookPage, expression: str) -> Any:
    return json.loads(notebook.py(f"print(json.dumps({expression}))"))


def until(notebook: NotebookPage, expression: str) -> None:
    """Wait until an expression is true in the kernel: messages take a moment."""
    for _ in range(400):
        if told(notebook, f"bool({expression})"):
            return
        notebook.page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def colour(canvas: Locator, x: float, y: float) -> list[int]:
    """Return the colour at a position given as shares of the canvas."""
    found: list[int] = canvas.evaluate(
        """(canvas, [x, y]) => [...canvas.getContext('2d')
            .getImageData(x * canvas.width, y * canvas.height, 1, 1).data]""",
        [x, y],
    )
    return found[:3]


def wait_for_colour(canvas: Locator, x: float, y: float, bright: bool) -> None:
    for _ in range(400):
        if (min(colour(canvas, x, y)) > 200) == bright and sum(colour(canvas, x, y)) > 0:
            return
        canvas.page.wait_for_timeout(25)
    raise AssertionError(f"the colour at {x}, {y} stays {colour(canvas, x, y)}")


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([RUN, DRIVE, HELD.format(seconds=20)])
    notebook.run(0)
    output = notebook.output(0)
    output.locator("canvas").wait_for()
    output.locator(".rw-search").wait_for()
    return notebook, output


def test_it_follows_a_run_that_a_cell_drives_and_replays_it(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    canvas = output.locator("canvas")
    wait_for_colour(canvas, 0.45, 0.45, bright=False)
    expect(output.locator(".rw-search-summary")).to_have_text("No box has been split yet.")
    notebook.run(1)
    notebook.wait_idle()
    until(notebook, "canvas.position == len(run.trace) > 5")
    expect(output.locator(".rw-search-summary")).to_contain_text("Tree 6 of 6")
    slider = output.locator(".rw-search-slider")
    count = told(notebook, "len(run.trace)")
    expect(slider).to_have_attribute("aria-valuetext", f"split {count} of {count}")

    slider.focus()
    notebook.page.keyboard.press("Home")
    until(notebook, "canvas.position == 1")
    expect(output.locator(".rw-search-summary")).to_contain_text("14 mutants")
    notebook.page.keyboard.press("ArrowRight")
    until(notebook, "canvas.position == 2")
    output.get_by_label("Previous split").click()
    until(notebook, "canvas.position == 1")
    output.locator(".rw-search-speed").select_option("200")
    output.get_by_label("Play", exact=True).click()
    until(notebook, "canvas.position == len(run.trace)")
    expect(output.get_by_label("Play", exact=True)).to_be_visible()
    assert notebook.page_errors == []


def test_a_mutant_is_looked_at_by_mouse_and_by_keyboard(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    notebook.py(DRIVE + "\ncanvas.seek(1)")
    until(notebook, "canvas.position == 1")
    canvas = output.locator("canvas")
    canvas.scroll_into_view_if_needed()
    child = told(notebook, "list(run.trace[0].children[3])")
    middle = [(child[2] + child[3]) / 128, (child[0] + child[1]) / 128]
    box = canvas.bounding_box()
    assert box
    notebook.page.mouse.click(
        box["x"] + box["width"] * middle[0], box["y"] + box["height"] * middle[1]
    )
    until(notebook, "canvas.chosen == 3")
    detail = output.locator(".rw-search-detail")
    expect(detail).to_contain_text("Mutant 4 of 14 shows part 4")
    expect(output.locator("img.rw-figure-image")).to_be_visible()

    # the bright square is lit up exactly in the mutants that show it
    lit = told(
        notebook,
        "[m for m in range(14) if any(b[0] <= 28 < b[1] and b[2] <= 28 < b[3]"
        " for b in run.trace[0].kept(m))]",
    )
    dark = next(m for m in range(14) if m not in lit)
    chosen = output.locator(".rw-search-mutant")
    chosen.nth(lit[0]).click()
    wait_for_colour(canvas, 28 / 64, 28 / 64, bright=True)
    chosen.nth(dark).click()
    wait_for_colour(canvas, 28 / 64, 28 / 64, bright=False)

    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    chosen.nth(dark).focus()
    notebook.page.keyboard.press("Home")
    until(notebook, "canvas.chosen == 0")
    notebook.page.keyboard.press("ArrowRight")
    until(notebook, "canvas.chosen == 1")
    expect(chosen.nth(1)).to_be_focused()
    expect(chosen.nth(1)).to_have_attribute("aria-checked", "true")
    notebook.page.keyboard.press("b")
    notebook.page.keyboard.press("Escape")
    until(notebook, "canvas.chosen is None")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    expect(output.locator(".rw-search-mutant").first).to_have_attribute(
        "title", told(notebook, _title()), timeout=10_000
    )
    assert output.locator(".rw-search b b").count() == 0, "names of classes are text"


def _title() -> str:
    return (
        "(lambda s: f\"Mutant 1, part 1: {'passed' if s.passed[0] else 'failed'}; the model says "
        '{run.classifier.label(s.given[0])}, {round(100 * s.confidence[0])}%")(run.trace[0])'
    )


def test_a_press_is_shown_as_queued_while_a_cell_runs(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, output = shown
    notebook.py(DRIVE + "\ncanvas.seek(1)")
    expect(output.locator(".rw-search-summary")).to_contain_text("14 mutants")
    notebook.hold(2)
    play = output.locator(".rw-search-row button").nth(1)
    play.click()
    expect(play).to_have_attribute("aria-label", "Play, queued", timeout=3000)
    notebook.interrupt()
    expect(play).not_to_have_attribute("data-queued", "true")
    notebook.wait_idle()
    until(notebook, "canvas.position > 1")


def test_a_closed_canvas_is_gone(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    notebook.py("thread = canvas._thread; canvas.close(); thread.join(10)")
    assert told(notebook, "thread.is_alive()") is False
    expect(output.locator("canvas")).to_have_count(0)
    assert notebook.page_errors == []
