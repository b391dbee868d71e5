"""Settings in groups, and named choices of them."""

from __future__ import annotations

import pytest

from rex_widgets.causal.presets import GROUPS
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.settings import options
from rex_widgets.settings.arranging import Group, Preset, arranged, preset_named
from rex_widgets.visual_settings import VisualSettings

FEW = (Group("First", ("dpi", "no such setting", "raw"), folded=False), Group("None", ("also",)))


def test_every_setting_is_in_one_group() -> None:
    for cls, groups in ((CausalSettings, GROUPS), (VisualSettings, FEW), (VisualSettings, ())):
        names = [name for group in arranged(cls, groups) for name in group.names]
        assert sorted(names) == sorted(options(cls))


def test_what_stands_in_no_group_follows_by_its_table() -> None:
    first, rest = arranged(VisualSettings, FEW)
    assert (first.title, first.names, first.folded) == ("First", ("dpi", "raw"), False)
    assert (rest.title, rest.folded) == ("Visual", True)
    (alone,) = arranged(VisualSettings)
    assert not alone.folded


def test_a_setting_is_shown_once() -> None:
    twice = (Group("a", ("dpi",)), Group("b", ("dpi", "raw")))
    found = arranged(VisualSettings, twice)
    assert [group.names for group in found[:2]] == [("dpi",), ("raw",)]


def test_a_scope_shows_some() -> None:
    found = arranged(CausalSettings, GROUPS, ["Cost", "iters", "tree_depth"])
    assert [(group.title, group.names) for group in found] == [
        ("Most used", ("iters",)),
        ("Search", ("tree_depth",)),
        ("Cost", ("batch_size",)),
    ]


@pytest.mark.parametrize("scope", ["iters", ["itres"], ["Cost", "Costs"]])
def test_a_scope_that_names_nothing_is_refused(scope: object) -> None:
    with pytest.raises(SettingsError):
        arranged(CausalSettings, GROUPS, scope)  # type: ignore[arg-type]


def test_a_preset_decides_all_that_it_does_not_keep() -> None:
    preset = Preset("p", "for a test", {"iters": 3}, frozenset({"seed"}))
    before = CausalSettings(iters=9, seed=5, tree_depth=4)
    after = preset.of(before)
    assert (after.iters, after.seed, after.tree_depth) == (3, 5, 10)
    assert before.iters == 9


def test_a_preset_of_other_settings_is_refused() -> None:
    with pytest.raises(SettingsError, match="iters"):
        Preset("p", "", {"itres": 3}).of(CausalSettings())
    with pytest.raises(SettingsError):
        Preset("p", "", {"iters": 0}).of(CausalSettings())


@pytest.mark.parametrize("name", ["quik", "", 5, None, "x" * 10_000])
def test_an_unknown_preset_is_told(name: object) -> None:
    with pytest.raises(SettingsError, match="preset") as told:
        preset_named({"quick": Preset("quick", "")}, name)  # type: ignore[arg-type]
    assert len(str(told.value)) < 300
