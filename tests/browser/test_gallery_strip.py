"""GalleryStrip in a notebook, with mouse and keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme
from tests.browser.test_linked_views import pixel, told, until

STRIP = """
import json, numpy as np
from rex_widgets.widgets import GalleryStrip
def flat(*colour): return np.full((30, 40, 3), colour, np.uint8)
items = [("red <i>.jpg", 0.2, flat(255, 0, 0)), ("green.jpg", 0.91, flat(0, 255, 0)),
         ("blue.jpg", -0.1, flat(0, 0, 255))]
strip = GalleryStrip(items, title="Most similar")
heard = []
strip.on_choose(heard.append)
strip
"""


@pytest.fixture
def shown(open_notebook: OpenNotebook) -> tuple[NotebookPage, Locator]:
    notebook = open_notebook([STRIP, "strip"])
    strip = notebook.run(0).locator(".rw-gallery")
    expect(strip.get_by_role("option")).to_have_count(3)
    return notebook, strip


def test_pictures_stand_in_the_order_of_similarity(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, strip = shown
    expect(strip.locator(".rw-name")).to_have_text(["green.jpg", "red <i>.jpg", "blue.jpg"])
    expect(strip.locator(".rw-number")).to_have_text(["0.910", "0.200", "−0.100"])
    expect(strip.get_by_role("listbox", name="Most similar")).to_be_visible()
    expect(strip.get_by_role("option", name="red <i>.jpg, similarity 0.200")).to_be_visible()
    for number, colour in enumerate([[0, 255, 0], [255, 0, 0], [0, 0, 255]]):
        canvas = strip.locator("canvas").nth(number)
        expect(canvas).to_be_visible()
        assert pixel(canvas, 0.5, 0.5)[:3] == colour
    bars = strip.locator(".rw-fill")
    widths = [bars.nth(n).evaluate("e => e.getBoundingClientRect().width") for n in range(3)]
    assert widths[0] > widths[1] > widths[2] > 0
    left = [bars.nth(n).evaluate("e => e.style.left") for n in range(3)]
    assert left[0] == left[1] != left[2] == "0%"
    assert notebook.page_errors == []


def test_a_click_chooses_and_another_takes_it_back(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, strip = shown
    notebook.run(1)
    again = notebook.output(1).get_by_role("option")
    expect(again.first.locator("canvas")).to_be_visible()
    options = strip.get_by_role("option")
    options.nth(1).click()
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(again.nth(1)).to_have_attribute("aria-selected", "true")
    until(lambda: told(notebook, "heard") == [0], notebook.page)
    options.nth(1).click()
    expect(strip.locator("[aria-selected=true]")).to_have_count(0)
    until(lambda: told(notebook, "heard") == [0, -1], notebook.page)
    assert told(notebook, "strip.chosen") == -1
    assert notebook.page_errors == []


def test_keys_choose_and_the_focus_follows(shown: tuple[NotebookPage, Locator]) -> None:
    notebook, strip = shown
    options = strip.get_by_role("option")
    keys = notebook.page.keyboard
    options.first.focus()
    keys.press("Space")
    until(lambda: told(notebook, "strip.chosen") == 1, notebook.page)
    for key, place, index in [
        ("ArrowRight", 1, 0), ("End", 2, 2), ("ArrowRight", 2, 2), ("ArrowLeft", 1, 0),
        ("Home", 0, 1), ("ArrowDown", 1, 0),
    ]:  # fmt: skip
        keys.press(key)
        expect(options.nth(place)).to_be_focused()
        expect(options.nth(place)).to_have_attribute("aria-selected", "true")
        until(lambda wanted=index: told(notebook, "strip.chosen") == wanted, notebook.page)
    # One stop for the Tab key, where the choice is.
    assert [options.nth(n).get_attribute("tabindex") for n in range(3)] == ["-1", "0", "-1"]
    # A notebook's own shortcuts stay quiet: "b" would insert a cell.
    keys.press("b")
    keys.press("Escape")
    until(lambda: told(notebook, "strip.chosen") == -1, notebook.page)
    expect(options.nth(1)).to_be_focused()
    expect(notebook.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    assert notebook.page_errors == []


def test_other_items_come_and_the_choice_follows_its_name(
    shown: tuple[NotebookPage, Locator],
) -> None:
    notebook, strip = shown
    options = strip.get_by_role("option")
    options.nth(2).click()
    until(lambda: told(notebook, "strip.chosen") == 2, notebook.page)
    notebook.py("strip.show([*items[:2], ('blue.jpg', 0.99, flat(9, 9, 9)), ('none', 0, None)])")
    expect(strip.locator(".rw-name")).to_have_text(["blue.jpg", "green.jpg", "red <i>.jpg", "none"])
    expect(options.first).to_have_attribute("aria-selected", "true")
    until(lambda: pixel(strip.locator("canvas").first, 0.5, 0.5)[:3] == [9, 9, 9], notebook.page)
    expect(options.last.locator(".rw-frame")).to_be_hidden()
    notebook.py("strip.show([])")
    expect(strip.get_by_text("Nothing to compare with.")).to_be_visible()
    assert told(notebook, "strip.chosen") == -1
    assert notebook.page_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing_grave(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([STRIP], theme=theme)
    strip = notebook.run(0).locator(".rw-gallery")
    expect(strip.locator("canvas").first).to_be_visible()
    strip.get_by_role("option").first.click()
    assert grave_violations(notebook.page, ".rw-gallery") == []
    notebook.py("strip.show([])")
    expect(strip.locator(".rw-none")).to_be_visible()
    assert grave_violations(notebook.page, ".rw-gallery") == []
