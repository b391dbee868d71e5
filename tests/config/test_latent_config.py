"""`[latent]` and a table for each method in ``rex.toml``; a cell is for one method."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.config import effective_settings, load_settings, show_settings
from rex_widgets.errors import SettingsError
from rex_widgets.flags import left_out, settings_classes
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import defaults, options

ALL = """
[rex]
seed = 7
mode = "L"
[rex.onnx]
labels = "names.txt"
threads = 2
[rex.visual]
alpha = 0.1
dpi = 90
[causal]
iters = 3
[relax]
num_batches = 4
[latent]
num_explanations = 6
num_iters = 30
n_corr = 6
corr_level = 0.5
generator = "world"
[dice]
diversity_weight = 0.5
[dive]
diversity_weight = 0.25
mask_method = "random"
[growing_spheres]
n_candidates = 20
[stylex]
selection = "subset"
"""
OWN: dict[str, dict[str, Any]] = {
    "dice": {"num_iters": 30, "diversity_weight": 0.5},
    "dive": {"num_iters": 30, "diversity_weight": 0.25, "mask_method": "random"},
    "xgem": {"num_iters": 30},
    "lcf": {"num_iters": 30},
    "growing_spheres": {"n_candidates": 20},
    "stylex": {"selection": "subset"},
    "is": {},
}
SHARED = {
    "seed": 7, "num_explanations": 6, "n_corr": 6, "corr_level": 0.5, "generator": "world",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rex.toml"
    path.write_text(ALL)
    return path


def of(method: str, **given: Any) -> Any:
    return effective_settings(settings_classes(method), method=method, **given)


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_one_file_for_all_methods(method: str, file: Path) -> None:
    found = of(method)
    assert found.values[SETTINGS[method]] == SHARED | OWN[method]
    assert found.values[ModelSettings] == {"labels": "names.txt"}
    assert load_settings(of="pictures", method=method) == {"dpi": 90}
    loaded = load_settings(method=method)
    assert loaded == SHARED | OWN[method] | {"labels": "names.txt"}, "mode is for files"


def test_the_other_methods_read_their_own(file: Path) -> None:
    causal, relax = load_settings(), load_settings(method="relax")
    assert causal["iters"] == 3 and "num_explanations" not in causal and "target" not in causal
    assert relax["num_batches"] == 4 and "n_corr" not in relax


@pytest.mark.parametrize("method", ["causal", "relax", "xgem"])
def test_mistakes_in_these_tables_are_told_to_all(method: str, file: Path) -> None:
    file.write_text("[latent]\nnum_itters = 3\n[stylex]\nshift = 2\n")
    with pytest.raises(SettingsError, match="num_itters") as told:
        of(method)
    assert "stylex.shift" in str(told.value)


@pytest.mark.parametrize(
    ("method", "body", "words"),
    [
        ("dice", "iters = 3", "--num-iters"),
        ("dice", "[rex]\nmode = 'L'", "'mode'.*npy"),
        ("dice", "[rex.onnx]\nthreads = 2", "torch modules"),
        ("dice", "[dive]\nlasso_weight = 1", "--method dive"),
        ("dice", "lr = 1000", "lr was 1000; expected a number from 1e-06 to 100"),
        ("dice", "n_corr = 7", "expected 6 or 10"),
        ("stylex", "num_iters = 3", "shifted once"),
        ("stylex", "selecton = 'subset'", "selection"),
        ("is", "[latent]\nlr = 1", "no steps|means nothing"),
        ("causal", "num_explanations = 3", "--strategy multi"),
        ("relax", "[latent]\ngenerator = 'world'", "no generator"),
    ],
)
def test_a_cell_is_written_for_one_method(method: str, body: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        of(method, cell=body, config=False)


def test_flag_over_cell_over_file(file: Path) -> None:
    cls = SETTINGS["dice"]
    found = of("dice", cell="num_iters = 5", flags={cls: {"seed": 1}})
    settings = found.build(cls)
    assert (settings.num_iters, settings.seed, settings.diversity_weight) == (5, 1, 0.5)
    origins = [found.origin(cls, name) for name in ("num_iters", "seed", "n_corr", "lr")]
    assert origins == ["cell", "flag", "rex.toml", "default"]


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_what_is_shown_can_be_read_back(method: str, file: Path) -> None:
    shown = show_settings(of(method))
    document = tomllib.loads(shown)
    assert document["latent"]["num_explanations"] == 6
    assert "causal" not in document and "threads" not in document.get("rex", {}).get("onnx", {})
    for cls, names in left_out(method).items():
        for name in names:
            assert f"\n{name} = " not in shown, (cls, name)
    again, first, cls = of(method, cell=shown, config=False), of(method), SETTINGS[method]
    for name in options(cls):
        usual = defaults(cls)[name]
        assert again.values[cls].get(name, usual) == first.values[cls].get(name, usual)
