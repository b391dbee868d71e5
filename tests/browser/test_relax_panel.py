"""`%explain --method relax` as a person meets it: maps, threshold, neighbours, brush, stop."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook

SETUP = """
%load_ext rex_widgets
import json, time, numpy as np

class Encoder:
    'Brightness of a square, of a corner, and a constant; slow enough to be watched.'
    pause = 0.02
    calls = 0
    def __call__(self, batch):
        self.calls += 1
        time.sleep(self.pause)
        images = np.asarray(batch)
        square = 5 * images[:, :, 20:36, 20:36].mean(axis=(1, 2, 3))
        corner = images[:, :, 44:, 44:].mean(axis=(1, 2, 3))
        return np.stack([square, corner, np.full(len(images), .2)], axis=1).astype('f4')

def made(corner):
    image = np.zeros((64, 64, 3), np.uint8)
    image[20:36, 20:36] = 255
    image[44:, 44:] = corner
    return image

encoder = Encoder()
img = made(120)
photos = [made(250), made(120), made(0)]
"""
FLAGS = "--method relax --seed 1 --input-shape 3,64,64 --mean 0 --std 1 --batch-size 32"
LONG = f"run = %explain img encoder {FLAGS} --num-batches 4000 --stopping never"
SHORT = f"run = %explain img encoder {FLAGS} --num-batches 12 --stopping never"
WITH_GALLERY = f"{SHORT} --gallery photos"

_PIXELS = """async canvas => {
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4)
        sum = (sum * 31 + data[i] * 65536 + data[i + 1] * 256 + data[i + 2]) % 2147483647;
    return sum;
}"""


class Shown:
    """A panel below a cell."""

    def __init__(self, notebook: NotebookPage, cell: Locator) -> None:
        self.notebook, self.cell = notebook, cell
        self.line = cell.locator(".rw-line")
        self.names = cell.locator(".rwl-name")
        self.tiles = cell.locator(".rwl-pixels")

    def is_now(self, status: str) -> None:
        expect(self.line).to_have_attribute("data-status", status, timeout=60_000)

    def press(self, action: str) -> None:
        self.cell.locator(f"[data-action='{action}']").click()

    def open(self, title: str) -> None:
        tab = self.cell.get_by_role("tab", name=title, exact=True)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")

    def pixels(self, name: str) -> int:
        number = self.names.all_inner_texts().index(name)
        return int(self.tiles.nth(number).evaluate(_PIXELS))

    def changes_from(self, before: int, name: str) -> None:
        end = time.monotonic() + 60
        while self.pixels(name) == before:
            assert time.monotonic() < end, "nothing changed"
            self.notebook.page.wait_for_timeout(50)

    def told(self, expression: str) -> Any:
        return json.loads(self.notebook.py(f"print(json.dumps({expression}))"))

    def place(self, canvas: Locator) -> dict[str, float]:
        """Where a canvas is, in the window and at rest: a page that has just opened still moves."""
        before = None
        for _ in range(50):
            canvas.scroll_into_view_if_needed()
            now = canvas.bounding_box()
            if now is not None and now == before and now["width"] > 10:
                return dict(now)
            before = now
            self.notebook.page.wait_for_timeout(150)
        raise AssertionError(f"the canvas does not come to rest: {before}")

    def drag(self, canvas: Locator, *points: tuple[float, float]) -> None:
        """Drag between places that are given as shares of a canvas."""
        box = self.place(canvas)
        mouse = self.notebook.page.mouse
        at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
        mouse.move(*at[0])
        mouse.down()
        for point in at[1:]:
            mouse.move(*point, steps=5)
        mouse.up()


def shown(open_notebook: OpenNotebook, line: str, *more: str) -> Shown:
    notebook = open_notebook([SETUP, line, *more])
    notebook.run(0)
    return Shown(notebook, notebook.run(1))


MAPS = ["photo", "importance", "uncertainty", "U-RELAX"]


def test_maps_sharpen_and_it_obeys(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, LONG)
    panel.is_now("running")
    expect(panel.names).to_have_text(MAPS)
    for _ in range(2):
        panel.changes_from(panel.pixels("importance"), "importance")
    expect(panel.line).to_contain_text("of at most 128\u202f000 masks")
    assert panel.told("run.status") == "running"

    panel.press("pause")
    panel.is_now("paused")
    calls = panel.told("encoder.calls")
    panel.notebook.page.wait_for_timeout(300)
    assert panel.told("encoder.calls") == calls
    panel.press("step")
    panel.notebook.py(f"while encoder.calls == {calls}: time.sleep(.02)")
    panel.is_now("paused")
    panel.press("resume")
    panel.is_now("running")
    panel.press("stop")
    panel.is_now("cancelled")
    assert panel.told("[run.status, run.result().masks > 0]") == ["cancelled", True]
    expect(panel.cell.locator(".rw-panel-facts")).to_contain_text("similar to itself")
    assert panel.notebook.page_errors == []


def test_the_threshold_needs_no_kernel(open_notebook: OpenNotebook) -> None:
    busy = "while not globals().get('enough'):\n    time.sleep(.05)"
    panel = shown(open_notebook, SHORT, busy)
    panel.is_now("finished")
    expect(panel.names).to_have_text(MAPS)
    slider = panel.cell.get_by_role("slider", name="uncertainty at most")
    panel.notebook.start(2)
    panel.notebook.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    importance = panel.pixels("importance")
    for key in ("PageUp", "PageDown", "End"):
        before = panel.pixels("U-RELAX")
        slider.press(key)
        panel.changes_from(before, "U-RELAX")
    assert panel.pixels("importance") == importance
    panel.notebook.interrupt()
    panel.notebook.wait_idle()
    assert panel.notebook.page_errors == []


def test_the_slider_of_masks_extends(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    assert panel.told("run.result().masks") == 384
    panel.cell.get_by_role("slider", name="Masks").press("ArrowRight")
    expect(panel.line).to_contain_text("416 masks")
    panel.is_now("finished")
    expect(panel.cell.locator(".rw-panel-code textarea")).to_have_value(
        "%explain img encoder --method relax --num-batches 13 --batch-size 32 --stopping never "
        "--seed 1 --input-shape 3,64,64 --mean 0 --std 1"
    )


def test_a_neighbour_shows_its_pair(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, WITH_GALLERY)
    panel.is_now("finished")
    neighbours = panel.cell.locator(".rw-gallery").get_by_role("option")
    expect(neighbours).to_have_count(3)
    neighbours.nth(1).click()
    title = panel.told("run.result().neighbours[1].name")
    expect(panel.names).to_have_text([*MAPS, f"similar to {title}"])
    neighbours.nth(1).press("Escape")
    expect(panel.names).to_have_text(MAPS)
    assert panel.notebook.page_errors == []


def test_the_brush_asks_for_the_similarity(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    panel.open("Hide a part")
    words = panel.cell.locator(".rw-hidden")
    expect(words).to_contain_text("Paint a part")
    canvas = panel.cell.locator(".rw-canvas").first
    canvas.wait_for()
    panel.drag(canvas, (0.3, 0.35), (0.6, 0.35), (0.6, 0.5), (0.3, 0.5))
    expect(words).to_contain_text("With the painted part hidden: similarity")
    panel.cell.get_by_role("button", name="Clear what is painted").click()
    expect(words).to_contain_text("Paint a part")
    assert panel.notebook.page_errors == []


def test_other_settings_are_another_result(open_notebook: OpenNotebook) -> None:
    panel = shown(open_notebook, SHORT)
    panel.is_now("finished")
    before = panel.pixels("importance")
    panel.open("Settings")
    field = panel.cell.get_by_label("Num cells", exact=True)
    field.fill("4")
    field.press("Tab")
    panel.cell.get_by_role("button", name="Apply", exact=True).click()
    expect(panel.cell.locator(".rw-panel-code textarea")).to_have_value(
        "%explain img encoder --method relax --num-batches 12 --batch-size 32 --num-cells 4 "
        "--stopping never --seed 1 --input-shape 3,64,64 --mean 0 --std 1"
    )
    panel.is_now("finished")
    panel.open("Maps")
    panel.changes_from(before, "importance")
    panel.open("History")
    expect(panel.cell.locator(".rw-entry")).to_have_count(2)
    expect(panel.cell.locator(".rw-entry").first).to_contain_text("384 masks")
    for number in range(2):
        panel.cell.locator(".rw-tick").nth(number).check()
    panel.cell.get_by_role("button", name="Compare 2/2").click()
    expect(panel.names.filter(has_text="1 − 2")).to_be_visible()
    assert panel.notebook.page_errors == []


OTHER_KINDS = """
class Spot:
    calls = 0
    def __call__(self, batch):
        self.calls += 1
        rows = np.asarray(batch).reshape(len(batch), -1)
        middle = rows.shape[1] // 2
        spot = rows[:, middle - 10:middle + 10].mean(axis=1)
        return np.stack([5 * spot, rows[:, :20].mean(axis=1), np.full(len(rows), .2)], axis=1)

from rex_widgets.widgets import RelaxPanel
import rex_widgets as rw
def panel_of(shape, kind):
    global panel
    data = (0.3 + np.random.default_rng(0).random(shape)).astype(np.float32)
    run = rw.start(data, Spot(), method='relax', mode=kind, seed=1, num_cells=5, num_batches=3,
                   batch_size=64, stopping='never')
    panel = RelaxPanel(run)
    panel.start()
    return panel
"""


@pytest.mark.parametrize("kind", ["signal", "volume"])
def test_other_kinds_have_a_choice_of_the_map(open_notebook: OpenNotebook, kind: str) -> None:
    call = "panel_of((200,), 'spectral')" if kind == "signal" else "panel_of((24, 20, 16), 'voxel')"
    notebook = open_notebook([SETUP, OTHER_KINDS, call])
    notebook.run(0)
    notebook.run(1)
    panel = Shown(notebook, notebook.run(2))
    canvas = panel.cell.locator("canvas[data-plane=axial]" if kind == "volume" else "canvas").first
    canvas.wait_for()
    panel.is_now("finished")
    for chosen in ("uncertainty", "U-RELAX", "error of the importance", "importance"):
        panel.cell.get_by_label("Map shown", exact=True).select_option(chosen)
        expect(panel.cell.get_by_role("slider", name="Uncertainty at most")).to_have_count(
            int(chosen == "U-RELAX")
        )
    brush = "Brush" if kind == "volume" else "Select: drag over a stretch"
    panel.cell.get_by_role("button", name=brush, exact=True).first.click()
    panel.drag(canvas, (0.4, 0.4), (0.75, 0.4), (0.75, 0.6), (0.4, 0.6), (0.4, 0.5), (0.75, 0.5))
    expect(panel.cell.locator(".rw-hidden")).to_contain_text("With the painted part hidden")
    notebook.py("panel.close()")
    assert notebook.page_errors == []
