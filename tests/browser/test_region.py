"""RegionCanvas in a notebook: mouse, keyboard, undo, fills, a running cell, a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import OpenNotebook
from tests.browser.region_page import SETUP, RegionPage

GREY = [100, 100, 100]


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> RegionPage:
    notebook = open_notebook([SETUP, "time.sleep(8)"])
    return RegionPage(notebook, notebook.run(0))


def test_the_mouse_draws_every_kind_and_undo_takes_it_back(shown: RegionPage) -> None:
    shown.drag((10, 10), (30, 10))
    shown.until("len(heard) == 1 and region.mask[10, 20]")
    assert shown.pixel(20, 10) != GREY
    shown.press("r")
    shown.drag((40, 30), (60, 50))
    shown.press("o")
    shown.drag((5, 40), (25, 60))
    shown.press("l")
    shown.drag((70, 40), (90, 40), (80, 60))
    shown.press("p")
    shown.click((30, 30), (36, 30), (36, 36))
    shown.page.mouse.dblclick(*shown.at(30, 36))
    shown.press("s", "r")
    shown.drag((45, 35), (55, 45))
    shown.press("e")
    shown.drag((12, 50), (18, 50))
    shown.until("len(heard) == 7")
    assert shown.kinds() == ["brush", "box", "ellipse", "polygon", "polygon", "box", "brush"]
    assert shown.told("[s['op'] for s in region.shapes[5:]]") == ["subtract", "subtract"]
    assert shown.told("region.shapes[1]['points']") == [40 * 256, 30 * 256, 60 * 256, 50 * 256]
    assert shown.told("len(region.shapes[4]['points'])") == 8
    assert shown.told("agrees()") is True
    assert shown.told("[bool(region.mask[y, x]) for x, y in ((41, 31), (50, 40), (33, 33))]") == [
        True,
        False,
        True,
    ]
    for _ in range(7):
        shown.press("Control+z")
    shown.until("not region.shapes and not region.mask.any()")
    expect(shown.button("Undo")).to_be_disabled()
    for _ in range(7):
        shown.press("Control+y")
    shown.until("len(region.shapes) == 7 and agrees()")
    assert shown.notebook.page_errors == []


def test_a_polygon_takes_points_back_and_is_cancelled(shown: RegionPage) -> None:
    shown.press("p")
    shown.canvas.focus()
    shown.press("p")
    shown.click((10, 10), (30, 10), (50, 50))
    shown.press("Backspace")
    shown.click((30, 30), (10, 30))
    shown.press("Enter")
    shown.until("len(heard) == 1")
    assert shown.told("region.shapes[0]['points'][4:6]") == [30 * 256, 30 * 256]
    shown.click((60, 10), (80, 10), (80, 30))
    shown.press("Escape", "Enter", "Escape")
    shown.click((60, 40), (80, 40), (80, 60), (60, 40))  # the first corner again closes it
    shown.until("len(heard) == 2 and len(region.shapes[1]['points']) == 6")


def test_a_shape_is_selected_moved_copied_and_deleted(shown: RegionPage) -> None:
    shown.canvas.focus()
    shown.press("r")
    shown.drag((10, 10), (20, 20))
    shown.press("v")
    shown.drag((15, 15), (45, 25))
    shown.until("[s['points'] for s in region.shapes] == [[10240, 5120, 12800, 7680]]")
    shown.press("d")
    shown.until("len(region.shapes) == 2 and region.shapes[1]['points'][0] == 10240 + 8 * 256")
    shown.press("Delete")
    shown.until("len(region.shapes) == 1")
    shown.click((45, 25))
    shown.press("Space", "ArrowLeft", "Shift+ArrowDown", "Space")  # held by keys, moved, dropped
    shown.until("region.shapes[0]['points'] == [9984, 7680, 12544, 10240] and agrees()")
    shown.press("Delete")
    shown.until("not region.mask.any()")


def test_the_keyboard_alone_draws_and_leaves_the_notebook_alone(shown: RegionPage) -> None:
    cells = shown.page.locator(".jp-Notebook .jp-Cell").count()
    shown.canvas.focus()
    shown.press("r", "ArrowLeft", "Space", "Shift+ArrowRight", "Shift+ArrowDown", "Space")
    shown.until("heard == [['one', 121]]")  # from pixel to pixel, both within
    shown.press("o", "Space", "Shift+ArrowLeft", "Shift+ArrowUp", "Enter")
    shown.press("b", "Space", "Shift+ArrowUp", "ArrowLeft", "Space", "Enter")
    shown.press("p", "Space", "Shift+ArrowRight", "Space", "Shift+ArrowUp", "Space", "Enter")
    shown.press("l", "Space", "Shift+ArrowDown", "Shift+ArrowRight", "Enter")
    shown.press("x", "i", "[", "]", "+", "-", "0", "h", "ArrowDown", "v", ",", ".")
    shown.until("len(heard) == 7 and agrees()")
    assert shown.kinds() == [
        "box",
        "ellipse",
        "brush",
        "brush",
        "polygon",
        "polygon",
        "invert",
    ]
    shown.until("[region.op, region.tool] == ['intersect', 'select']")
    shown.press("Shift+Delete")
    shown.until("not region.mask.any()")
    expect(shown.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    expect(shown.box.locator("[aria-live]")).to_contain_text("cleared")


def test_fills_by_colour_and_from_a_linked_map(shown: RegionPage) -> None:
    shown.canvas.focus()
    shown.press("f")
    shown.click((70, 12))
    shown.until("region.mask.sum() == 16 * 30 and region.mask[8, 60]")
    expect(shown.button("Fill from a map")).to_be_disabled()
    shown.notebook.py("region.link_map('ramp', np.arange(64. * 96).reshape(64, 96))")
    shown.button("Fill from a map").click()
    top = shown.box.get_by_role("slider", name="Top")
    top.fill("500")  # the slider goes by squares: a quarter
    assert shown.pixel(40, 60) != GREY  # live, before it is applied
    assert shown.told("len(heard)") == 1
    shown.button("Apply").click()
    shown.until("region.mask.sum() == 16 * 30 + 64 * 96 // 4 and agrees()")
    shown.notebook.py(
        "try: region.link_map('ramp', np.full((64, 96), np.nan))\n"
        "except ValueError as e: print('NaN' in str(e))"
    )
    shown.press("t")
    expect(shown.box.get_by_label("Map", exact=True)).to_have_value("ramp")
    shown.press("Escape")
    expect(shown.box.get_by_label("Map", exact=True)).to_be_hidden()


def test_whole_regions_grow_shrink_and_are_feathered(shown: RegionPage) -> None:
    shown.canvas.focus()
    shown.press("r")
    shown.drag((40, 30), (60, 50))
    shown.press("g")
    shown.button("Grow").click()
    shown.until("region.mask.sum() > 400 and agrees()")
    shown.button("Shrink").click()
    shown.until("len(region.shapes) == 3 and agrees()")
    shown.box.get_by_role("slider", name="Feather").fill("6")
    shown.box.get_by_role("slider", name="Feather").dispatch_event("change")
    shown.until("region.feather == 6")
    assert shown.told("0 < float(region.soft_mask[40, 38]) < 0.5") is True
    shown.button("Invert").click()
    shown.until("region.mask[0, 0] and not region.mask[40, 50]")
    shown.button("Flatten").click()
    shown.until("[s['kind'] for s in region.shapes] == ['pixels'] and agrees()")


def test_regions_are_added_renamed_chosen_and_removed(shown: RegionPage) -> None:
    shown.drag((10, 10), (30, 10))
    shown.until("heard == [['one', int(region.mask.sum())]]")
    shown.box.get_by_role("radio", name="two").click()
    shown.until("region.active == 'two'")
    shown.button("Rename the region").click()
    shown.box.get_by_label("Name of the region").fill("nose")
    shown.press("Enter")
    shown.until("list(region.regions) == ['one', 'nose']")
    shown.button("Add a region").click()
    shown.box.get_by_label("Name of the region").fill("nose")
    shown.press("Enter")
    expect(shown.box.locator(".rw-error")).to_contain_text("nose")
    shown.box.get_by_label("Name of the region").fill("ear")
    shown.press("Enter")
    shown.until("region.active == 'ear'")
    shown.drag((50, 10), (70, 10))
    shown.until("region.regions['ear'].mask[10, 60] and not region.regions['one'].mask[10, 60]")
    colours = shown.told("[r.colour for r in region.regions.values()]")
    assert len(set(colours)) == 3
    shown.button("Remove the region").click()
    shown.until("list(region.regions) == ['one', 'nose'] and agrees()")
    shown.canvas.focus()
    shown.press("Control+z")
    shown.until("region.regions['ear'].mask[10, 60] and agrees()")


def test_it_draws_while_a_cell_runs(shown: RegionPage) -> None:
    shown.notebook.start(1)
    shown.drag((10, 10), (30, 10))
    assert shown.pixel(20, 10) != GREY
    shown.press("r")
    shown.drag((40, 30), (60, 50))
    shown.press("Control+z")
    assert shown.pixel(50, 40) == GREY
    shown.notebook.interrupt()
    shown.until("len(heard) == 3 and region.mask[10, 20] and not region.mask[40, 50]")


def test_a_mask_from_python_is_a_step_of_undo(shown: RegionPage) -> None:
    shown.drag((10, 10), (30, 10))
    shown.until("len(heard) == 1")
    shown.notebook.py("m = np.zeros((64, 96), bool); m[40:50, 40:60] = True; region.mask = m")
    expect(shown.box.locator(".rw-chip").first).to_contain_text("3.3 %")
    assert shown.pixel(50, 45) != GREY
    assert shown.pixel(20, 10) == GREY
    shown.drag((80, 10), (85, 10))
    shown.until("len(region.shapes) == 2 and agrees()")
    shown.press("Control+z", "Control+z")
    shown.until("region.mask[10, 20] and not region.mask[45, 50] and agrees()")


def test_a_reload_brings_the_regions_back(shown: RegionPage) -> None:
    shown.drag((10, 10), (30, 10))
    shown.press("r")
    shown.drag((40, 30), (60, 50))
    shown.until("len(heard) == 2")
    shown.notebook.reload()
    again = RegionPage(shown.notebook, shown.notebook.cell(0))
    assert again.pixel(50, 40) != GREY
    again.canvas.focus()
    again.press("Control+z")
    again.until("len(region.shapes) == 1 and agrees() and not region.mask[40, 50]")
    assert again.pixel(50, 40) == GREY
    again.press("Control+z")
    again.until("not region.mask.any()")
    again.drag((70, 45), (80, 55))  # the box is still the tool
    again.until("region.mask[50, 75] and agrees()")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_grave_is_inaccessible(open_notebook: OpenNotebook, theme: str) -> None:
    notebook = open_notebook([SETUP], theme=theme)
    shown = RegionPage(notebook, notebook.run(0))
    shown.notebook.py("region.link_map('ramp', np.arange(64. * 96).reshape(64, 96))")
    shown.canvas.focus()
    shown.press("p")
    shown.click((10, 10), (30, 10), (50, 50))
    for key in ("g", "t"):
        assert grave_violations(shown.page, ".rw-region") == []
        shown.canvas.focus()
        shown.press(key)
    assert grave_violations(shown.page, ".rw-region") == []
