"""Take the documentation's pictures anew: run the cells in a browser and photograph the panel.

Run by ``make pictures``; it needs the test set-up and Chromium.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"

CELLS = (
    "%load_ext rex_widgets\n"
    "from skimage.data import chelsea\n"
    "from rex_widgets.classifiers.demo import efficientnet_lite0\n"
    "img, model = chelsea(), efficientnet_lite0()",
    "%explain img model --iters 20 --seed 0 --threshold 0.5 --into run",
    "page = run.to_html('page.html')",
)
PATIENCE = 300.0


def _wait_for(notebook, code: str, wanted: str) -> None:
    end = time.monotonic() + PATIENCE
    while notebook.py(code).strip() != wanted:
        assert time.monotonic() < end, f"{code} never gave {wanted}"
        time.sleep(0.2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_pictures(open_notebook, theme: str) -> None:
    notebook = open_notebook(CELLS, theme=theme)
    if notebook.app != "lab":
        pytest.skip("the documentation shows JupyterLab")
    IMAGES.mkdir(exist_ok=True)
    notebook.page.set_viewport_size({"width": 1250, "height": 1500})
    notebook.page.evaluate(
        "async () => { if (!window.jupyterapp.shell.leftCollapsed)"
        " await window.jupyterapp.commands.execute('application:toggle-left-area'); }"
    )
    notebook.run(0)
    panel = notebook.run(1)
    suffix = "" if theme == "light" else "-dark"
    _wait_for(notebook, "print(run.progress.evaluations > 400)", "True")
    if theme == "light":
        panel.locator(".jp-OutputArea-output").first.screenshot(path=IMAGES / "searching.png")
    _wait_for(notebook, "print(run.status)", "finished")
    time.sleep(1.5)
    panel.locator(".jp-OutputArea-output").first.screenshot(path=IMAGES / f"panel{suffix}.png")
    if theme == "light":
        _paint(notebook, panel)
        _photograph_page(notebook)


def _paint(notebook, panel) -> None:
    panel.get_by_role("button", name="Brush").first.click()
    box = panel.locator("canvas").first.bounding_box()
    mouse = notebook.page.mouse
    middle = box["y"] + box["height"] * 0.4
    mouse.move(box["x"] + box["width"] * 0.3, middle)
    mouse.down()
    for step in range(20):
        mouse.move(box["x"] + box["width"] * (0.3 + 0.02 * step), middle + 14 * (step % 3))
    mouse.up()
    time.sleep(2.0)
    panel.locator(".jp-OutputArea-output").first.screenshot(path=IMAGES / "what-if.png")


def _photograph_page(notebook) -> None:
    notebook.run(2)
    where = Path(notebook.py("print(page.resolve())").strip())
    page = notebook.page.context.new_page()
    page.goto(f"file://{where}")
    page.locator("canvas").first.wait_for()
    time.sleep(1.0)
    page.screenshot(path=IMAGES / "page.png", full_page=True)
    os.remove(where)
