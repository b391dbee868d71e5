"""Settings check themselves, and TOML is read as ReX's users write it."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.settings import (
    Settings,
    build,
    defaults,
    numbers,
    option,
    options,
    read_toml,
    text,
    whole,
)

OPTIONS = options(CausalSettings)

WRONG: dict[str, list[Any]] = {
    "iters": [0, -1, 2.5, "many", None, True, 10**9, [3], math.nan],
    "target": [-1, 1.5, "cat", True],
    "minimum_confidence_threshold": [-0.1, 1.1, "high", None, math.nan, True],
    "seed": [-1, 2**63, 0.5, "x"],
    "mask_value": ["blurr", True, None, {"a": 1}, "1,x"],
    "batch_size": [0, 65_537, "x", None, 1.5],
    "minimise_budget": [-1, None, 0.5, "x"],
    "chunk_size": [0, -5, "x", 1.5],
    "tree_depth": [0, 101, None, "deep"],
    "search_limit": [0, "x", 1.5],
    "min_box_size": [0, -1, None, "small"],
    "confidence_filter": [-0.01, 1.01, "x", math.inf, False],
    "weighted": [1, "yes", None, 0.5],
    "concentrate": ["boxes", 3, None],
    "queue_len": [0, "some", 1.5, None, -1],
    "queue_style": ["smallest", "deep", "", None, 1],
    "ranking": ["shap", "", None, 1],
    "ranking_masks": [-1, 10_001, 1.5, None, "x"],
    "stop_when_stable": [1, "yes", None],
    "distribution": ["normal", None, 3],
    "distribution_args": ["a,b", 5, [], [math.nan]],
    "blend": [-0.1, 1.1, None, "x"],
    "responsibility_style": ["sum", None],
    "negative_responsibility": [1, "no", None],
    "strategy": ["globl", "", None, 3, ["global"]],
    "no_extract": [1, "yes", None],
    "context": [3.5, True, [], ["a", "b"], {"a": 1}, print],
    "noise": [-0.1, "much", math.inf, True],
    "region": [3.5, True, "", object],
    "outside": ["away", None, 3],
    "bounding_box": [
        *("1,2,3", "a,b", "1.5,3", [0, 5, 0], [5, 5], [6, 5], [-1, 5], [0.5, 5], 7, []),
        [0, 1, 0, 1, 0, 1, 0, 1],
    ],
    "use_bounding_box": [1, "yes", None],
    "spatial_initial_radius": [0, 0.5, "x", None, math.nan, math.inf],
    "spatial_radius_eta": [0, -0.2, 11, "x", None],
    "no_expansions": [0, 1001, 1.5, None, "x"],
    "spotlights": [0, 1001, 2.5, None, "x"],
    "spotlight_size": [0, 0.9, "x", None],
    "spotlight_eta": [0, 10.5, "x", None],
    "spotlight_step": [0, -1, 1.5, None, "x"],
    "spotlight_objective_function": ["median", "", None, 1],
    "max_spotlight_budget": [0, 1.5, None, "x"],
    "permitted_overlap": [-0.1, 1.1, "x", None, True],
}


def test_every_option_has_its_wrong_values() -> None:
    assert set(WRONG) == set(OPTIONS)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in WRONG.items() for v in vs])
def test_a_wrong_value_is_told_with_its_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        CausalSettings(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} was {value!r}; expected ")
    assert OPTIONS[name].expects in message
    assert OPTIONS[name].help in message


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("iters", "30", 30),
        ("iters", np.int64(7), 7),
        ("iters", 5.0, 5),
        ("target", "none", None),
        ("target", "285", 285),
        ("weighted", "true", True),
        ("weighted", "False", False),
        ("concentrate", True, "area"),
        ("concentrate", "depth", "depth"),
        ("queue_len", "all", "all"),
        ("queue_len", "3", 3),
        ("mask_value", "mean", "mean"),
        ("mask_value", "0.5", 0.5),
        ("mask_value", "1,2,3", (1.0, 2.0, 3.0)),
        ("mask_value", [1, 2], (1.0, 2.0)),
        ("mask_value", np.float32(0.5), 0.5),
        ("mask_value", 3, 3.0),
        ("search_limit", None, None),
        ("search_limit", "100", 100),
        ("minimum_confidence_threshold", 1, 1.0),
        ("confidence_filter", "0.25", 0.25),
        ("strategy", "spotlight", "multi"),
        ("queue_style", "dc", "dc"),
        ("bounding_box", "0,5,2,9", (0, 5, 2, 9)),
        ("bounding_box", [1.0, 4.0], (1, 4)),
        ("bounding_box", np.array([0, 5, 2, 9, 1, 2]), (0, 5, 2, 9, 1, 2)),
        ("bounding_box", "none", None),
        ("context", "none", None),
        ("context", Path("other.png"), "other.png"),
        ("mask_value", "linear", "linear"),
    ],
)
def test_values_are_brought_to_their_type(name: str, given: Any, taken: Any) -> None:
    value = getattr(CausalSettings(**{name: given}), name)
    assert value == taken
    assert type(value) is type(taken)


def test_defaults_are_those_of_the_field() -> None:
    expected = {
        "iters": 20,
        "tree_depth": 10,
        "search_limit": None,
        "min_box_size": 10,
        "confidence_filter": 0.0,
        "weighted": False,
        "concentrate": False,
        "queue_len": 1,
        "queue_style": "area",
        "ranking": "adaptive",
        "ranking_masks": 50,
        "stop_when_stable": False,
        "distribution": "uniform",
        "blend": 0.0,
        "mask_value": 0.0,
        "seed": None,
        "batch_size": 64,
        "responsibility_style": "additive",
        "negative_responsibility": False,
        "minimum_confidence_threshold": 0.0,
        "target": None,
        "context": None,
        "noise": None,
        "bounding_box": None,
        "use_bounding_box": False,
        "strategy": "global",
        "spatial_initial_radius": 25.0,
        "spatial_radius_eta": 0.2,
        "no_expansions": 4,
        "spotlights": 10,
        "spotlight_size": 20.0,
        "spotlight_eta": 0.2,
        "spotlight_step": 5,
        "spotlight_objective_function": "none",
        "max_spotlight_budget": 40,
        "permitted_overlap": 0.0,
    }
    found = defaults(CausalSettings)
    assert {name: found[name] for name in expected} == expected
    assert CausalSettings().resolution == 10
    assert CausalSettings(min_box_size=4).resolution == 4
    assert CausalSettings(chunk_size=3).resolution == 3
    assert all(opt.help and opt.expects for opt in OPTIONS.values())


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        CausalSettings().iters = 3  # type: ignore[misc]
    assert len(fields(CausalSettings)) == len(OPTIONS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"distribution": "binom", "distribution_args": (1.5,)}, "binom expects one number"),
        ({"distribution": "binom", "distribution_args": (0.5, 1)}, "binom expects one number"),
        ({"distribution": "betabinom"}, "betabinom expects two positive numbers"),
        ({"distribution": "betabinom", "distribution_args": (0, 1)}, "two positive numbers"),
        ({"distribution_args": (0.5,)}, "uniform takes none"),
        ({"distribution": "adaptive", "distribution_args": (0.5,)}, "adaptive takes none"),
    ],
)
def test_arguments_of_the_distributions(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        CausalSettings(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mask_value": "context"}, "mask_value was 'context', but no context was given"),
        ({"noise": 2.0}, "noise was 2, but no context was given"),
        ({"noise": 2.0, "mask_value": "spectral"}, "noise was 2, but no context was given"),
        ({"context": "a.png", "mask_value": "mean"}, "another mask_value than 'context' too"),
        ({"context": "a.png", "mask_value": 0.5}, "another mask_value than 'context' too"),
        ({"context": "a.png", "mask_value": (0.0, 0.0)}, "another mask_value than 'context' too"),
    ],
)
def test_context_and_masking_value_belong_together(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        CausalSettings(**given)


def test_a_context_alone_says_what_hides() -> None:
    for given in ({}, {"mask_value": "context"}, {"mask_value": 0}, {"noise": 1.5}):
        settings = CausalSettings(context="healthy.nii", **given)
        assert (settings.mask_value, settings.context) == ("context", "healthy.nii")
        assert replace(settings, iters=3).mask_value == "context"
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    kept = CausalSettings(context=picture).context
    assert kept.dtype == np.uint8
    np.testing.assert_array_equal(kept, picture)
    picture[:] = 0
    assert kept.any(), "settings are frozen, so they hold a copy"


@pytest.mark.parametrize(
    ("given", "meant"), [("iter", "iters"), ("tree_dept", "tree_depth"), ("Seed", "seed")]
)
def test_an_unknown_setting_names_the_nearest(given: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=rf"Unknown setting '{given}'\. Did you mean '{meant}'"):
        build(CausalSettings, **{given: 3})
    with pytest.raises(SettingsError, match=r"Unknown setting 'zzz'\. Known: .*iters"):
        build(CausalSettings, zzz=3)


# --------------------------------------------------------------------------------------- TOML


@dataclass(frozen=True)
class Other(Settings):
    """Stands for the settings of something else that share a document."""

    title: str = option("x", "a title", text(), table="visual")
    size: int = option(1, "a size", whole(1), table="visual", aliases=("visual.big.length",))
    pair: tuple[float, ...] = option((1.0, 2.0), "a pair", numbers(2))


def causal(document: str) -> dict[str, Any]:
    return read_toml(document, [CausalSettings, Other])[CausalSettings]


def test_tables_as_in_rex_toml() -> None:
    found = read_toml(
        """
        [rex]
        mask_value = "mean"
        seed = 3
        [causal]
        iters = 30
        tree_depth = 5
        queue_len = "all"
        [causal.distribution]
        distribution = "betabinom"
        dist_args = [1.1, 1]
        [explanation]
        minimum_confidence_threshold = 0.5
        [visual]
        title = "cats"
        [visual.big]
        length = 4
        """,
        [CausalSettings, Other],
    )
    settings = build(CausalSettings, **found[CausalSettings])
    assert settings.mask_value == "mean"
    assert settings.seed == 3
    assert settings.iters == 30
    assert settings.tree_depth == 5
    assert settings.queue_len == "all"
    assert settings.distribution == "betabinom"
    assert settings.distribution_args == (1.1, 1.0)
    assert settings.minimum_confidence_threshold == 0.5
    assert build(Other, **found[Other]) == Other(title="cats", size=4)


def test_without_tables() -> None:
    assert causal("iters = 5\nblend = 0.5\ndistribution = 'adaptive'") == {
        "iters": 5,
        "blend": 0.5,
        "distribution": "adaptive",
    }
    assert causal("") == {}
    assert causal("[causal]") == {}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_has_a_key(name: str) -> None:
    table = OPTIONS[name].table
    value = "1" if name != "distribution_args" else "[1, 2]"
    assert list(causal(f"{name} = {value}")) == [name]
    if table:
        assert list(causal(f"[{table}]\n{name} = {value}")) == [name]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("[causal]\ntree_dept = 3", r"Unknown key 'causal\.tree_dept'.*'causal\.tree_depth'"),
        ("itres = 3", "Unknown key 'itres'. Did you mean 'iters'"),
        ("[explanation]\ntree_depth = 3", r"'explanation\.tree_depth' belongs at 'causal\.tree"),
        ("[causal.distribution]\niters = 3", r"'causal\.distribution\.iters' belongs at 'causal\."),
        ("iters = 3\n[causal]\niters = 4", "'iters' is given twice"),
        ("[causal.distribution]\ndist_args=[1,2]\ndistribution_args=[1,2]", "given twice"),
        ("iters = ", "not valid TOML"),
        ("iters = 3\niters = 4", "not valid TOML"),
        ("--iters 3", "not valid TOML"),
    ],
)
def test_mistakes_in_toml_are_told(document: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        causal(document)


def test_values_from_toml_are_checked_when_built() -> None:
    with pytest.raises(SettingsError, match="iters was 0"):
        build(CausalSettings, **causal("[causal]\niters = 0"))
