"""Counterfactuals as a person meets them: the gallery while it fills, and the explorer by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import HELD, NotebookPage, OpenNotebook, Theme
from tests.browser.test_linked_views import told, until

SETUP = """
import json, time
import rex_widgets as rw
from rex_widgets.widgets import CounterfactualGallery, LatentExplorer, LatentPanel

def panel_of(**settings):
    global panel, run
    given = {'seed': 0, 'num_explanations': 4, 'num_iters': 15, 'lr': 0.15, **settings}
    run = rw.start([3, 17], 'world', method='dice', **given)
    panel = LatentPanel(run)
    panel.start()
    return panel
"""
SHORT = "panel_of()"
LONG = "panel_of(num_iters=100_000)"
EXPLORER = "explorer = LatentExplorer(7)\nexplorer"

_MEAN = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4)
        sum = (sum * 31 + data[i] * 65536 + data[i + 1] * 256 + data[i + 2]) % 2147483647;
    return sum;
}"""


def shown(
    open_notebook: OpenNotebook, line: str, *more: str, theme: Theme = "light"
) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([SETUP, line, *more], theme=theme)
    notebook.run(0)
    return notebook, notebook.run(1)


def _is_now(cell: Locator, status: str) -> None:
    expect(cell.locator(".rw-line")).to_have_attribute("data-status", status, timeout=60_000)


def _changes(notebook: NotebookPage, canvas: Locator, before: int) -> int:
    until(lambda: canvas.evaluate(_MEAN) != before, notebook.page)
    return int(canvas.evaluate(_MEAN))


def test_counterfactuals_form_and_it_obeys(open_notebook: OpenNotebook) -> None:
    notebook, cell = shown(open_notebook, LONG)
    _is_now(cell, "running")
    cells = cell.get_by_role("gridcell")
    expect(cells).to_have_count(8)
    expect(cell.get_by_role("rowheader")).to_have_count(2)
    picture = cells.first.locator("canvas")
    expect(cells.first.locator(".rwc-words")).to_contain_text("%")
    _changes(notebook, picture, int(picture.evaluate(_MEAN)))
    cell.locator("[data-action='pause']").click()
    _is_now(cell, "paused")
    cell.locator("[data-action='stop']").click()
    _is_now(cell, "cancelled")
    assert notebook.page_errors == []


def test_the_gallery_obeys_the_keys(open_notebook: OpenNotebook) -> None:
    notebook, cell = shown(open_notebook, SHORT)
    _is_now(cell, "finished")
    cells = cell.get_by_role("gridcell")
    for place, verdict in enumerate(told(notebook, "run.result().verdict.reshape(-1).tolist()")):
        expect(cells.nth(place)).to_have_attribute("data-verdict", verdict)
    expect(cell.locator(".rwc-bar")).to_have_count(11)
    cells.nth(1).click()
    keys = notebook.page.keyboard
    for key, place in [
        ("ArrowDown", 5), ("ArrowRight", 6), ("End", 7), ("ArrowRight", 7), ("ArrowUp", 3),
    ]:  # fmt: skip
        keys.press(key)
        expect(cells.nth(place)).to_be_focused()
        expect(cells.nth(place)).to_have_attribute("aria-selected", "true")
    until(lambda: told(notebook, "panel._parts.gallery.chosen") == [0, 3], notebook.page)
    expect(cell.locator(".rwc-heading")).to_contain_text("Counterfactual 4 of")
    keys.press("Home")
    expect(cell.get_by_role("rowheader").first).to_be_focused()
    # A notebook's own shortcuts stay quiet: "b" would insert a cell.
    keys.press("b")
    keys.press("Escape")
    expect(cell.locator(".rwc-hint")).to_be_visible()
    until(lambda: told(notebook, "panel._parts.gallery.chosen") == [], notebook.page)
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    assert notebook.page_errors == []


def test_the_explorer_begins_at_the_chosen_one(open_notebook: OpenNotebook) -> None:
    notebook, cell = shown(open_notebook, SHORT)
    _is_now(cell, "finished")
    cell.get_by_role("gridcell").nth(6).click()
    cell.get_by_role("tab", name="Explore", exact=True).click()
    name = told(notebook, "run.result().sample_names[1]")
    expect(cell.get_by_role("button", name=f"sample 1: {name}")).to_be_visible()
    expect(cell.locator(".rwe-bar")).to_have_count(2)
    wanted = "run.result().counterfactuals[1, 2].tolist()"
    assert told(notebook, f"panel._explore.explorer.point == {wanted}") is True
    cell.get_by_role("button", name=f"sample 1: {name}").click()
    until(
        lambda: told(notebook, "panel._explore.explorer.point == run.result().latents[1].tolist()"),
        notebook.page,
    )
    expect(cell.locator(".rwe-title")).to_have_text(name)
    assert notebook.page_errors == []


def test_sliders_pads_and_the_map_move_the_point(open_notebook: OpenNotebook) -> None:
    notebook, cell = shown(open_notebook, EXPLORER)
    picture, pads = cell.locator(".rwe-picture"), cell.locator(".rwe-pad")
    expect(pads).to_have_count(3)
    until(lambda: told(notebook, "explorer.map is not None"), notebook.page)
    before = _changes(notebook, picture, 0)
    cell.get_by_role("slider", name="rotation").press("End")
    before = _changes(notebook, picture, before)
    cell.get_by_label("Nearest character; choose one to go there").select_option(label="K")
    expect(cell.locator(".rwe-title")).to_contain_text("K in")
    before = _changes(notebook, picture, before)
    # The pad of the fonts is dragged, the map moved by keys.
    pads.nth(2).scroll_into_view_if_needed()
    box = pads.nth(2).bounding_box()
    assert box
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + 118, box["y"] + 118, steps=8)
    mouse.up()
    wanted = "[(explorer._ends[0][i] + explorer._ends[1][i]) / 2 for i in (3, 4)]"
    until(
        lambda: told(
            notebook,
            f"all(abs(a - b) < 0.1 for a, b in zip(explorer.point[3:5], {wanted}))",
        ),
        notebook.page,
    )
    axes = told(notebook, "explorer.axes")
    point = told(notebook, "explorer.point")
    pads.first.focus()
    notebook.page.keyboard.press("ArrowRight")
    until(lambda: told(notebook, "explorer.point") != point, notebook.page)
    now = told(notebook, "explorer.point")
    assert [i for i in range(11) if now[i] != point[i]] == [axes[0]]
    assert notebook.page_errors == []


def test_the_map_follows_when_the_point_rests(open_notebook: OpenNotebook) -> None:
    notebook, cell = shown(open_notebook, EXPLORER)
    canvas = cell.locator(".rwe-pad").first
    until(lambda: told(notebook, "explorer.map is not None"), notebook.page)
    cell.get_by_label("Decision boundary: coordinate across").select_option(label="font 1")
    until(lambda: told(notebook, "explorer.map.axes[0]") == 3, notebook.page)
    expect(cell.locator(".rwe-fresh")).to_have_text("")
    before = int(canvas.evaluate(_MEAN))
    cell.get_by_label("Class of the map").select_option(label="even")
    until(lambda: told(notebook, "explorer.map.of") == 0, notebook.page)
    _changes(notebook, canvas, before)
    assert notebook.page_errors == []


def test_a_busy_kernel_is_shown_and_nothing_queues_up(open_notebook: OpenNotebook) -> None:
    hear = "heard = []\nexplorer.on_answer(lambda answer: heard.append(answer.point))\n"
    notebook, cell = shown(open_notebook, EXPLORER, hear + HELD.format(seconds=20))
    until(lambda: told(notebook, "explorer.map is not None"), notebook.page)
    queued = cell.locator(".rwe-queued")
    expect(queued).to_be_hidden()
    notebook.hold(2)
    slider = cell.get_by_role("slider", name="scale")
    slider.press("Home")
    for _ in range(30):
        slider.press("ArrowRight")
    # The slider itself never waits.
    value = float(slider.input_value())
    expect(queued).to_be_visible()
    notebook.interrupt()
    notebook.wait_idle()
    expect(queued).to_be_hidden()
    until(lambda: abs(told(notebook, "explorer.answer.point[8]") - value) < 1e-6, notebook.page)
    assert told(notebook, "len(heard)") < 12
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing_grave(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook, cell = shown(open_notebook, SHORT, theme=theme)
    _is_now(cell, "finished")
    cell.get_by_role("gridcell").first.click()
    assert grave_violations(notebook.page, ".rw-counterfactuals") == []
    cell.get_by_role("tab", name="Explore", exact=True).click()
    expect(cell.locator(".rwe-bar")).to_have_count(2)
    assert grave_violations(notebook.page, ".rw-explorer") == []
