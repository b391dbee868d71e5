"""Settings of region-constrained counterfactuals: what is taken, and what goes together."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rex_widgets.bridge.presets import GROUPS, PRESETS
from rex_widgets.bridge.settings import TERMS, RcsbSettings
from rex_widgets.errors import SettingsError
from rex_widgets.methods import METHODS
from rex_widgets.settings import build, options, read_toml

OPTIONS = options(RcsbSettings)
_WEIGHT = [-1, math.nan, "much", None, True]

WRONG: dict[str, list[Any]] = {
    "target": [-1, 1.5, "cat", True],
    "region": [3.5, True, "", object],
    "control": ["inverted", None, 3],
    "area_from": ["drawn", 3, ""],
    "attribution": ["shap", True, 1],
    "map": [True, 3, "", [1, 2], np.zeros((2, 2, 2)), np.full((2, 2), np.nan), {"a": 1}],
    "cell_size": [0, 4097, 1.5, "x"],
    "area": [-0.1, 1.1, "x", None, True],
    "half_stride": [1, "yes", None],
    "sign": ["both", None],
    "outlier": [0, 1.5, None],
    "smoothing": [-1, 300, "x"],
    "noise": [-0.1, 2, None],
    "noise_samples": [0, 1001, 1.5],
    "layer": [3, True],
    "prompt": [3, True],
    "detector": [3, True, "", ("a",), ("a", "b"), print],
    "segmenter": [3, True, "", ("a",), ("a", "b"), print],
    "use_binary_masks": [1, "yes", None],
    "network": [3, True, "", " ", object, [1]],
    "layout": ["keras", None],
    "network_weights": ["mean", True, 1],
    "num_head_channels": [0, 4097, 1.5, "x", True],
    "first_time": [-1, math.nan, "x", True],
    "last_time": [-1, math.inf, "x"],
    "interval": [0, math.inf, "x"],
    "beta_max": [0, -1, math.inf, "x"],
    "scale": [-1, math.inf, "x", None, True],
    "start_step": [1, 1001, 0.5, None],
    "nfe": [0, 1001, 2.5, None],
    "n_inpaints": [0, 257, 1.5, None],
    "ot_ode": [1, "yes", None],
    "guidance": ["best", None],
    "candidates": [0, 1001, 1.5, None],
    **dict.fromkeys(TERMS, _WEIGHT),
    "lpips_from": [3, "alex", object],
    "rescale": ["own", None],
    "batch_size": [0, 4097, 1.5, None],
    "second": [3, True, "", [1], object],
    "seed": [-1, 2**63, 0.5, "x"],
}


def test_every_option_has_its_wrong_values() -> None:
    assert set(WRONG) == set(OPTIONS)


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, many in WRONG.items() for place in range(len(many))]
)
def test_a_wrong_value_is_told_with_its_name(name: str, place: int) -> None:
    with pytest.raises(SettingsError) as caught:
        RcsbSettings(**{name: WRONG[name][place]})
    message = str(caught.value)
    assert message.startswith(f"{name} was ")
    assert OPTIONS[name].expects in message
    assert OPTIONS[name].help in message


def test_the_defaults_are_those_recommended() -> None:
    usual = RcsbSettings()
    assert (usual.scale, usual.start_step, usual.nfe, usual.area) == (1.5, 600, 100, 0.3)
    assert (usual.n_inpaints, usual.ot_ode, usual.noise) == (4, True, 0.05)
    assert usual.source == "attribution" and usual.attribution is None
    assert all(getattr(usual, term) == 0 for term in TERMS)
    assert usual.cells((256, 256)) == usual.cells((128, 200)) == 16
    assert usual.cells((32, 32)) == 4 and usual.cells((32, 5)) == 1
    assert RcsbSettings(cell_size=7).cells((256, 256)) == 7
    assert build(RcsbSettings, guidance_scale=2).scale == 2.0
    assert METHODS["rcsb"].settings is RcsbSettings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"region": np.eye(4, dtype=bool), "area_from": "text"}, "region was given, and area_from"),
        ({"region": np.eye(4, dtype=bool), "prompt": "a cat"}, "region was given, and prompt"),
        ({"region": np.eye(4, dtype=bool), "map": np.eye(4)}, "region was given, and map too"),
        ({"area_from": "map"}, "area_from was 'map', and no map was given. Give map"),
        ({"area_from": "text"}, "area_from was 'text', and no prompt was given"),
        ({"area_from": "free_form", "map": np.eye(4)}, "map was given, and area_from was 'free_f"),
        ({"map": np.eye(4), "prompt": "a cat"}, "prompt was given, and area_from was 'map'"),
        ({"area": 0}, "area was 0"),
        ({"lpips": 1}, "lpips was 1, and no backbone was given. Give lpips_from="),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        RcsbSettings(**given)


def test_where_the_region_comes_from() -> None:
    assert RcsbSettings(region="mask.png").source == "drawn"
    assert RcsbSettings(map=np.eye(4)).source == "map"
    assert RcsbSettings(prompt="the beak").source == "text"
    assert RcsbSettings(area_from="free_form").source == "free_form"


def test_a_region_and_a_map_are_held_as_they_were() -> None:
    mask, values = np.eye(4, dtype=bool), np.eye(4)
    settings = RcsbSettings(region=SimpleNamespace(mask=mask))
    found = RcsbSettings(map=SimpleNamespace(map=values)).map
    other = RcsbSettings(map=SimpleNamespace(importance=values)).map
    mask[:], values[:] = False, 0
    assert settings.region.sum() == found.sum() == other.sum() == 4
    assert found.dtype == np.float32 and not found.flags.writeable
    assert RcsbSettings(map=Path("m.npy")).map == "m.npy"


def test_as_toml() -> None:
    document = "[rcsb]\nscale = 2\ncell_size = 8\nseed = 3\n[rex.onnx]\nscale = 1.0"
    from rex_widgets.model_settings import ModelSettings

    found = read_toml(document, [RcsbSettings, ModelSettings])
    assert found[RcsbSettings] == {"scale": 2, "cell_size": 8, "seed": 3}
    assert found[ModelSettings] == {"scale": 1.0}


def test_groups_and_presets_know_every_setting() -> None:
    listed = [name for group in GROUPS for name in group.names]
    assert sorted(listed) == sorted(OPTIONS)
    for preset in PRESETS.values():
        assert isinstance(preset.of(RcsbSettings(seed=3)), RcsbSettings)
        assert preset.of(RcsbSettings(seed=3)).seed == 3
    assert PRESETS["as RCSB does it"].of(RcsbSettings()).rescale == "min_max"


def test_importing_the_room_needs_no_framework() -> None:
    program = (
        "import sys, rex_widgets.bridge as room; room.Settings(), room.PRESETS; "
        "heavy = {'torch', 'captum', 'transformers', 'matplotlib'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
