"""The stop-watches of the benchmark, with limits that only a broken widget exceeds."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.notebook_page import OpenNotebook
from tests.browser.test_explain import LONG, SETUP, Panel
from tests.browser.timing import (
    middle,
    ms_to_status,
    seconds_to_open,
    slices_a_second,
    watch_drag,
    watch_slider,
)

REGION = """
import json, time, numpy as np
from rex_widgets.widgets import RegionCanvas
heard = []
region = RegionCanvas(np.full((512, 512, 3), 90, np.uint8), width=512, brush_size=12)
region.on_region(lambda r: heard.append(time.time()))
region
"""
BUSY = "end = time.monotonic() + 30\nwhile time.monotonic() < end: pass"
LAYERS = """
import numpy as np
from rex_widgets.widgets import LayerView
y, x = np.mgrid[:224, :224]
view = LayerView(np.full((224, 224, 3), 90, np.uint8), adjustable=True)
view.set_map((x / 223).astype(np.float32))
view
"""
VOLUME = """
import numpy as np
from rex_widgets.axes import Axes
from rex_widgets.widgets import VolumeView
data = np.random.default_rng(0).integers(0, 255, (96, 96, 96), np.uint8)
VolumeView(data, axes=Axes(("", "", ""), ("mm",) * 3, (1, 1, 1), affine=np.eye(4)), width=600)
"""


def test_drawing_follows_the_pointer_while_a_cell_runs(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([REGION, BUSY])
    cell = notebook.run(0)
    brush = cell.get_by_label("Brush", exact=True)
    expect(brush).to_be_enabled()
    brush.click()
    canvas = cell.locator(".rw-canvas")
    idle = watch_drag(canvas, 2.0, strokes=3)
    notebook.page.wait_for_timeout(500)
    heard = json.loads(notebook.py("print(json.dumps(heard))"))
    assert len(heard) == len(idle["ups"]) == 3
    assert max(b - a for a, b in zip(idle["ups"], heard, strict=True)) < 5
    notebook.start(1)
    notebook.page.wait_for_timeout(300)
    busy = watch_drag(canvas, 2.0)
    for found in (idle, busy):
        assert len(found["delays"]) > 5 and middle(found["delays"]) < 250
        assert found["rate"] > 5
    notebook.interrupt()
    notebook.wait_idle()


def test_a_slider_repaints_without_the_kernel(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([LAYERS])
    cell = notebook.run(0)
    canvas = cell.locator(".rw-canvas")
    canvas.wait_for()
    notebook.page.wait_for_timeout(500)
    found = watch_slider(canvas, cell.get_by_role("slider", name="Threshold"), steps=20)
    assert found["sent"] == 0
    assert len(found["delays"]) == 20 and middle(found["delays"]) < 250


def test_a_panel_is_stopped_soon(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, LONG])
    notebook.run(0)
    panel = Panel(notebook, notebook.run(1))
    panel.is_now("running")
    assert ms_to_status(panel.line, panel.button("stop"), "cancelled") < 3000


def test_a_volume_opens_and_scrolls(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["import rex_widgets", VOLUME])
    notebook.run(0)
    assert seconds_to_open(notebook.page, 1) < 20
    axial = notebook.cell(1).locator("canvas[data-plane=axial]")
    assert slices_a_second(axial, ",", steps=40) > 3
