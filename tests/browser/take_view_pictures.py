"""Take the documentation's pictures of the views anew, in light and in dark.

Run by ``make pictures``; it needs the test set-up and Chromium.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"

PHOTOGRAPH = """
%load_ext rex_widgets
import numpy as np
import rex_widgets as rw
from skimage.data import chelsea
from rex_widgets.classifiers.demo import efficientnet_lite0
from rex_widgets.widgets import LinkedViews, RegionCanvas, SearchCanvas, SignalView, VolumeView
img, model = chelsea(), efficientnet_lite0()
run = rw.start(img, model, iters=12, seed=0, threshold=0.5, minimise_budget=300)
found = run.wait()
"""
REGION = """
region = RegionCanvas(found.picture, names=("face", "background"), width=560)
region.link_map("responsibility", found.map)
region
"""
LINKED = "LinkedViews.of(run, classes=[c.index for c in found.top[1:2]], width=300)"
SEARCH = "search = SearchCanvas(run)\nsearch"
VOLUME = """
from nilearn.datasets import load_mni152_template
from rex_widgets.axes import Axes
image = load_mni152_template(resolution=2)
head = np.asarray(image.dataobj, np.float32)
axes = Axes(("i", "j", "k"), ("mm",) * 3, (2.0,) * 3, affine=image.affine)
view = VolumeView(head, axes=axes, width=720)
places = np.indices(head.shape).T - [70, 70, 60]
lesion = np.exp(-(places.T ** 2).sum(0) / 120)
view.set_map(np.where(lesion > 0.02, lesion, 0))
view.set_mask(lesion > 0.5)
view.jump_to_maximum()
view
"""
SIGNAL = """
axis = np.linspace(800, 2000, 300)
noise = 0.02 * np.random.default_rng(0).standard_normal(300)
bands = ((1, 950, 120), (0.8, 1300, 200), (0.6, 1650, 18))
spectrum = noise + sum(h * np.exp(-((axis - c) / w) ** 2) for h, c, w in bands)
def substance(batch):
    rows = np.asarray(batch).reshape(len(batch), -1)
    band = rows[:, 208:218].mean(1) - (rows[:, 190:200].mean(1) + rows[:, 228:240].mean(1)) / 2
    return np.stack([np.full(len(rows), 0.5), 4 * band], axis=1)
answer = rw.explain(
    spectrum, substance, mode="spectral", input_shape=(1, 300), labels=["first", "second"],
    axis_positions=axis, axis_name="wavenumber", axis_unit="1/cm", mask_value="spectral",
    min_box_size=5, iters=20, threshold=0.5, seed=0,
)
SignalView.of(answer, width=720)
"""
PANEL = "%explain img model --iters 6 --seed 0 --threshold 0.5 --minimise-budget 200 --into again"
CAT = IMAGES.parents[1] / "notebooks" / "cat.png"
ENCODED = f"""
import shutil
from pathlib import Path
from PIL import Image
from skimage import data
from rex_widgets.classifiers.demo import efficientnet_lite0
shutil.copy({str(CAT)!r}, "cat.png")
Path("photos").mkdir(exist_ok=True)
for name in ("astronaut", "camera", "coffee", "rocket"):
    Image.fromarray(getattr(data, name)()).save(f"photos/{{name}}.png")
Image.fromarray(data.chelsea()[:, ::-1]).save("photos/mirrored.png")
encoder, img = efficientnet_lite0(), "cat.png"
"""
RELAX = """
%explain img encoder --method relax --layer _avg_pooling --gallery photos/ --seed 0 --into seen
"""
CELLS = (PHOTOGRAPH, REGION, LINKED, SEARCH, VOLUME, SIGNAL, PANEL)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_pictures_of_the_views(open_notebook, theme: str) -> None:
    notebook = open_notebook(CELLS, theme=theme)
    if notebook.app != "lab":
        pytest.skip("the documentation shows JupyterLab")
    IMAGES.mkdir(exist_ok=True)
    notebook.page.set_viewport_size({"width": 1250, "height": 1500})
    notebook.page.evaluate(
        "async () => { if (!window.jupyterapp.shell.leftCollapsed)"
        " await window.jupyterapp.commands.execute('application:toggle-left-area'); }"
    )
    suffix = "" if theme == "light" else "-dark"

    def photograph(name: str, what) -> None:
        time.sleep(1.5)
        what.screenshot(path=IMAGES / f"{name}{suffix}.png")

    notebook.run(0)
    cell = notebook.run(1)
    _draw(notebook, cell.locator(".rw-canvas"))
    photograph("region", cell.locator(".rw-region"))
    cell = notebook.run(2)
    cell.locator("canvas").first.wait_for()
    photograph("linked-views", cell.locator(".rw-linked"))
    cell = notebook.run(3)
    cell.locator("canvas").first.wait_for()
    time.sleep(1.5)
    notebook.py("search.seek(len(run.trace) // 2)")
    photograph("search-canvas", cell.locator(".rw-search-canvas"))
    cell = notebook.run(4)
    cell.locator("canvas").first.wait_for()
    photograph("volume-view", cell.locator(".rw-volume"))
    cell = notebook.run(5)
    cell.locator("canvas").first.wait_for()
    photograph("signal-view", cell.locator(".rw-signal").first)
    cell = notebook.run(6)
    end = time.monotonic() + 300
    while notebook.py("print(again.status)").strip() != "finished":
        assert time.monotonic() < end
        time.sleep(0.3)
    cell.get_by_role("tab", name="Settings").click()
    cell.locator(".rw-form").wait_for()
    photograph("panel-settings", cell.locator(".rw-panel").first)
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_pictures_of_a_representation(open_notebook, theme: str) -> None:
    notebook = open_notebook(("%load_ext rex_widgets", ENCODED, RELAX), theme=theme)
    if notebook.app != "lab":
        pytest.skip("the documentation shows JupyterLab")
    notebook.page.set_viewport_size({"width": 1250, "height": 2000})
    notebook.page.evaluate(
        "async () => { if (!window.jupyterapp.shell.leftCollapsed)"
        " await window.jupyterapp.commands.execute('application:toggle-left-area'); }"
    )
    notebook.run(0)
    notebook.run(1)
    cell = notebook.run(2)
    end = time.monotonic() + 300
    while notebook.py("print(seen.status)").strip() != "finished":
        assert time.monotonic() < end
        time.sleep(0.3)
    cell.locator(".rw-gallery").get_by_role("option").first.click()
    cell.locator(".rwl-name", has_text="similar to").wait_for()
    # The line says that the run has ended a moment before its last result is shown.
    masks = notebook.py("print(seen.result().masks)").strip()
    cell.locator(".rw-panel-facts", has_text=f"{masks} masks").wait_for()
    time.sleep(1.5)
    suffix = "" if theme == "light" else "-dark"
    cell.locator(".rw-panel").first.screenshot(path=IMAGES / f"relax-panel{suffix}.png")
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_pictures_of_counterfactuals(open_notebook, theme: str) -> None:
    line = "%explain 3,17,42,96 world --method xgem --generator world --seed 0 --into seen"
    notebook = open_notebook(("%load_ext rex_widgets", line), theme=theme)
    if notebook.app != "lab":
        pytest.skip("the documentation shows JupyterLab")
    notebook.page.set_viewport_size({"width": 1250, "height": 1800})
    notebook.page.evaluate(
        "async () => { if (!window.jupyterapp.shell.leftCollapsed)"
        " await window.jupyterapp.commands.execute('application:toggle-left-area'); }"
    )
    suffix = "" if theme == "light" else "-dark"
    notebook.run(0)
    cell = notebook.run(1)
    end = time.monotonic() + 300
    while notebook.py("print(seen.status)").strip() != "finished":
        assert time.monotonic() < end
        time.sleep(0.3)
    time.sleep(4)
    panel = cell.locator(".rw-panel").first
    panel.screenshot(path=IMAGES / f"counterfactuals-panel{suffix}.png")
    cell.get_by_role("tab", name="Explore").click()
    time.sleep(5)
    panel.screenshot(path=IMAGES / f"latent-explorer{suffix}.png")
    assert notebook.page_errors == []


def _draw(notebook, canvas) -> None:
    canvas.wait_for()
    time.sleep(1.0)
    mouse, keys = notebook.page.mouse, notebook.page.keyboard
    box = canvas.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    def drag(*points: tuple[float, float]) -> None:
        mouse.move(*at(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*at(*point), steps=8)
        mouse.up()

    canvas.focus()
    keys.press("o")
    drag((0.25, 0.22), (0.85, 0.75))
    keys.press("s")
    keys.press("r")
    drag((0.42, 0.62), (0.66, 0.9))
    keys.press("a")
    keys.press("b")
    drag((0.2, 0.1), (0.4, 0.14), (0.6, 0.09), (0.8, 0.15))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_take_pictures_of_a_change_in_a_region(open_notebook, theme: str) -> None:
    line = "%explain 17 digits --method rcsb --target 3 --seed 0 --into seen"
    notebook = open_notebook(("%load_ext rex_widgets", line), theme=theme)
    if notebook.app != "lab":
        pytest.skip("the documentation shows JupyterLab")
    notebook.page.set_viewport_size({"width": 1250, "height": 1800})
    notebook.page.evaluate(
        "async () => { if (!window.jupyterapp.shell.leftCollapsed)"
        " await window.jupyterapp.commands.execute('application:toggle-left-area'); }"
    )
    suffix = "" if theme == "light" else "-dark"
    notebook.run(0)
    cell = notebook.run(1)
    end = time.monotonic() + 300
    while notebook.py("print(seen.status)").strip() != "finished":
        assert time.monotonic() < end
        time.sleep(0.3)
    cell.locator(".rw-panel-facts", has_text="4 of 4 samples").wait_for()
    time.sleep(2)
    cell.locator(".rw-panel").first.screenshot(path=IMAGES / f"rcsb-panel{suffix}.png")
    assert notebook.page_errors == []
