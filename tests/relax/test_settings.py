"""Settings of relax check themselves, and say what does not go together."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.relax.presets import GROUPS, KEPT, PRESETS, preset
from rex_widgets.relax.references import References
from rex_widgets.relax.settings import DEFAULT_TOLERANCE, RelaxSettings
from rex_widgets.settings import build, defaults, names_of, options, read_toml
from rex_widgets.settings.describing import describe
from tests.relax import fakes

OPTIONS = options(RelaxSettings)

WRONG: dict[str, list[Any]] = {
    "num_batches": [0, -1, 2.5, "many", None, True, 10**9],
    "batch_size": [0, 65_537, "x", None, 1.5],
    "similarity_measure": ["cosin", "", None, 3, ["cosine"]],
    "num_cells": [1, 0, 1001, "x", None, 2.5, (7, 1), (7, 7, 7, 7), (), "7,x", True],
    "probability_of_drop": [0, 1, -0.5, "half", None, True],
    "sampling": ["random", "", None, 1],
    "control_variate": [1, "yes", None],
    "replicates": [1, 65, 2.5, None, "x"],
    "shift": ["pixel", None, 3],
    "sum_of_weights_initial_value": [-1e-3, 2, None, "x"],
    "stopping": ["always", None, True],
    "tolerance": [0, -0.1, 2, "small", True],
    "delta": [0, 0.6, None, "x"],
    "alpha": [0, 0.6, None, "x"],
    "like": [3, True, {"a": 1}, print, "", ["a.png"], np.float64(3)],
    "corpus": [3, True, [], {"a": 1}, "", np.arange(3.0), [print], print],
    "gallery": [3, True, [], {"a": 1}, "", np.arange(3.0), [3], print],
    "versus": [3, True, [], {"a": 1}, "", np.zeros(3)],
    "layer": ["", 3, True],
    "output": ["", -1, 1.5, True],
    "pool": ["min", 3, True],
    "eval_mode": [1, "yes", None],
    "uncertainty_threshold": [-0.1, 1.1, None, "x", True],
    "seed": [-1, 2**63, 0.5, "x"],
}


def test_every_option_has_its_wrong_values() -> None:
    assert set(WRONG) == set(OPTIONS)
    assert len(fields(RelaxSettings)) == len(OPTIONS)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in WRONG.items() for v in vs])
def test_a_wrong_value_is_told_with_its_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        RelaxSettings(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} was {value!r}; expected ")
    assert OPTIONS[name].expects in message
    assert OPTIONS[name].help in message


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("num_batches", "12", 12),
        ("num_cells", "5", 5),
        ("num_cells", "5,6", (5, 6)),
        ("num_cells", [4, 5, 6.0], (4, 5, 6)),
        ("similarity_measure", "Cosine", "cosine"),
        ("tolerance", "none", None),
        ("tolerance", "0.02", 0.02),
        ("output", "1", 1),
        ("output", "features", "features"),
        ("like", Path("other.png"), "other.png"),
        ("like", "none", None),
        ("gallery", Path("photos"), "photos"),
        ("gallery", ["a.png", Path("b.png")], ("a.png", "b.png")),
        ("layer", "features.7", "features.7"),
        ("pool", "none", None),
        ("versus", Path("other.onnx"), "other.onnx"),
    ],
)
def test_values_are_brought_to_their_type(name: str, given: Any, taken: Any) -> None:
    value = getattr(RelaxSettings(**{name: given}), name)
    assert value == taken
    assert type(value) is type(taken)


def test_arrays_among_the_inputs_are_copied_and_keep_their_type() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    settings = RelaxSettings(like=picture, gallery=np.stack([picture, picture]))
    picture[:] = 0
    assert settings.like.dtype == np.uint8
    assert settings.like.any()
    assert [one.any() for one in settings.gallery] == [True, True]


def test_defaults_are_those_of_relax() -> None:
    found = defaults(RelaxSettings)
    expected = {
        "num_batches": 30,
        "batch_size": 100,
        "num_cells": 7,
        "probability_of_drop": 0.5,
        "similarity_measure": "cosine",
        "sum_of_weights_initial_value": 1e-10,
        "shift": "pixels",
        "delta": 0.025,
        "alpha": 0.05,
        "uncertainty_threshold": 0.5,
    }
    assert {name: found[name] for name in expected} == expected
    assert RelaxSettings().masks == 3000
    assert RelaxSettings().tolerance_asked == DEFAULT_TOLERANCE
    assert RelaxSettings(tolerance=0.2).tolerance_asked == 0.2


def test_the_spelling_of_the_release_is_understood() -> None:
    assert build(RelaxSettings, probablity_of_drop=0.3).probability_of_drop == 0.3
    assert "probablity_of_drop" in names_of(RelaxSettings)
    twice = r"given twice \(as 'probablity_of_drop' and as 'probability_of_drop'\)"
    with pytest.raises(SettingsError, match=twice):
        build(RelaxSettings, probablity_of_drop=0.3, probability_of_drop=0.3)
    document = "[relax]\nprobablity_of_drop = 0.3\nnum_cells = 5\n[rex]\nseed = 3"
    given = read_toml(document, [RelaxSettings])[RelaxSettings]
    settings = build(RelaxSettings, **given)
    assert (settings.probability_of_drop, settings.num_cells, settings.seed) == (0.3, 5, 3)


def one_argument(masked: Any) -> Any:
    return masked[:, 0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"like": "a.png", "corpus": "photos"}, "like and corpus were given"),
        ({"versus": "b.onnx", "similarity_measure": one_argument}, "versus and a function"),
        ({"like": "a.png", "similarity_measure": one_argument}, "like was given, and a simil"),
        ({"corpus": "photos", "similarity_measure": one_argument}, "corpus was given, and"),
        ({"gallery": "photos", "similarity_measure": one_argument}, "gallery was given, and"),
        ({"tolerance": 0.1, "stopping": "never"}, "stopping 'never', which reads none"),
        ({"tolerance": 0.1, "stopping": "hoeffding"}, "stopping 'hoeffding', which reads none"),
        ({"gallery": ["a.png"] * 65}, "gallery has 65 inputs; at most 64 are taken"),
        ({"corpus": ["a.png"] * 10_001}, "corpus has 10001 inputs; at most 10,000 are taken"),
    ],
)
def test_what_does_not_go_together_is_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        RelaxSettings(**given)


def test_a_function_of_two_arguments_goes_with_other_inputs() -> None:
    settings = RelaxSettings(similarity_measure=lambda h, masked: masked[:, 0], like="a.png")
    assert callable(replace(settings, num_batches=3).similarity_measure)


def test_settled_inputs_stay_what_they_are() -> None:
    references = References((1, 2), fakes.sample, "corpus", 2)
    assert RelaxSettings(corpus=references).corpus is references


def test_settings_can_be_described_for_a_form() -> None:
    described = {field.name: field for field in describe(RelaxSettings)}
    assert described["num_cells"].default == "7"
    assert described["similarity_measure"].suggestions == ("cosine", "dot", "euclidean")
    assert described["num_batches"].read("12") == 12
    assert described["tolerance"].read("") is None


def test_presets_and_groups_cover_the_settings() -> None:
    grouped = [name for group in GROUPS for name in group.names]
    assert sorted(grouped) == sorted(OPTIONS)
    assert set(OPTIONS) >= KEPT
    assert list(PRESETS) == ["default", "quick look", "thorough", "as RELAX does it"]
    mine = RelaxSettings(like="a.png", seed=3, num_cells=5, tolerance=0.5, layer="x")
    default = preset("default").of(mine)
    assert (default.like, default.seed, default.num_cells, default.layer) == ("a.png", 3, 5, "x")
    assert default.tolerance is None


def test_the_preset_of_the_release() -> None:
    settings = preset("as RELAX does it").of(RelaxSettings(tolerance=0.1, num_cells=5, seed=1))
    assert settings.masks == 3000
    assert (settings.sampling, settings.control_variate) == ("iid", False)
    assert (settings.stopping, settings.tolerance, settings.num_cells) == ("never", None, 7)
    with pytest.raises(SettingsError, match="Did you mean 'thorough'"):
        preset("thorogh")


def test_presets_differ_in_cost() -> None:
    quick, usual, thorough = (
        preset(name).of(RelaxSettings()) for name in ("quick look", "default", "thorough")
    )
    assert quick.masks < usual.masks < thorough.masks
    errors = [one.tolerance_asked for one in (quick, usual, thorough)]
    assert errors == sorted(errors, reverse=True)
