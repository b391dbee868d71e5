"""A RegionCanvas in a notebook, and what a test does with it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.notebook_page import NotebookPage

H, W, SCALE = 64, 96, 6

SETUP = """
import json, time, numpy as np
from rex_widgets.regions import rasterise
from rex_widgets.widgets.region import RegionCanvas
picture = np.full((64, 96, 3), 100, np.uint8)
picture[8:24, 60:90] = (200, 40, 30)
heard = []
region = RegionCanvas(picture, names=("one", "two"), width=576, brush_size=8)
region.on_region(lambda r: heard.append([r.name, int(r.mask.sum())]))
def agrees():
    return all(np.array_equal(rasterise(r.shapes, 64, 96), r.mask) for r in region.regions.values())
region
"""

Point = tuple[float, float]


class RegionPage:
    """Positions are picture pixels: (0, 0) is the picture's upper left corner."""

    def __init__(self, notebook: NotebookPage, cell: Locator) -> None:
        self.notebook = notebook
        self.page: Page = notebook.page
        self.box = cell.locator(".rw-region").last
        self.canvas = self.box.locator(".rw-canvas")
        # Tools are off until the picture is there.
        expect(self.box.get_by_label("Brush", exact=True)).to_be_enabled()
        self.canvas.scroll_into_view_if_needed()

    def at(self, x: float, y: float) -> Point:
        """Return a position on the page."""
        box = self.canvas.bounding_box()
        assert box
        return box["x"] + box["width"] * x / W, box["y"] + box["height"] * y / H

    def button(self, label: str) -> Locator:
        """Return a button by its label."""
        return self.box.get_by_role("button", name=label, exact=True)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, on whatever has the focus."""
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, *points: Point) -> None:
        """Press at the first point, go to the others, let go at the last."""
        mouse = self.page.mouse
        mouse.move(*self.at(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.at(*point), steps=4)
        mouse.up()

    def click(self, *points: Point) -> None:
        """Click points."""
        for point in points:
            self.page.mouse.click(*self.at(*point))

    def told(self, expression: str) -> Any:
        """Return the value of an expression in the kernel."""
        return json.loads(self.notebook.py(f"print(json.dumps({expression}))"))

    def until(self, expression: str) -> None:
        """Wait until an expression is true in the kernel: messages take a moment."""
        for _ in range(200):
            if self.notebook.py(f"print(bool({expression}))").strip() == "True":
                return
            self.page.wait_for_timeout(25)
        state = "[region.error, heard, [r.shapes for r in region.regions.values()]]"
        raise AssertionError(f"never true: {expression}; {self.told(state)}")

    def kinds(self) -> list[str]:
        """Return the kinds of the active region's shapes in the kernel."""
        return [shape["kind"] for shape in self.told("region.shapes")]

    def pixel(self, x: float, y: float) -> list[int]:
        """Return the colour shown at a place of the picture."""
        found: list[int] = self.canvas.evaluate(
            """async (canvas, [x, y]) => {
                for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
                const at = [x * canvas.width, y * canvas.height];
                return [...canvas.getContext('2d').getImageData(...at, 1, 1).data];
            }""",
            [x / W, y / H],
        )
        return found[:3]
