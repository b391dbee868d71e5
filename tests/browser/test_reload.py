"""A page that is opened anew while the kernel lives shows what it showed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.notebook_page import OpenNotebook
from tests.browser.test_explain import LONG, SETUP, SHORT, Panel
from tests.browser.test_linked_views import VIEWS
from tests.browser.test_panel_pages import FIND, Pages
from tests.browser.test_volume_view import VIEW as VOLUME


def test_the_panel_comes_back_and_obeys(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, LONG])
    notebook.run(0)
    panel = Panel(notebook, notebook.run(1))
    panel.is_now("running")
    expect(panel.bars.first).to_contain_text("square")

    notebook.reload()
    again = Panel(notebook, notebook.cell(1))
    again.is_now("running")
    expect(again.bars.first).to_contain_text("square")
    again.changes_from(again.pixels())
    again.button("pause").click()
    again.is_now("paused")
    assert notebook.py("print(run.status)").strip() == "paused"


# What a page does as it opens: it asks for all widgets' states, on a comm of its own.
_ASK = """async () => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const comm = kernel.createComm('jupyter.widget.control');
    await comm.subshellStarted;
    const told = new Promise(done => { comm.onMsg = done; });
    await comm.open({}, { version: '1.0.0' }).done;
    comm.send({ method: 'request_states' }, {});
    await told;
    window.asked = comm;
}"""
# Closing the comm ends its subshell; the kernel has done so when it answers the next request.
_LEAVE = """async () => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const before = (await kernel.requestListSubshell({}).done).content.subshell_id.length;
    window.asked.close();
    while ((await kernel.requestListSubshell({}).done).content.subshell_id.length >= before)
        await new Promise(done => setTimeout(done, 20));
}"""


def test_the_panel_obeys_when_a_page_was_opened_and_left(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, LONG])
    notebook.run(0)
    panel = Panel(notebook, notebook.run(1))
    panel.is_now("running")
    notebook.page.evaluate(_ASK)
    # The search speaks, and the other page is the last that the kernel has served.
    for _ in range(3):
        panel.changes_from(panel.pixels())
    notebook.page.evaluate(_LEAVE)
    panel.button("pause").click()
    panel.is_now("paused")


def test_paint_comes_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, LONG])
    notebook.run(0)
    panel = Panel(notebook, notebook.run(1))
    panel.is_now("running")
    panel.cell.get_by_label("Brush", exact=True).first.click()
    panel.canvas.focus()
    notebook.page.keyboard.press("Space")
    hidden = panel.cell.get_by_text("With the painted part hidden")
    expect(hidden).to_be_visible(timeout=60_000)

    notebook.reload()
    again = Panel(notebook, notebook.cell(1))
    expect(again.cell.get_by_text("With the painted part hidden")).to_be_visible()
    expect(again.cell.get_by_label("Undo").first).to_be_enabled()


def test_region_strategy_and_history_come_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SETUP, SHORT])
    notebook.run(0)
    pages = Pages(notebook, notebook.run(1))
    notebook.py(FIND)
    pages.settled()
    pages.cell.locator(".rw-choice-names").first.select_option("spatial")
    pages.until("panel.run.settings.strategy == 'spatial'")
    pages.settled()
    pages.draw_box(0.25, 0.6)
    pages.button("Explain inside the region").click()
    pages.until("panel.run.settings.region is not None")
    pages.settled()
    pages.open("History")
    expect(pages.cell.locator(".rw-entry")).to_have_count(3)
    drawn = pages.told("int(panel._parts.region.mask.sum())")

    notebook.reload()
    pages = Pages(notebook, notebook.cell(1))
    pages.panel.is_now("finished")
    for title in ("Region", "History"):
        tab = pages.cell.get_by_role("tab", name=title, exact=True)
        expect(tab).to_have_attribute("aria-selected", "true")
    expect(pages.cell.locator(".rw-entry")).to_have_count(3)
    expect(pages.cell.get_by_text("The search keeps to a region of")).to_be_visible()
    region = pages.cell.locator(".rw-region")
    expect(region.get_by_role("button", name="Invert", exact=False).first).to_be_enabled()
    region.get_by_label("Undo").click()
    pages.until("not panel._parts.region.mask.any()")
    region.get_by_label("Redo").click()
    pages.until(f"panel._parts.region.mask.sum() == {drawn} > 0")
    pages.open("Explanation")
    expect(pages.cell.locator(".rw-choice-names").first).to_have_value("spatial")
    # The history still answers.
    pages.cell.locator(".rw-entry").last.click()
    pages.until("panel.run.settings.region is None and panel.run.settings.strategy == 'global'")
    assert notebook.page_errors == []


def test_views_come_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEWS, VOLUME])
    linked = notebook.run(0).locator(".rw-linked")
    expect(linked.locator(".rwl-tile")).to_have_count(5)
    axial = notebook.run(1).locator("canvas[data-plane=axial]")
    axial.wait_for()
    slider = linked.get_by_role("slider", name="Strongest")
    slider.focus()
    for _ in range(5):
        notebook.page.keyboard.press("PageUp")
    pages = Pages.__new__(Pages)
    pages.notebook, pages.cell = notebook, notebook.cell(0)
    shown = slider.input_value()
    notebook.py("views.selection = [10, 5, 40, 20]")
    axial.focus()
    notebook.page.keyboard.press("PageUp")
    pages.until("view.crosshair[2] == 16 and views.top < 1")
    top = pages.told("views.top")

    notebook.reload()
    linked = notebook.cell(0).locator(".rw-linked")
    expect(linked.locator(".rwl-tile")).to_have_count(5)
    expect(linked.get_by_role("slider", name="Strongest")).to_have_value(shown)
    assert pages.told("[views.top, views.selection]") == [top, [10, 5, 40, 20]]
    volume = notebook.cell(1)
    expect(volume.locator("[data-reading=voxel]")).to_have_text("20, 25, 16")
    expect(volume.locator(".rw-panel:has(canvas[data-plane=axial]) .rw-depth")).to_have_text(
        "17 / 30"
    )
    assert notebook.page_errors == []
