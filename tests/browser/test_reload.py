"""A page that is opened anew while the kernel lives shows what it showed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.notebook_page import OpenNotebook
from tests.browser.test_explain import LONG, SETUP, Panel


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
