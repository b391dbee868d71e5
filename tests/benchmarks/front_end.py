"""The widgets in a real browser: pointer to pixel, masks, sliders, cancelling, volumes, bundles."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import REPOSITORY
from tests.benchmarks.report import Section, Table, Verdict

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.jupyter_server import JupyterServer
    from tests.browser.notebook_page import NotebookPage

TITLE = "The front end: from the hand to the pixel"
POINTER_TARGET = 16.0
FRAMES_TARGET = 50.0
MASK_TARGET = 150.0
SLIDER_TARGET = 16.0
CANCEL_TARGET = 250.0
OPEN_TARGET = 2.0
SLICES_TARGET = 30.0
BUNDLE_TARGET = 300.0
METHOD = """\
JupyterLab in a Chromium without a screen and without a graphics processor, on the same processors
as the kernel. Pointer to pixel: a mouse paints a snake on a `RegionCanvas` of 512 × 512 pixels
(and of 4096 × 4096) for five seconds; from the time stamp of each move to the first frame after
which the pixel under the pointer has changed, median; frames are counted meanwhile. "Busy": a cell
runs a pure Python loop for ten seconds. Mask: from letting the button go to the call of
`on_region` in an idle kernel, which has the mask then, median of ten strokes. Slider:
`LayerView`'s threshold is moved in 40 steps at moments drawn at random, from the event to the
changed frame, median, and the messages to the kernel are counted. Cancel: from the press of Stop
in a panel, whose model takes 30 ms a batch, to the word in the panel, largest of five. Volume:
256³ uint8, from running the cell to the first picture of a slice; then 120 presses of a key, one a
frame. Every answer is the median of the rounds, the worst round where a verdict says so."""

_REGION = """
import time, numpy as np
from rex_widgets.widgets.region import RegionCanvas
side = {side}
heard = []
region = RegionCanvas(np.full((side, side, 3), 100, np.uint8), width=512, brush_size=side / 64)
region.on_region(lambda _region: heard.append(time.time()))
region
"""
_LOOP = "end = time.time() + 10\nwhile time.time() < end: sum(range(1000))"
_LAYERS = """
import numpy as np
from rex_widgets.widgets import LayerView
view = LayerView(np.full((224, 224, 3), 100, np.uint8), adjustable=True)
view.set_map(np.tile(np.linspace(0, 1, 224), (224, 1)))
view
"""
_MODEL = """
%load_ext rex_widgets
import time, numpy as np
def model(batch):
    time.sleep(0.03)
    bright = np.asarray(batch)[:, :, 20:36, 20:36].mean(axis=(1, 2, 3))
    return np.stack([np.full(len(batch), .6), 4 * bright], axis=1)
img = np.zeros((64, 64, 3), np.uint8)
img[20:36, 20:36] = 255
"""
_PANEL = (
    "run = %explain img model --seed 1 --input-shape 3,64,64 --mean 0 --std 1 --batch-size 8 "
    "--min-box-size 4 --iters 3000"
)
_VOLUME_MADE = """
import numpy as np
from rex_widgets.widgets.volume_view import VolumeView
z, y, x = np.mgrid[:256, :256, :256].astype(np.float32)
volume = ((np.sin(x / 9) + np.sin(y / 11) + np.sin(z / 7) + 3) * 42).astype(np.uint8)
"""
_VOLUME = "VolumeView(volume)"


def measure(bench: Bench) -> Section:
    """Answer all of them."""
    section = Section(TITLE, METHOD)
    with _notebooks(bench) as (lab, chromium):
        rounds = bench.repeats
        _pointer(bench, section, lab, chromium, rounds)
        _slider(section, lab, chromium, rounds)
        _cancel(section, lab, chromium)
        _volume(section, lab, chromium, rounds)
    _bundles(section)
    return section


@contextmanager
def _notebooks(bench: Bench) -> Iterator[tuple[JupyterServer, Browser]]:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import BROWSER_NAMES, BROWSER_OPTIONS
    from tests.browser.jupyter_server import serve

    found = next(filter(None, map(shutil.which, BROWSER_NAMES)))
    root = Path(bench.folder) / "jupyter"
    root.mkdir()
    with serve("lab", root) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=BROWSER_OPTIONS)
        yield lab, browser
        browser.close()


@contextmanager
def _page(lab: JupyterServer, chromium: Browser, cells: Sequence[str]) -> Iterator[NotebookPage]:
    from tests.browser.notebook_page import NotebookPage

    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    address = lab.add_notebook(cells)
    yield NotebookPage(context.new_page(), "lab", address, "light", REPOSITORY / "reports")
    context.close()
    lab.end_kernels()


def _pointer(
    bench: Bench, section: Section, lab: JupyterServer, chromium: Browser, rounds: int
) -> None:
    from tests.browser.timing import middle, watch_drag

    seconds = 2.0 if bench.quick else 5.0
    table = Table(
        ["picture", "kernel", "to the pixel, ms", "95 %, ms", "frames/s", "to the mask, ms"]
    )
    worst = {"delay": 0.0, "rate": float("inf"), "mask": 0.0}
    for side in (512, 4096):
        for _ in range(rounds):
            bench.say(f"drawing on {side} × {side}")
            with _page(lab, chromium, [_REGION.format(side=side), _LOOP]) as notebook:
                canvas = notebook.run(0).locator(".rw-canvas")
                notebook.cell(0).get_by_label("Brush", exact=True).click()
                time.sleep(1.0)
                idle = watch_drag(canvas, seconds, strokes=10)
                time.sleep(1.0)
                heard = json.loads(notebook.py("import json; print(json.dumps(heard))"))
                masks = [1000 * (b - a) for a, b in zip(idle["ups"], heard, strict=True)]
                notebook.start(1)
                time.sleep(0.5)
                busy = watch_drag(canvas, seconds)
            for kernel, found in (("idle", idle), ("busy", busy)):
                delay, delays = middle(found["delays"]), sorted(found["delays"])
                late = delays[int(0.95 * len(delays))] if delays else float("inf")
                mask = median(masks) if kernel == "idle" else None
                table.add(f"{side}²", kernel, delay, late, found["rate"], mask)
                if side == 512:
                    if kernel == "busy":
                        worst["delay"] = max(worst["delay"], delay)
                        worst["rate"] = min(worst["rate"], found["rate"])
                    else:
                        worst["mask"] = max(worst["mask"], median(masks))
    section.tables.append(table)
    section.verdicts += [
        Verdict("pointer to pixel, busy kernel (worst round)", worst["delay"], "at most",
                POINTER_TARGET, "ms"),
        Verdict("frames a second, busy kernel (worst round)", worst["rate"], "at least",
                FRAMES_TARGET, ""),
        Verdict("stroke to mask in the kernel (worst round)", worst["mask"], "at most",
                MASK_TARGET, "ms"),
    ]  # fmt: skip


def _slider(section: Section, lab: JupyterServer, chromium: Browser, rounds: int) -> None:
    from tests.browser.timing import middle, watch_slider

    delays, sent = [], 0
    with _page(lab, chromium, [_LAYERS]) as notebook:
        cell = notebook.run(0)
        canvas = cell.locator(".rw-canvas")
        time.sleep(1.5)
        for _ in range(rounds):
            found = watch_slider(canvas, cell.get_by_role("slider", name="Threshold"))
            delays.append(middle(found["delays"]))
            sent += found["sent"]
    section.verdicts += [
        Verdict("slider to repaint", median(delays), "at most", SLIDER_TARGET, "ms"),
        Verdict("messages to the kernel meanwhile", float(sent), "at most", 0.0, ""),
    ]


def _cancel(section: Section, lab: JupyterServer, chromium: Browser) -> None:
    from tests.browser.timing import ms_to_status

    times = []
    for _ in range(5):
        with _page(lab, chromium, [_MODEL, _PANEL]) as notebook:
            notebook.run(0)
            cell = notebook.run(1)
            line = cell.locator(".rw-line")
            line.wait_for()
            notebook.page.wait_for_function("e => e.dataset.status === 'running'",
                                            arg=line.element_handle())  # fmt: skip
            time.sleep(1.5)
            times.append(ms_to_status(line, cell.locator("[data-action=stop]"), "cancelled"))
    section.verdicts.append(
        Verdict("cancel (largest of five)", max(times), "at most", CANCEL_TARGET, "ms")
    )


def _volume(section: Section, lab: JupyterServer, chromium: Browser, rounds: int) -> None:
    from tests.browser.timing import seconds_to_open, slices_a_second

    opened, rates = [], []
    for _ in range(rounds):
        with _page(lab, chromium, [_VOLUME_MADE, _VOLUME]) as notebook:
            notebook.run(0)
            opened.append(seconds_to_open(notebook.page, 1))
            canvas = notebook.cell(1).locator("canvas[data-plane=axial]")
            rates.append(slices_a_second(canvas, ","))
    section.verdicts += [
        Verdict("256³ volume opens", median(opened), "at most", OPEN_TARGET, "s"),
        Verdict("slices a second", median(rates), "at least", SLICES_TARGET, ""),
    ]


def _bundles(section: Section) -> None:
    table = Table(["bundle", "kB"])
    files = sorted((REPOSITORY / "rex_widgets" / "static").glob("*.js"))
    for file in files:
        table.add(file.name, file.stat().st_size / 1000)
    total = sum(table.column(1))
    table.add("all", total)
    section.tables.append(table)
    section.verdicts.append(Verdict("all bundles", total, "at most", BUNDLE_TARGET, "kB"))
