"""VolumeView in a notebook: sides, crosshair, scrolling, windowing, painting, playing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook

# A mark at the patient's left, anterior, superior corner, in an array whose axes point towards
# posterior, inferior and right; the file's affine says so. Voxels of 2 × 4 × 1 mm.
MARKED = """
import time, numpy as np
from rex_widgets.axes import Axes
from rex_widgets.widgets import VolumeView
affine = np.array([[0, 0, 1, -20], [-2, 0, 0, 30], [0, -4, 0, 25], [0, 0, 0, 1]], float)
data = np.full((30, 12, 40), 100, np.uint8)
data[:8, :3, :10] = 200
heard = []
view = VolumeView(data, axes=Axes(("", "", ""), ("mm",) * 3, (2, 4, 1), affine=affine), width=600)
view.window, view.level = 200, 100
view.show_crosshair = False
view.crosshair = [2, 1, 4]
view.on_stroke(lambda region: heard.append(int(region.sum())))
view
"""
VIEW = """
import time, numpy as np
from rex_widgets.axes import Axes
from rex_widgets.widgets import VolumeView
data = np.arange(40 * 50 * 30, dtype=np.uint16).reshape(40, 50, 30)
axes = Axes(("right", "anterior", "superior"), ("mm",) * 3, (1, 1, 1), affine=np.eye(4))
heard = []
view = VolumeView(data, axes=axes, width=600)
values = np.zeros(data.shape); values[10:20, 10:20, 10:20] = 0.5; values[30, 12, 7] = 1
view.set_map(values)
view.set_mask(values > 0)
view.on_stroke(lambda region: heard.append(int(region.sum())))
view
"""


def until(notebook: NotebookPage, expression: str) -> None:
    """Wait until an expression is true in the kernel: messages take a moment."""
    for _ in range(200):
        if notebook.py(f"print(bool({expression}))").strip() == "True":
            return
        notebook.page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


def told(notebook: NotebookPage, expression: str) -> Any:
    return json.loads(notebook.py(f"import json; print(json.dumps({expression}))"))


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


def becomes(canvas: Locator, x: float, y: float, colour: list[int]) -> None:
    found: list[int] = []
    for _ in range(100):
        found = pixel(canvas, x, y)
        if all(abs(a - b) < 6 for a, b in zip(found, colour, strict=True)):
            return
        canvas.page.wait_for_timeout(30)
    raise AssertionError(f"{found} at {x}, {y}, not {colour}")


def panel(output: Locator, plane: str) -> Locator:
    return output.locator(f".rw-panel:has(canvas[data-plane={plane}])")


def slice_of(output: Locator, plane: str) -> Locator:
    return output.locator(f"canvas[data-plane={plane}]")


def drag(canvas: Locator, start: tuple[float, float], end: tuple[float, float], **how: Any) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    mouse = canvas.page.mouse
    mouse.move(*at[0])
    mouse.down(**how)
    mouse.move(*at[1], steps=6)
    mouse.up(**how)


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([VIEW, "view", "time.sleep(8)"])
    output = notebook.run(0)
    slice_of(output, "axial").wait_for()
    expect(output.locator("[data-reading=voxel]")).to_have_text("20, 25, 15")
    return notebook, output


def test_left_is_left_in_both_conventions(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([MARKED])
    output = notebook.run(0)
    axial, coronal, sagittal = (slice_of(output, name) for name in ("axial", "coronal", "sagittal"))
    axial.wait_for()
    mark, plain = [255, 255, 255], [128, 128, 128]
    for convention, left_edge, here, there in [
        ("radiological", "R", 0.85, 0.15),
        ("neurological", "L", 0.15, 0.85),
    ]:
        notebook.py(f"view.convention = {convention!r}")
        for plane, top in (("axial", "A"), ("coronal", "S")):
            edges = panel(output, plane)
            expect(edges.locator(".rw-edge-left")).to_have_text(left_edge)
            expect(edges.locator(".rw-edge-right")).to_have_text("L" if left_edge == "R" else "R")
            expect(edges.locator(".rw-edge-top")).to_have_text(top)
            becomes(slice_of(output, plane), here, 0.12, mark)
            becomes(slice_of(output, plane), there, 0.12, plain)
            becomes(slice_of(output, plane), here, 0.8, plain)
        becomes(sagittal, 0.12, 0.12, mark)
        becomes(sagittal, 0.88, 0.12, plain)
        expect(panel(output, "sagittal").locator(".rw-edge-left")).to_have_text("A")
        expect(output.locator(".rw-info")).to_contain_text(convention.capitalize())
    expect(output.locator(".rw-info")).to_contain_text("30 × 12 × 40 voxels of 2 × 4 × 1 mm")
    # 40 mm wide and 60 mm long; 48 mm high: a millimetre is as long in every direction.
    shape = axial.evaluate("c => c.clientWidth / c.clientHeight")
    assert shape == pytest.approx(40 / 60, rel=0.02)
    assert coronal.evaluate("c => c.clientWidth / c.clientHeight") == pytest.approx(
        40 / 48, rel=0.02
    )
    # The mark's voxels, in the scan's own millimetres: left (negative x), anterior, superior.
    expect(output.locator("[data-reading=place]")).to_have_text("−16.0, 26.0, 21.0")
    assert notebook.page_errors == []


def test_one_click_moves_all_three(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    axial = slice_of(output, "axial")
    axial.scroll_into_view_if_needed()
    box = axial.bounding_box()
    assert box
    # Radiological: a click on the left is on the patient's right; high up is anterior.
    axial.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.1})
    until(notebook, "34 < view.crosshair[0] < 37 and 43 < view.crosshair[1] < 46")
    assert told(notebook, "view.crosshair[2]") == 15
    notebook.py("view.crosshair = [36, 45, 15]")
    expect(panel(output, "sagittal").locator(".rw-depth")).to_have_text("37 / 40")
    expect(panel(output, "coronal").locator(".rw-depth")).to_have_text("46 / 50")
    expect(output.locator("[data-reading=value]")).to_have_text(str(36 * 1500 + 45 * 30 + 15))
    drag(slice_of(output, "coronal"), (0.5, 0.5), (0.9, 0.05))
    until(notebook, "view.crosshair[0] < 6 and view.crosshair[1] == 45 and view.crosshair[2] > 26")


def test_wheel_and_keys_scroll(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    axial = slice_of(output, "axial")
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    axial.focus()
    axial.hover()
    notebook.page.mouse.wheel(0, -100)
    expect(panel(output, "axial").locator(".rw-depth")).to_have_text("17 / 30")
    for key in ("PageUp", "Shift+PageUp", "PageDown", ".", ",", "x", "d"):
        notebook.page.keyboard.press(key)
    expect(panel(output, "axial").locator(".rw-depth")).to_have_text("27 / 30")
    notebook.page.keyboard.press("End")
    until(notebook, "view.crosshair == [20, 25, 29]")
    slice_of(output, "coronal").focus()
    # To the right of the screen is to the patient's left, where the index is lower.
    for key in ("ArrowRight", "Shift+ArrowDown", "Home"):
        notebook.page.keyboard.press(key)
    until(notebook, "view.crosshair == [19, 0, 19]")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    assert notebook.page_errors == []


def test_window_and_level(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    before = told(notebook, "[view.window, view.level]")
    axial = slice_of(output, "axial")
    drag(axial, (0.3, 0.5), (0.7, 0.5), button="right")
    until(notebook, f"view.window > {before[0]} and abs(view.level - {before[1]}) < 1")
    drag(axial, (0.5, 0.7), (0.5, 0.3), button="right")
    until(notebook, f"view.level < {before[1]}")
    assert told(notebook, "view.crosshair") == [20, 25, 15]
    output.get_by_role("button", name="Full range").click()
    until(notebook, "(view.window, view.level) == (59999, 29999.5)")
    output.get_by_role("slider", name="Level").press("Home")
    until(notebook, "view.level == 0")


def test_painting_reaches_the_kernel_once_a_stroke(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    output.get_by_role("button", name="Brush").click()
    axial = slice_of(output, "axial")
    before = pixel(axial, 0.5, 0.5)
    drag(axial, (0.4, 0.3), (0.6, 0.3))
    until(notebook, "len(heard) == 1")
    assert told(notebook, "[heard[0] == int(view.region.sum()), len(view.strokes)]") == [True, 1]
    # A ball of 6 mm: it reaches two or three slices up and down.
    slices = set(told(notebook, "np.unique(np.nonzero(view.region)[2]).tolist()"))
    assert {13, 14, 15, 16, 17} <= slices <= set(range(12, 19))
    assert told(notebook, "view.region[20, 34, 15].item()") is True
    notebook.page.keyboard.press("s")
    axial.focus()
    for key in ("s", "s", "s", "Space"):
        notebook.page.keyboard.press(key)
    until(notebook, "len(heard) == 2 and view.brush_shape in ('slice', 'ball')")
    for key, wanted in (("z", "heard[0]"), ("z", "0"), ("y", "heard[0]"), ("y", "heard[1]")):
        count = told(notebook, "len(heard)")
        notebook.page.keyboard.press(f"Control+{key}")
        until(notebook, f"len(heard) == {count + 1} and heard[-1] == {wanted}")
    assert pixel(axial, 0.5, 0.3) != before

    again = notebook.run(1)
    slice_of(again, "axial").wait_for()
    assert pixel(slice_of(again, "axial"), 0.55, 0.3) == pixel(axial, 0.55, 0.3)
    again.get_by_label("Clear what is painted").click()
    until(notebook, "heard[-1] == 0 and not view.region.any()")
    notebook.py("view.region = values > 0.7")
    expect(output.get_by_label("Clear what is painted")).to_be_enabled()
    assert notebook.page_errors == []


def test_it_answers_while_a_cell_runs(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    notebook.start(2)
    axial = slice_of(output, "axial")
    axial.focus()
    notebook.page.keyboard.press("PageUp")
    expect(panel(output, "axial").locator(".rw-depth")).to_have_text("17 / 30")
    notebook.page.keyboard.press("b")
    drag(axial, (0.3, 0.3), (0.5, 0.3))
    notebook.page.keyboard.press("Control+z")
    notebook.interrupt()
    until(notebook, "len(heard) == 2 and heard[0] > 0 and heard[1] == 0")


def test_jump_play_and_project(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    output.get_by_label("Jump to the map's maximum").click()
    until(notebook, "view.crosshair == [30, 12, 7]")
    expect(output.locator("[data-reading=map]")).to_have_text("1")
    expect(output.locator("[data-reading=belongs]")).to_have_text("in the explanation")
    output.get_by_label("Play through the slices").click()
    depth = panel(output, "axial").locator(".rw-depth")
    expect(depth).not_to_have_text("8 / 30")
    output.get_by_label("Stop playing").click()
    until(notebook, "not view.playing and view.crosshair[2] != 7 and view.crosshair[0] == 30")
    notebook.py("view.show_map = view.show_mask = view.show_crosshair = False")
    output.get_by_text("Maximum projection").click()
    # The volume's largest values lie at the end of every axis: all of the axial view is bright.
    notebook.py("view.window, view.level = 58500, 29250")
    becomes(slice_of(output, "axial"), 0.02, 0.5, [255] * 3)
    expect(output.get_by_role("button", name="Brush")).to_be_disabled()


def test_a_reload_brings_everything_back(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, output = shown
    notebook.py("view.crosshair = [1, 2, 3]; view.tool = 'brush'; view.convention = 'neurological'")
    drag(slice_of(output, "axial"), (0.4, 0.3), (0.6, 0.3))
    until(notebook, "len(heard) == 1")
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.reload()
    notebook.page.locator("canvas[data-plane=axial]").first.wait_for(timeout=60_000)
    back = notebook.page.locator(".jp-Cell").first
    expect(back.locator("[data-reading=voxel]")).to_have_text("1, 2, 3")
    expect(panel(back, "axial").locator(".rw-edge-left")).to_have_text("L")
    expect(back.get_by_label("Undo")).to_be_enabled()
