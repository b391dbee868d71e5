"""Settings of the latent methods check themselves, and are those of the explainers."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers.masks import MASK_METHODS as MASKS
from rex_widgets.latent.presets import KEPT, groups_of, preset, presets_of
from rex_widgets.latent.registry import EXPLAINERS
from rex_widgets.latent.settings import MASK_METHODS, SETTINGS, LatentSettings, StylexSettings
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.settings import build, defaults, options, read_toml
from rex_widgets.settings.describing import describe

_COMMON: dict[str, list[Any]] = {
    "num_explanations": [0, -1, 2.5, "many", None, True, 1001],
    "target": [-1, 1.5, "cat", True],
    "generator": ["word", "", 3, True, [], np.zeros(3), dict],
    "generator_output": ["bytes", "", 3],
    "latents": [3, "", [], np.zeros(3), np.zeros((1, 3)), np.zeros((3, 0)), {"a": 1}],
    "statistics": [3, "normal", np.zeros(3), {"mean": 0}],
    "n_corr": [0, 7, "x", None, True, 6.5],
    "corr_level": [0, 0.6, "x", None, True],
    "release_compatible": [1, "yes", None],
    "seed": [-1, 2**63, 0.5, "x"],
}
_STEPS: dict[str, list[Any]] = {
    "lr": [0, -0.1, 101, "x", None, True],
    "num_iters": [0, -1, 1.5, "x", None, 10**6],
}
_WEIGHT = [-0.1, "x", None, True, float("nan"), float("inf"), 1e7]

WRONG: dict[str, dict[str, list[Any]]] = {
    "dice": _COMMON | _STEPS | {"proximity_weight": _WEIGHT, "diversity_weight": _WEIGHT},
    "dive": _COMMON
    | _STEPS
    | {
        "diversity_weight": _WEIGHT,
        "lasso_weight": _WEIGHT,
        "reconstruction_weight": _WEIGHT,
        "mask_method": ["fisher", "", None, 1],
    },
    "xgem": _COMMON | _STEPS | {"reconstruction_weight": _WEIGHT},
    "lcf": _COMMON
    | _STEPS
    | {"p": [-0.1, 1.1, "x", None, True], "tolerance": [-0.1, 1.1, "x", None, True]},
    "growing_spheres": _COMMON
    | {
        "n_candidates": [0, 1.5, "x", None, True],
        "first_radius": [0, -1, "x", None, True],
        "decrease_radius": [1, 0.5, "x", None, True],
    },
    "stylex": _COMMON
    | {
        "t": [-0.1, "x", None, True],
        "shift_size": [0, -1, "x", None, True],
        "selection": ["both", "", None, 1],
    },
    "is": _COMMON,
}
CASES = [
    (method, name, value)
    for method, table in WRONG.items()
    for name, values in table.items()
    for value in values
]


@pytest.mark.parametrize("method", SETTINGS)
def test_every_option_has_its_wrong_values(method: str) -> None:
    assert set(WRONG[method]) == set(options(SETTINGS[method]))
    assert len(fields(SETTINGS[method])) == len(options(SETTINGS[method]))


@pytest.mark.parametrize(("method", "name", "value"), CASES)
def test_a_wrong_value_is_told_with_its_name(method: str, name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        SETTINGS[method](**{name: value})
    message = str(caught.value)
    opt = options(SETTINGS[method])[name]
    assert message.startswith(f"{name} was {value!r}; expected ")
    assert opt.expects in message
    assert opt.help in message


@pytest.mark.parametrize("method", EXPLAINERS)
def test_the_explainers_are_made_of_them_with_their_own_defaults(method: str) -> None:
    cls = SETTINGS[method]
    explainer = EXPLAINERS[method].explainer
    taken = inspect.signature(explainer).parameters
    usual = {name: one.default for name, one in taken.items() if name != "target"}
    assert cls().arguments() == usual
    assert explainer(**cls().arguments()).num_explanations == 10
    assert (MASK_METHODS, len(set(MASK_METHODS))) == (MASK_METHODS, len(MASKS))
    assert set(MASK_METHODS) == set(MASKS)


def test_values_are_brought_to_their_type() -> None:
    settings = SETTINGS["dive"](
        generator="World", target="1", n_corr="6", corr_level="0.5", mask_method="Random"
    )
    assert (settings.generator, settings.target) == ("world", 1)
    assert (settings.n_corr, settings.corr_level) == (6, 0.5)
    assert type(settings.n_corr) is int
    assert settings.arguments()["method"] == "random"
    assert SETTINGS["dice"](latents=Path("train.npy")).latents == "train.npy"
    training = np.arange(6.0).reshape(3, 2)
    kept = SETTINGS["dice"](latents=training).latents
    training[:] = 0
    assert kept.dtype == np.float32
    assert kept.any(), "settings are frozen, so they hold a copy"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"latents": np.eye(3), "statistics": LatentStatistics.standard(3)},
            "latents and statistics were given",
        ),
        ({"generator": "world", "latents": np.eye(3)}, "latents was given, and generator='world'"),
        ({"generator": "world", "generator_output": "unit"}, "generator_output was given, and"),
        (
            {"generator": "world", "statistics": LatentStatistics.standard(3)},
            "statistics was given, and generator='world'",
        ),
    ],
)
def test_what_does_not_go_together_is_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        SETTINGS["dice"](**given)


def test_keys_of_toml() -> None:
    document = "[latent]\nnum_explanations = 3\nlr = 0.2\n[dive]\nlasso_weight = 0.5\n[rex]\nseed=1"
    given = read_toml(document, [SETTINGS["dive"]])[SETTINGS["dive"]]
    settings: Any = build(SETTINGS["dive"], **given)
    assert (settings.num_explanations, settings.lr, settings.lasso_weight) == (3, 0.2, 0.5)
    assert settings.seed == 1


@pytest.mark.parametrize("method", SETTINGS)
def test_groups_and_presets_cover_the_settings(method: str) -> None:
    cls = SETTINGS[method]
    grouped = [name for group in groups_of(cls) for name in group.names]
    assert sorted(grouped) == sorted(options(cls))
    assert set(options(cls)) >= KEPT
    assert list(presets_of(cls)) == ["default", "quick look", "thorough", "as BEX does it"]
    mine = cls(target=1, seed=3, n_corr=6)
    for name in presets_of(cls):
        settings = preset(cls, name).of(mine)
        assert (settings.target, settings.seed, settings.n_corr) == (1, 3, 6)
    assert preset(cls, "as BEX does it").of(mine).release_compatible
    with pytest.raises(SettingsError, match="Did you mean 'thorough'"):
        preset(cls, "thorogh")


def test_settings_can_be_described_for_a_form() -> None:
    described = {field.name: field for field in describe(StylexSettings)}
    assert described["selection"].choices == ("independent", "subset")
    assert described["shift_size"].default == "0.8"
    assert described["generator"].suggestions == ("world",)
    assert {name for name, value in defaults(LatentSettings).items() if value is None} == {
        "target",
        "generator",
        "generator_output",
        "latents",
        "statistics",
        "seed",
    }


def test_a_call_takes_the_release_s_name_of_the_selection() -> None:
    assert build(SETTINGS["stylex"], strategy="subset").selection == "subset"
    with pytest.raises(SettingsError, match=r"strategy.*selection|selection.*strategy"):
        build(SETTINGS["stylex"], strategy="subset", selection="independent")
