"""axe-core finds nothing serious in what the library shows, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import test_relax_panel as relax
from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme
from tests.browser.test_explain import SETUP, SHORT
from tests.browser.test_linked_views import VIEWS
from tests.browser.test_search_canvas import DRIVE, RUN
from tests.browser.test_signal_view import SOUND, TABLE
from tests.browser.test_signal_view import VIEW as SIGNAL
from tests.browser.test_volume_view import VIEW as VOLUME

THEMES: tuple[Theme, Theme] = ("light", "dark")
PAGES = {
    "Region": ".rw-region .rw-tool",
    "Views": ".rw-linked .rwl-tile",
    "Search": ".rw-search-summary",
    "Settings": ".rw-form .rw-field",
    "History": ".rw-history .rw-entry",
}
"""Pages of a panel, and what is there when they are."""


def _open(cell: Locator, title: str) -> None:
    cell.get_by_role("tab", name=title, exact=True).click()
    expect(cell.locator(PAGES[title]).first).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_the_panel_and_its_pages(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([SETUP, SHORT], theme=theme)
    notebook.run(0)
    cell = notebook.run(1)
    finished = cell.locator(".rw-line[data-status=finished]")
    expect(finished).to_be_visible(timeout=60_000)
    assert grave_violations(notebook.page, ".rw-panel") == []
    for title in PAGES:
        _open(cell, title)
        assert grave_violations(notebook.page, ".rw-panel") == [], title
    # With something painted, two results to compare, and both compared.
    cell.get_by_role("tab", name="Explanation", exact=True).click()
    cell.get_by_label("Brush", exact=True).first.click()
    cell.locator(".rw-canvas").first.press("Space")
    expect(cell.get_by_text("With the painted part hidden")).to_be_visible()
    cell.locator(".rw-choice-names").first.select_option("spatial")
    expect(cell.locator(".rw-entry")).to_have_count(2)
    for number in (0, 1):
        cell.locator(".rw-tick").nth(number).check()
    cell.get_by_role("button", name="Compare 2/2").click()
    expect(cell.locator(".rw-linked .rwl-tile").last).to_be_visible()
    assert grave_violations(notebook.page, ".rw-panel") == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_panel_of_a_representation(open_notebook: OpenNotebook, theme: Theme) -> None:
    other = "panel_of((200,), 'spectral')"
    notebook = open_notebook(
        [relax.SETUP, relax.WITH_GALLERY, relax.OTHER_KINDS, other], theme=theme
    )
    notebook.run(0)
    panel = relax.Shown(notebook, notebook.run(1))
    panel.is_now("finished")
    # With the map of a pair, and both errors.
    panel.cell.locator(".rw-gallery").get_by_role("option").first.click()
    panel.cell.get_by_label("Show also", exact=True).select_option("standard errors")
    expect(panel.names).to_have_count(len(relax.MAPS) + 3)
    assert grave_violations(notebook.page, ".rw-panel") == []
    for title in ("Settings", "History"):
        _open(panel.cell, title)
        assert grave_violations(notebook.page, ".rw-panel") == [], title
    panel.open("Hide a part")
    canvas = panel.cell.locator(".rw-canvas").first
    canvas.wait_for()
    panel.drag(canvas, (0.3, 0.35), (0.6, 0.5))
    expect(panel.cell.locator(".rw-hidden")).to_contain_text("With the painted part hidden")
    assert grave_violations(notebook.page, ".rw-panel") == []
    notebook.run(2)
    signal = relax.Shown(notebook, notebook.run(3))
    signal.is_now("finished")
    signal.cell.get_by_label("Map shown", exact=True).select_option("U-RELAX")
    expect(signal.cell.get_by_role("slider", name="Uncertainty at most")).to_be_visible()
    output = ".jp-Cell[data-windowed-list-index='3'] .jp-Cell-outputArea"
    assert grave_violations(notebook.page, output) == []


def _shown(notebook: NotebookPage, index: int, ready: str) -> list[str]:
    """Run a cell, wait for what it shows, and return what is wrong with it."""
    cell = notebook.run(index)
    expect(cell.locator(ready).first).to_be_visible()
    output = f".jp-Cell[data-windowed-list-index='{index}'] .jp-Cell-outputArea"
    return grave_violations(notebook.page, output)


@pytest.mark.parametrize("theme", THEMES)
def test_views_by_themselves(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([VIEWS, VOLUME, SIGNAL, SOUND, TABLE, RUN], theme=theme)
    for index, ready in enumerate(
        [".rwl-tile", "canvas[data-plane=axial]", "canvas", "canvas", "[role=option]", "canvas"]
    ):
        assert _shown(notebook, index, ready) == [], index
    # The comparisons of the linked views have controls of their own.
    linked = notebook.cell(0).locator(".rw-linked")
    for mode in ("overlay", "swipe"):
        notebook.py(f"views.mode = {mode!r}")
        expect(linked.locator("canvas:visible").first).to_be_visible()
        assert grave_violations(notebook.page, ".rw-linked") == [], mode
    notebook.py(DRIVE + "\ncanvas.seek(1); canvas.choose(2)")
    expect(notebook.cell(5).locator(".rw-search-detail")).to_contain_text("Mutant 3")
    assert grave_violations(notebook.page, ".rw-search-canvas") == []


def test_the_checker_sees_what_is_wrong(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        ["from IPython.display import HTML\nHTML('<div id=bad><button></button></div>')"]
    )
    notebook.run(0)
    assert any("button-name" in line for line in grave_violations(notebook.page, "#bad"))
