"""axe-core finds nothing serious in what the library shows, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import OpenNotebook, Theme
from tests.browser.test_explain import SETUP, SHORT

THEMES: tuple[Theme, Theme] = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
def test_the_panel(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([SETUP, SHORT], theme=theme)
    notebook.run(0)
    cell = notebook.run(1)
    expect(cell.locator(".rw-line")).to_have_attribute("data-status", "finished", timeout=60_000)
    assert grave_violations(notebook.page, ".rw-panel") == []


def test_the_checker_sees_what_is_wrong(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        ["from IPython.display import HTML\nHTML('<div id=bad><button></button></div>')"]
    )
    notebook.run(0)
    assert any("button-name" in line for line in grave_violations(notebook.page, "#bad"))
