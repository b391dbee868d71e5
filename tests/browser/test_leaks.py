"""Ten thousand updates leave nothing behind, neither in the kernel nor in the page."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser import test_relax_panel as relax
from tests.browser.notebook_page import NotebookPage, OpenNotebook
from tests.browser.test_explain import SETUP, SHORT
from tests.browser.test_panel_pages import FIND, Pages

UPDATES = """
import tracemalloc
from dataclasses import replace
found = panel.run.result()
shown = [replace(found, map=np.roll(found.map, n, 0), confidence=0.4 + n / 100, seconds=n)
         for n in range(16)]
class Moving:
    'A run whose progress changes at every look.'
    def __init__(self, run): self.run, self.at = run, 0
    def __getattr__(self, name): return getattr(self.run, name)
    @property
    def progress(self):
        self.at += 1
        return replace(self.run.progress, evaluations=self.at)
moving = Moving(panel.run)
def update(count):
    for n in range(count):
        panel._screen.on_progress(moving, 'running')
        if n % 40 == 0:
            panel._screen.on_result(shown[n // 40 % 16], 'running')
            time.sleep(0.1)  # a server drops the messages of a kernel that sends 1000 a second
def weigh():
    time.sleep(3)  # messages that still wait to be sent are no leak
    gc.collect()
    return [len(gc.get_objects()), tracemalloc.get_traced_memory()[0]]
"""
RELAX_UPDATES = """
import gc, tracemalloc
from dataclasses import replace
from rex_widgets.widgets.relax_panel import RelaxPanel
panel = next(one for one in gc.get_objects() if type(one) is RelaxPanel)
found = run.result()
shown = [replace(found, importance=np.roll(found.importance, n, 0), masks=found.masks + n,
                 contrast_error=0.1 + n / 100) for n in range(16)]
class Moving:
    'A run whose progress changes at every look.'
    def __init__(self, run): self.run, self.at = run, 0
    def __getattr__(self, name): return getattr(self.run, name)
    @property
    def masks(self):
        self.at += 1
        return self.at
moving = Moving(run)
def update(count):
    for n in range(count):
        panel._screen.on_progress(moving, 'running')
        if n % 40 == 0:
            panel._screen.on_result(shown[n // 40 % 16], 'running')
            time.sleep(0.1)  # a server drops the messages of a kernel that sends 1000 a second
def weigh():
    time.sleep(3)  # messages that still wait to be sent are no leak
    gc.collect()
    return [len(gc.get_objects()), tracemalloc.get_traced_memory()[0]]
"""
VIEWS = """
import json, numpy as np
from rex_widgets.widgets import LayerView, RunControls
layer = LayerView(np.zeros((64, 64, 3), np.uint8))
controls = RunControls()
maps = [np.roll(np.eye(64, dtype=np.float32), n, 0) for n in range(8)]
def update(count):
    for n in range(count):
        controls.evaluations, controls.fraction = n, n / count
        if n % 4 == 0:
            layer.set_map(maps[n // 4 % 8])
import ipywidgets
ipywidgets.VBox([layer, controls])
"""
OPENED = """
from ipywidgets.widgets.widget import _instances
from IPython.display import display
from rex_widgets.widgets import LayerView, RegionCanvas, LinkedViews
slot = ipywidgets.VBox()
def show(number):
    made = [RegionCanvas(np.full((64, 64, 3), number, np.uint8)),
            LinkedViews(np.full((64, 64, 3), number, np.uint8)),
            LayerView(np.full((64, 64, 3), number, np.uint8))]
    slot.children = made
def hide():
    before, slot.children = slot.children, []
    for one in before: one.close()
slot
"""


def _numbers(notebook: NotebookPage, code: str) -> list[int]:
    said = notebook.py(f"{code}\nprint(json.dumps(weigh()))")
    # A server on a slow machine may complain, in the same stream, of messages that it dropped.
    found: list[int] = json.loads(said.splitlines()[-1])
    return found


# What a page keeps is a matter of the widgets' scripts, the same in both applications.
IN_LAB = pytest.mark.parametrize("jupyter", ["lab"], indirect=True)


@IN_LAB
def test_a_panel_s_screen_keeps_nothing_of_ten_thousand_updates(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([SETUP, SHORT])
    notebook.run(0)
    pages = Pages(notebook, notebook.run(1))
    notebook.py(FIND)
    pages.settled()
    pages.open("Views")
    pages.open("Answer")
    notebook.py(UPDATES + "\nupdate(6000)\ntracemalloc.start()")
    before = _numbers(notebook, "update(1000)")
    after = _numbers(notebook, "update(3000)")
    assert after[0] - before[0] < 2000, (before, after)
    assert after[1] - before[1] < 1_000_000, (before, after)
    expect(pages.cell.locator(".rw-line")).to_contain_text("evaluations")
    assert notebook.page_errors == []


@IN_LAB
def test_the_screen_of_a_representation_keeps_nothing_either(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([relax.SETUP, relax.WITH_GALLERY])
    notebook.run(0)
    panel = relax.Shown(notebook, notebook.run(1))
    panel.is_now("finished")
    panel.cell.locator(".rw-gallery").get_by_role("option").first.click()
    expect(panel.names).to_have_count(len(relax.MAPS) + 1)
    notebook.py(RELAX_UPDATES + "\nupdate(6000)\ntracemalloc.start()")
    heap = Heap(notebook)
    before = _numbers(notebook, "update(1000)")
    page_before = heap.weigh()
    after = _numbers(notebook, "update(3000)")
    page_after = heap.weigh()
    assert after[0] - before[0] < 2000, (before, after)
    assert after[1] - before[1] < 1_000_000, (before, after)
    grown = {name: page_after[name] - page_before[name] for name in ("Nodes", "JSHeapUsedSize")}
    assert grown["Nodes"] < 300 and grown["JSHeapUsedSize"] < 4_000_000, grown
    expect(panel.line).to_contain_text("masks")
    assert notebook.page_errors == []


class Heap:
    """The page's heap after everything that can be freed was."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.session: CDPSession = notebook.page.context.new_cdp_session(notebook.page)
        self.session.send("Performance.enable")
        self.session.send("HeapProfiler.enable")

    def weigh(self) -> dict[str, float]:
        for _ in range(3):
            self.session.send("HeapProfiler.collectGarbage")
        found: dict[str, Any] = self.session.send("Performance.getMetrics")
        return {one["name"]: one["value"] for one in found["metrics"]}

    def count(self, prototype: str) -> int:
        """Return how many objects of a class are alive, attached or not."""
        self.session.send("HeapProfiler.collectGarbage")
        asked = self.session.send(
            "Runtime.evaluate", {"expression": f"{prototype}.prototype", "objectGroup": "count"}
        )
        objects = self.session.send(
            "Runtime.queryObjects",
            {"prototypeObjectId": asked["result"]["objectId"], "objectGroup": "count"},
        )
        length = self.session.send(
            "Runtime.callFunctionOn",
            {
                "objectId": objects["objects"]["objectId"],
                "functionDeclaration": "function() { return this.length; }",
                "returnByValue": True,
            },
        )
        self.session.send("Runtime.releaseObjectGroup", {"objectGroup": "count"})
        return int(length["result"]["value"])


@IN_LAB
def test_the_page_keeps_nothing_of_what_it_was_sent(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEWS, OPENED])
    cell = notebook.run(0)
    cell.locator(".rw-canvas").wait_for()
    heap, weights = Heap(notebook), []
    for last in (700, 701, 702):
        # Each round ends with another number: what the line said before would be no proof.
        notebook.py(f"update({last + 1})")
        expect(cell.locator(".rw-line")).to_contain_text(str(last))
        weights.append(heap.weigh())
    # What the updates leave grows in both rounds; what Jupyter does meanwhile, in one at most.
    grown = {
        name: min(after[name] - before[name] for before, after in pairwise(weights))
        for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")
    }
    assert grown["JSHeapUsedSize"] < 2_000_000, weights
    assert grown["Nodes"] < 300 and grown["JSEventListeners"] < 100, grown

    slot = notebook.run(1)
    counts = []
    for number in range(7):
        notebook.py(f"show({number})")
        expect(slot.locator("canvas").first).to_be_visible()
        expect(slot.locator(".rwl-tile")).to_have_count(1)
        notebook.py("hide()")
        expect(slot.locator("canvas")).to_have_count(0)
        if number % 3 == 0:
            counts.append(heap.count("HTMLCanvasElement"))
    # A view or two may wait for the next one; those of each round do not pile up.
    assert counts[2] - counts[1] <= 4, counts
    assert notebook.page_errors == []
