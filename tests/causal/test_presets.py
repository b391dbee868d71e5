"""The causal presets: valid settings, what they keep, and that each does what it says."""

from __future__ import annotations

import pytest

from rex_widgets import explain
from rex_widgets.causal.presets import GROUPS, KEPT, PRESETS, preset
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.methods import method_named
from rex_widgets.settings import options
from rex_widgets.settings.describing import changed
from tests.synthetic_kinds import TwoPatches

ASKED = CausalSettings(
    target=1, strategy="spatial", minimum_confidence_threshold=0.5, seed=3, mask_value=0.5,
    batch_size=8,
)  # fmt: skip


def test_the_groups_hold_every_setting_once() -> None:
    names = [name for group in GROUPS for name in group.names]
    assert sorted(names) == sorted(options(CausalSettings))
    assert not GROUPS[0].folded
    assert all(group.folded for group in GROUPS[1:])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_keeps_what_is_asked(name: str) -> None:
    found = preset(name).of(ASKED)
    assert all(getattr(found, kept) == getattr(ASKED, kept) for kept in KEPT if kept != "region")
    assert set(options(CausalSettings)) >= KEPT
    assert not set(PRESETS[name].changes) & KEPT
    assert PRESETS[name].help.endswith(".")
    assert PRESETS[name].name == name


def test_default_is_no_change() -> None:
    assert changed(preset("default").of(CausalSettings(iters=3, weighted=True))) == {}


def test_as_rex_does_it_orders_by_responsibility_and_does_not_minimise() -> None:
    found = preset("as ReX does it").of(CausalSettings())
    assert changed(found) == {"ranking": "responsibility", "minimise_budget": 0}
    # ReX's own defaults, release 0.3.1.
    assert (found.iters, found.tree_depth, found.min_box_size, found.queue_len) == (20, 10, 10, 1)
    assert (found.queue_style, found.distribution) == ("area", "uniform")
    assert (found.responsibility_style, found.concentrate, found.weighted) == (
        "additive",
        False,
        False,
    )


def test_an_unknown_one_is_told() -> None:
    with pytest.raises(SettingsError, match="quick look"):
        preset("quicklook")


def test_the_method_offers_them() -> None:
    assert method_named("causal").part("PRESETS") is PRESETS
    assert method_named("causal").part("GROUPS") is GROUPS


def test_they_cost_in_the_order_that_they_promise() -> None:
    model = TwoPatches()
    spent = {}
    for name in PRESETS:
        settings = preset(name).of(CausalSettings(seed=0))
        found = explain(model.data(), model, processed=True, **changed(settings))
        assert found.verified, name
        spent[name] = found.evaluations
        if name == "as ReX does it":
            assert "minimise" not in found.evaluations.breakdown
            assert "ranking" not in found.evaluations.breakdown
    assert spent["quick look"] < 0.5 * spent["default"]
    assert spent["thorough"] > 2 * spent["default"]
