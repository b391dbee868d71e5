from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.presets import PRESETS
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.settings import Group, Preset
from rex_widgets.visual_settings import VisualSettings
from rex_widgets.widgets import SettingsForm


@pytest.fixture
def heard() -> list[Any]:
    """Return what happened, in order: settings called back, and messages sent."""
    return []


@pytest.fixture
def form(heard: list[Any], monkeypatch: pytest.MonkeyPatch) -> SettingsForm:
    made = SettingsForm(CausalSettings(seed=7))
    monkeypatch.setattr(made, "send", heard.append)
    made.on_apply(heard.append)
    return made


def press(form: SettingsForm, draft: Any) -> None:
    """Do what the browser does when Apply is pressed."""
    form._handle_custom_msg({"type": "apply", "draft": draft}, [])


def test_a_draft_is_applied_called_back_and_then_acknowledged(
    form: SettingsForm, heard: list[Any]
) -> None:
    press(form, {"iters": " 50 ", "weighted": True, "distribution": "binom", "blend": "0.5"})
    settings, answer = heard
    assert settings is form.settings
    assert (settings.iters, settings.weighted, settings.distribution) == (50, True, "binom")
    assert settings.seed == 7
    assert answer == {"type": "ack", "applied": True}
    assert form.changes() == {
        "seed": 7, "iters": 50, "weighted": True, "distribution": "binom", "blend": 0.5
    }  # fmt: skip
    assert form.values["iters"] == "50"
    assert (form.draft, form.errors) == ({}, {})


def test_a_wrong_value_leaves_everything_and_says_why(form: SettingsForm, heard: list[Any]) -> None:
    before = form.settings
    press(form, {"iters": "0", "tree_depth": "5", "seed": "x"})
    assert form.settings is before
    assert heard == [{"type": "ack", "applied": False}]
    assert set(form.errors) == {"iters", "seed"}
    assert form.errors["iters"] == "'0' was given; expected 1 to 100000."
    assert form.draft["tree_depth"] == "5"
    press(form, {"iters": "30", "tree_depth": "5"})
    assert form.errors == {}
    assert (form.settings.iters, form.settings.tree_depth) == (30, 5)  # type: ignore[attr-defined]


def test_the_same_message_is_sent_again(form: SettingsForm) -> None:
    # The browser takes a message away when its field is edited.
    changes: list[Any] = []
    form.observe(lambda change: changes.append(change["new"]), "errors")
    for _ in range(2):
        press(form, {"iters": "0"})
    assert [bool(errors) for errors in changes] == [True, False, True]


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        ({"distribution": "betabinom"}, "distribution_args"),
        ({"distribution_args": "1, 2"}, "distribution_args"),
        ({"mask_value": "context"}, "mask_value"),
        ({"noise": "2"}, "noise"),
    ],
)
def test_what_settings_demand_of_each_other_stands_beside_one_of_them(
    form: SettingsForm, draft: dict[str, str], place: str
) -> None:
    before = form.settings
    press(form, draft)
    assert list(form.errors) == [place]
    assert form.settings is before


def test_a_message_about_what_is_not_shown_is_general() -> None:
    form = SettingsForm(CausalSettings(), scope=["distribution"])
    press(form, {"distribution": "betabinom"})
    # The first word of the message that is shown, if not the setting meant.
    assert list(form.errors) in ([""], ["distribution"])


@pytest.mark.parametrize(
    "draft",
    [
        None,
        "iters",
        5,
        [],
        {"iters": 5},
        {"iters": ["5"]},
        {"iters": {"a": 1}},
        {"iters": None},
        {"weighted": "true"},
        {"seed": True},
        {"<b>": "1"},
        {"__class__": "x"},
        {"settings": "x", "iters": "3"},
        {"mask_value": "x" * 100_000},
        {"distribution_args": ",".join(["1"] * 5000)},
    ],
)
def test_what_no_form_sends_changes_nothing(
    form: SettingsForm, heard: list[Any], draft: Any
) -> None:
    before = form.settings
    press(form, draft)
    assert form.settings is before
    assert heard == [{"type": "ack", "applied": False}]
    assert all(len(words) < 300 for words in form.errors.values())


@pytest.mark.parametrize("content", [None, "apply", 3, [], {}, {"type": "reset"}])
def test_other_messages_are_ignored(form: SettingsForm, heard: list[Any], content: Any) -> None:
    form._handle_custom_msg(content, [])
    assert heard == []


def test_what_was_typed_after_the_press_is_still_a_draft(form: SettingsForm) -> None:
    form.draft = {"iters": "3", "tree_depth": "5"}
    press(form, {"iters": "3"})
    assert form.draft == {"tree_depth": "5"}
    assert form.settings.tree_depth == 10  # type: ignore[attr-defined]


def test_a_draft_from_the_browser_holds_known_settings_only(form: SettingsForm) -> None:
    form.set_state({"draft": {"iters": "3", "no such": "3", "seed": 5, "weighted": True}})
    assert form.draft == {"iters": "3", "weighted": True}


def test_what_cannot_be_typed_is_kept_and_said(heard: list[Any]) -> None:
    values = np.ones((2, 2), np.float32)
    form = SettingsForm(CausalSettings(mask_value=values))
    assert form.values["mask_value"] is None
    assert form.held == {"mask_value": "array 2 × 2, float32"}
    press(form, {"iters": "3"})
    assert np.array_equal(form.settings.mask_value, values)  # type: ignore[attr-defined]
    press(form, {"mask_value": "mean"})
    assert form.settings.mask_value == "mean"  # type: ignore[attr-defined]
    assert form.held == {}


def test_large_seeds_keep_every_digit(form: SettingsForm) -> None:
    press(form, {"seed": str(2**63 - 1)})
    assert form.settings.seed == 2**63 - 1  # type: ignore[attr-defined]
    assert form.values["seed"] == "9223372036854775807"
    press(form, {"seed": ""})
    assert form.settings.seed is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_form_and_waits(form: SettingsForm, name: str) -> None:
    press(form, {"iters": "33", "tree_depth": "4", "ranking": "rise"})
    before = form.settings
    form.use_preset(name)
    assert form.settings is before
    assert form.apply()
    assert form.settings == PRESETS[name].of(before)
    assert form.settings.seed == 7  # type: ignore[attr-defined]


def test_own_presets_and_groups() -> None:
    form = SettingsForm(
        VisualSettings(),
        presets=[Preset("print", "For paper.", {"dpi": 600})],
        groups=[Group("Paper", ("dpi",), folded=False)],
    )
    assert [group["title"] for group in form.groups] == ["Paper", "Visual"]
    form.use_preset("print")
    assert form.draft == {"dpi": "600"}
    with pytest.raises(SettingsError, match="print"):
        form.use_preset("pint")
    with pytest.raises(SettingsError):
        SettingsForm(VisualSettings(), presets=[Preset("x", "", {"iters": 3})])


def test_a_scope_hides_the_rest_and_keeps_it() -> None:
    form = SettingsForm(CausalSettings(tree_depth=4), scope=["iters", "Cost"])
    assert [field["name"] for field in form.fields] == ["iters", "batch_size"]
    press(form, {"tree_depth": "5"})
    assert form.errors
    press(form, {"iters": "5"})
    assert (form.settings.iters, form.settings.tree_depth) == (5, 4)  # type: ignore[attr-defined]
    with pytest.raises(SettingsError):
        SettingsForm(CausalSettings(), scope=["itres"])


def test_settings_are_set_from_python_without_a_call_back(
    form: SettingsForm, heard: list[Any]
) -> None:
    form.draft = {"iters": "9"}
    form.set_settings(CausalSettings(iters=12))
    assert (form.values["iters"], form.draft, heard) == ("12", {}, [])
    form.set_settings(VisualSettings(dpi=90))
    assert form.values["dpi"] == "90"
    assert "iters" not in form.values
    assert form.presets == []
    press(form, {"dpi": "100"})
    assert form.settings == VisualSettings(dpi=100)


def test_everything_sent_is_plain_json(form: SettingsForm) -> None:
    state = form.get_state(["fields", "groups", "presets", "values", "held", "draft", "errors"])
    assert len(json.dumps(state, allow_nan=False)) < 60_000


def test_a_failing_callback_and_one_taken_out(form: SettingsForm, heard: list[Any]) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError

    form.on_apply(heard.append, remove=True)
    form.on_apply(fail)
    press(form, {"iters": "3"})
    assert heard == [{"type": "ack", "applied": True}]


def test_many_threads_apply(form: SettingsForm) -> None:
    def work(number: int) -> None:
        for _ in range(20):
            press(form, {"iters": str(number), "tree_depth": str(number)})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found: Any = form.settings
    assert found.iters == found.tree_depth
    assert form.values["iters"] == str(found.iters)


def test_closing_drops_the_callbacks(form: SettingsForm, heard: list[Any]) -> None:
    form.close()
    form._apply({"iters": "3"})
    assert heard == []
