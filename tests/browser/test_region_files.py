"""RegionCanvas in a notebook: fingers, files, what is refused, and a large picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import CDPSession, expect

from rex_widgets.regions import read_mask, write_mask
from tests.browser.notebook_page import OpenNotebook
from tests.browser.region_page import SETUP, H, RegionPage, W


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> RegionPage:
    notebook = open_notebook([SETUP])
    return RegionPage(notebook, notebook.run(0))


class Fingers:
    """Touches, as a touch screen gives them; positions are picture pixels."""

    def __init__(self, shown: RegionPage) -> None:
        self.shown = shown
        self.session: CDPSession = shown.page.context.new_cdp_session(shown.page)
        self.session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        places = [self.shown.at(*point) for point in points]
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_fingers_draw_and_pinch(shown: RegionPage) -> None:
    fingers = Fingers(shown)
    fingers.send("touchStart", (10, 10))
    for x in range(12, 32, 2):
        fingers.send("touchMove", (x, 10))
    fingers.send("touchEnd")
    shown.until("len(heard) == 1 and region.mask[10, 10:30].all()")

    fingers.send("touchStart", (40, 30))
    fingers.send("touchMove", (44, 32))
    fingers.send("touchStart", (40, 30), (56, 34))  # a second finger: no stroke, a pinch
    fingers.send("touchMove", (30, 30), (66, 34))
    fingers.send("touchEnd")
    shown.until("region.zoom > 1.5")
    assert shown.told("len(heard)") == 1

    shown.button("Fit the whole picture").click()
    shown.button("Polygon").click()
    for x, y in ((50, 40), (70, 40), (60, 55)):
        fingers.send("touchStart", (x, y))
        fingers.send("touchEnd")
    shown.button("Close shape").click()
    shown.until("len(heard) == 2 and region.mask[44, 60] and agrees()")


@pytest.mark.parametrize(
    ("label", "name"),
    [("PNG", "one.png"), ("NPZ (NumPy)", "one.npz"), ("COCO RLE (JSON)", "one.json")],
)
def test_what_is_saved_is_loaded_again(
    shown: RegionPage, tmp_path: Path, label: str, name: str
) -> None:
    shown.drag((10, 10), (30, 40))
    shown.until("len(heard) == 1")
    shown.button("Save the mask to a file").click()
    with shown.page.expect_download() as waiting:
        shown.button(label).click()
    assert waiting.value.suggested_filename == name
    path = tmp_path / name
    waiting.value.save_as(path)
    saved = read_mask(path, (H, W))
    assert saved.sum() == shown.told("int(region.mask.sum())")

    shown.button("Clear the region").click()
    shown.until("not region.mask.any()")
    shown.box.get_by_label("File with a mask").set_input_files(path)
    shown.until(f"region.mask.sum() == {saved.sum()} and heard[-1][1] == {saved.sum()}")
    shown.canvas.focus()
    shown.press("Control+z")
    shown.until("not region.mask.any() and agrees()")


def test_files_that_cannot_be_used_leave_everything_as_it_was(
    shown: RegionPage, tmp_path: Path
) -> None:
    shown.drag((10, 10), (30, 40))
    shown.until("len(heard) == 1")
    chooser, error = shown.box.get_by_label("File with a mask"), shown.box.locator(".rw-error")

    good = write_mask(tmp_path / "good.png", np.eye(H, W, dtype=bool))
    corrupt = tmp_path / "corrupt.png"
    corrupt.write_bytes(good.read_bytes()[:60])
    chooser.set_input_files(corrupt)
    expect(error).to_contain_text("PNG")
    other = write_mask(tmp_path / "other.npz", np.ones((5, 7), dtype=bool))
    chooser.set_input_files(other)
    expect(error).to_contain_text("(5, 7)")
    large = tmp_path / "large.png"
    large.write_bytes(bytes(11 * 2**20))
    chooser.set_input_files(large)
    expect(error).to_contain_text("11.0 MiB")
    expect(error).to_contain_text("region.load")
    chooser.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(error).to_contain_text("notes.txt")
    assert shown.told("[len(heard), len(region.shapes), bool(region.mask.any())]") == [1, 1, True]

    chooser.set_input_files(good)
    shown.until("region.mask.sum() == 64")
    expect(error).to_be_hidden()


LARGE = """
import json, numpy as np
from rex_widgets.regions import rasterise
from rex_widgets.widgets.region import RegionCanvas
heard = []
noise = np.random.default_rng(0)
region = RegionCanvas(noise.integers(0, 255, (4096, 4096, 3), np.uint8), width=600, brush_size=200)
region.link_map("noise", noise.random((4096, 4096), np.float32))
region.on_region(lambda r: heard.append(int(r.mask.sum())))
region
"""


def test_a_picture_of_4096_pixels_and_an_edit_too_large_to_send(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([LARGE])
    shown = RegionPage(notebook, notebook.run(0))
    shown.drag((10, 10), (50, 40), (80, 20))
    shown.until("len(heard) == 1")
    expected = "np.array_equal(rasterise(region.shapes, 4096, 4096), region.mask)"
    assert shown.told(expected) is True
    shown.button("Fill from a map").click()
    shown.button("Apply").click()
    error = shown.box.locator(".rw-error")
    expect(error).to_be_visible(timeout=60_000)
    assert "4000000" in error.inner_text() or "MiB" in error.inner_text()
    assert shown.told("len(heard)") == 1
    assert shown.told(expected) is True
