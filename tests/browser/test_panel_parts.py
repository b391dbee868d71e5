"""SettingsForm, HistoryList and SaveMenu in a notebook, with mouse and keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessibility import grave_violations
from tests.browser.notebook_page import NotebookPage, OpenNotebook, Theme
from tests.browser.test_layer_view import told, until

FORM = """
import json, numpy as np
from rex_widgets.widgets import SettingsForm
from rex_widgets.causal.settings import CausalSettings
heard = []
form = SettingsForm(CausalSettings(context=np.zeros((2, 3), np.float32)))
form.on_apply(lambda settings: heard.append(settings.iters))
form
"""
HISTORY = """
import json, numpy as np
from rex_widgets.widgets import HistoryList
from rex_widgets.results import (
    Certificate, ClassScore, EvaluationCount, Explanation, Target)
def made(label, verified=True):
    mask = np.zeros((32, 48), np.bool_)
    mask[8:20, 10:30] = True
    return Explanation(
        map=mask.astype(np.float32), mask=mask, target=Target(1, label, 0.9), confidence=0.8,
        area=0.15, verified=verified, certificate=None, occlusions={},
        evaluations=EvaluationCount.of({"search": 90}), seconds=1.5, seconds_in_model=1.0,
        stage="verified" if verified else "ranked prefix", message="", top=(), settings=None,
        seed=0, versions={}, runtime="", choices=(), statistics={},
        picture=np.full((32, 48, 3), 200, np.uint8))
heard = []
history = HistoryList()
for name in ("<b>one</b>", "two", "three"):
    history.add(made(name, verified=name != "two"))
history.on_restore(heard.append)
history.on_compare(lambda *ids: heard.append(ids))
history
"""
SAVE = """
import json
from rex_widgets.widgets import SaveMenu
heard = []
def save(kind, name):
    heard.append((kind, name))
    if kind == "npz":
        raise RuntimeError("no <b>room</b>")
    return name + ".png"
menu = SaveMenu(suggestion="Egyptian cat", code="%explain img model")
menu.on_save(save)
menu.offer("run", refused="The run is still going on")
menu
"""
THEMES: tuple[Theme, Theme] = ("light", "dark")


def field(output: Locator, name: str) -> Locator:
    return output.locator(f".rw-field[data-name={name}]")


def control(output: Locator, name: str) -> Locator:
    return field(output, name).locator("input, select").last


def cells(notebook: NotebookPage) -> Locator:
    return notebook.page.locator(".jp-Notebook .jp-Cell")


def test_settings_are_changed_checked_and_applied(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FORM])
    output = notebook.run(0)
    iters, apply = control(output, "iters"), output.get_by_role("button", name="Apply")
    expect(apply).to_have_attribute("aria-disabled", "true")
    iters.fill("0")
    expect(iters).to_have_attribute("aria-invalid", "true")
    expect(field(output, "iters")).to_contain_text("Expected 1 to 100000.")
    apply.click()
    expect(iters).to_be_focused()
    iters.fill("30")
    expect(iters).to_have_attribute("aria-invalid", "false")
    expect(field(output, "iters")).to_have_attribute("data-waiting", "true")
    assert told(notebook, "[form.settings.iters, heard]") == [20, []]
    notebook.page.keyboard.press("Enter")
    until(notebook, "heard == [30]")
    expect(field(output, "iters")).to_have_attribute("data-waiting", "false")
    expect(field(output, "iters")).to_have_attribute("data-changed", "true")
    field(output, "iters").get_by_role("button", name="Reset Iters").click()
    apply.click()
    until(notebook, "heard == [30, 20]")
    assert notebook.page_errors == []


def test_what_only_the_kernel_knows_stands_beside_its_field(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FORM])
    output = notebook.run(0)
    output.get_by_text("Where boxes are split", exact=True).click()
    control(output, "distribution").select_option("betabinom")
    args = control(output, "distribution_args")
    expect(args).to_have_attribute("aria-invalid", "false")
    output.get_by_role("button", name="Apply").click()
    expect(args).to_have_attribute("aria-invalid", "true")
    expect(args).to_be_focused()
    expect(field(output, "distribution_args")).to_contain_text("two positive numbers")
    assert told(notebook, "form.settings.distribution") == "uniform"
    notebook.page.keyboard.type("2, 3")
    expect(args).to_have_attribute("aria-invalid", "false")
    notebook.page.keyboard.press("Enter")
    until(notebook, "form.settings.distribution_args == (2.0, 3.0)")
    output.get_by_text("Hidden places", exact=True).click()
    expect(field(output, "context")).to_contain_text("array 2 × 3, float32")
    expect(control(output, "context")).to_be_hidden()


def test_a_preset_fills_the_form_and_help_unfolds(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FORM])
    output = notebook.run(0)
    preset = output.get_by_label("Preset")
    expect(preset).to_have_value("default")
    preset.select_option("quick look")
    expect(control(output, "iters")).to_have_value("4")
    until(notebook, "form.draft == {'iters': '4', 'minimise_budget': '100'}")
    assert told(notebook, "form.settings.iters") == 20
    control(output, "iters").fill("5")
    expect(preset).to_have_value("")
    output.get_by_role("button", name="Discard").click()
    expect(preset).to_have_value("default")
    ask = output.get_by_role("button", name="Help on Iters")
    ask.click()
    expect(ask).to_have_attribute("aria-expanded", "true")
    expect(field(output, "iters")).to_contain_text("causal.iters")
    notebook.py("form.use_preset('thorough'); form.apply()")
    expect(control(output, "iters")).to_have_value("60")


def test_results_are_restored_compared_removed_and_brought_back(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([HISTORY])
    output = notebook.run(0)
    entries = output.locator(".rw-entry")
    expect(entries).to_have_count(3)
    expect(entries.last).to_contain_text("<b>one</b>")
    for number in range(3):
        picture = entries.nth(number).locator("img")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 144
    entries.last.click()
    until(notebook, "heard == ['result-1']")
    expect(entries.last).to_have_attribute("aria-current", "true")
    notebook.page.keyboard.press("ArrowUp")
    expect(entries.nth(1)).to_be_focused()
    ticks, compare = output.locator(".rw-tick"), output.locator(".rw-small").first
    for number in (2, 0, 1):
        ticks.nth(number).check()
    expect(ticks.nth(2)).not_to_be_checked()
    expect(compare).to_have_text("Compare 2/2")
    compare.click()
    until(notebook, "heard[1:] == [('result-3', 'result-2')]")
    before = cells(notebook).count()
    entries.nth(1).focus()
    notebook.page.keyboard.press("Delete")
    expect(entries).to_have_count(2)
    expect(entries.last).to_be_focused()
    output.get_by_role("button", name="Clear", exact=True).click()
    expect(output.locator(".rw-empty")).to_be_visible()
    undo = output.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    notebook.page.keyboard.press("Enter")
    expect(entries).to_have_count(2)
    expect(entries.first).to_be_focused()
    expect(entries.first.locator("img")).to_be_visible()
    expect(cells(notebook)).to_have_count(before)
    assert notebook.page_errors == []


def test_the_menu_saves_by_keyboard_and_says_what_became_of_it(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([SAVE])
    output = notebook.run(0)
    page, button = notebook.page, output.get_by_role("button", name="Save")
    before = cells(notebook).count()
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(button).to_have_attribute("aria-expanded", "true")
    item = output.get_by_role("menuitem")
    expect(item.first).to_be_focused()
    expect(item.first).to_contain_text("egyptian-cat.html")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(item.first).to_be_hidden()
    page.keyboard.press("ArrowUp")
    expect(item.last).to_be_focused()
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    until(notebook, "heard == [('png', 'egyptian-cat')]")
    message = output.locator(".rw-save-message")
    expect(message).to_have_text("Saved egyptian-cat.png in the working folder.")
    expect(button).to_be_focused()

    name = output.get_by_label("Name")
    name.fill("../x")
    expect(output.locator(".rw-save-problem")).to_contain_text("without folders")
    button.focus()
    page.keyboard.press("Enter")
    expect(name).to_be_focused()
    name.fill("my cat")
    button.click()
    output.get_by_role("menuitem", name="NPZ").click()
    expect(message).to_have_text("Not saved. RuntimeError: no <b>room</b>")
    button.click()
    refused = output.get_by_role("menuitem", name="Run file")
    expect(refused).to_have_attribute("aria-disabled", "true")
    expect(refused).to_contain_text("still going on")
    page.mouse.click(5, 500)
    expect(item.first).to_be_hidden()
    assert told(notebook, "heard") == [["png", "egyptian-cat"], ["npz", "my cat"]]
    expect(cells(notebook)).to_have_count(before)
    assert notebook.page_errors == []


def test_code_is_copied_or_shown(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([SAVE])
    output = notebook.run(0)
    output.get_by_role("button", name="Save").click()
    output.get_by_role("menuitem", name="Copy as code").click()
    message = output.locator(".rw-save-message")
    expect(message).to_contain_text("opie")  # Copied, or a page that may not copy
    expect(message).not_to_contain_text("queued")
    if "Copied" not in message.inner_text():
        expect(output.get_by_label("Code to be copied")).to_have_value("%explain img model")
    assert told(notebook, "heard") == []


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_grave_stands_in_the_way(open_notebook: OpenNotebook, theme: Theme) -> None:
    notebook = open_notebook([FORM, HISTORY, SAVE], theme=theme)
    output = notebook.run(0)
    notebook.py("form._apply({'iters': '0'})")
    for group in output.locator("summary").all()[1:]:
        group.click()
    output.get_by_role("button", name="Help on Iters").click()
    assert grave_violations(notebook.page, ".rw-form") == []
    notebook.run(1).locator(".rw-entry img").first.wait_for()
    notebook.py("history.remove('result-1')")
    expect(notebook.output(1).locator(".rw-entry")).to_have_count(2)
    assert grave_violations(notebook.page, ".rw-history") == []
    saving = notebook.run(2)
    notebook.py("menu.failed('The disk is full.')")
    saving.get_by_role("button", name="Save").click()
    assert grave_violations(notebook.page, ".rw-save") == []
