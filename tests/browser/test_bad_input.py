"""What cannot be shown or used is refused in words, and what was there before stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.notebook_page import NotebookPage, OpenNotebook
from tests.browser.region_page import SETUP, RegionPage

HUGE = """
from rex_widgets.widgets import LayerView, LinkedViews
RegionCanvas(np.broadcast_to(np.zeros(3, np.uint8), (20000, 20000, 3)))
"""
VIEWS = """
from rex_widgets.widgets import LayerView, LinkedViews, SignalView, VolumeView
layer = LayerView(picture); layer.set_map(np.eye(64, 96, dtype=np.float32))
linked = LinkedViews(picture); linked.add_map("eye", np.eye(64, 96))
volume = VolumeView(np.zeros((8, 9, 10), np.uint8)); volume.set_map(np.ones((8, 9, 10)))
signal = SignalView(np.arange(50.0)); signal.set_map(np.ones(50))
region.mask = np.eye(64, 96, dtype=bool)
def refused(what):
    try:
        what()
    except InputError as problem:
        return str(problem)
    return "accepted"
from rex_widgets.errors import InputError
nan = np.full((64, 96), np.nan)
layer
"""


def _told(notebook: NotebookPage, call: str) -> str:
    return notebook.py(f"print(refused(lambda: {call}))").strip()


def test_arrays_that_do_not_fit_are_refused_and_nothing_changes(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([SETUP, VIEWS, "region.mask = np.ones((5, 7), bool)", HUGE])
    shown = RegionPage(notebook, notebook.run(0))
    layer = notebook.run(1).locator(".rw-canvas")
    layer.wait_for()
    shown.until("region.mask.sum() == 64")

    for cell, words in ((2, "(5, 7)"), (3, "20000")):
        notebook.run(cell)
        output = notebook.output(cell)
        expect(output).to_contain_text("InputError")
        expect(output).to_contain_text(words)
    before = notebook.py("import resource; print(resource.getrusage(0).ru_maxrss)")
    huge = "np.broadcast_to(np.zeros(3, np.uint8), (20000, 20000, 3))"
    for view in ("RegionCanvas", "LayerView", "LinkedViews"):
        assert "20000" in _told(notebook, f"{view}({huge})").replace("\u202f", ""), view
    # A picture of 1.2 GB is refused before it is there.
    after = notebook.py("print(resource.getrusage(0).ru_maxrss)")
    assert int(after) - int(before) < 300_000

    for call in (
        "layer.set_map(nan)",
        "linked.add_map('nan', nan)",
        "volume.set_map(np.full((8, 9, 10), np.inf))",
        "signal.set_map(np.full(50, np.nan))",
        "region.link_map('nan', nan)",
        "layer.set_mask(np.ones((5, 7), bool))",
        "linked.add_mask('small', np.ones((5, 7), bool))",
        "volume.set_mask(np.ones((8, 9), bool))",
        "signal.set_mask(np.ones(51, bool))",
    ):
        words = _told(notebook, call)
        if words == "accepted":
            # Places without a value are allowed where they are drawn as such.
            assert "nan" in call or "inf" in call, call
        else:
            assert len(words) > 20 and "Traceback" not in words, call
    expect(layer).to_be_visible()
    shown.until("region.mask.sum() == 64 and agrees()")
    shown.canvas.scroll_into_view_if_needed()
    shown.drag((40, 5), (60, 5))
    shown.until("heard and region.mask.sum() > 64 and agrees()")
    assert notebook.page_errors == []


@pytest.mark.parametrize("what", ["oversize", "nonsense"])
def test_messages_that_no_page_sends_are_refused(open_notebook: OpenNotebook, what: str) -> None:
    notebook = open_notebook([SETUP])
    shown = RegionPage(notebook, notebook.run(0))
    shown.drag((10, 10), (30, 40))
    shown.until("len(heard) == 1")
    rect = "[0, 0, 96, 64]" if what == "oversize" else "['x', None, 3]"
    notebook.py(
        "import copy\n"
        f"content = {{'type': 'edit', 'name': 'one', 'rect': {rect}, 'shapes': 7}}\n"
        "before = region.mask.copy(), copy.deepcopy(region.shapes)\n"
        "region._handle_custom_msg(content, [memoryview(bytes(80 * 2**20))])"
    )
    assert shown.told("np.array_equal(before[0], region.mask) and before[1] == region.shapes")
    assert shown.told("len(heard)") == 1
    shown.drag((50, 10), (70, 40))
    shown.until("len(heard) == 2 and agrees()")
