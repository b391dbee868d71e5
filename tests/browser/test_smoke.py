"""The ground that the other browser tests stand on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.notebook_page import OpenNotebook


def test_a_cell_shows_its_value(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["1 + 1"])
    notebook.run(0)
    expect(notebook.output(0)).to_contain_text("2")
    assert notebook.py("print(6 * 7)").strip() == "42"
    assert notebook.page_errors == []


def test_an_error_in_the_kernel_fails_the_test(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["pass"])
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        notebook.py("1 / 0")


def test_a_running_cell_can_be_interrupted(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["import time\nprint('on')\ntime.sleep(600)"])
    # The output, not the cell: the code, too, contains what it prints.
    notebook.start(0)
    expect(notebook.output(0)).to_contain_text("on")
    notebook.interrupt()
    expect(notebook.output(0)).to_contain_text("KeyboardInterrupt")
    notebook.wait_idle()


def test_the_theme_can_be_chosen(open_notebook: OpenNotebook) -> None:
    dark = open_notebook(["pass"], theme="dark")
    assert dark.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    light = open_notebook(["pass"])
    assert light.page.evaluate("document.body.dataset.jpThemeLight") == "true"
