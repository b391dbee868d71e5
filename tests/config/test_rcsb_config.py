"""`[rcsb]` in ``rex.toml``; a cell is for one method."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.config import effective_settings, load_settings, show_settings
from rex_widgets.errors import SettingsError
from rex_widgets.flags import left_out, settings_classes
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import defaults, options

ALL = """
[rex]
seed = 7
mode = "L"
[rex.onnx]
labels = "names.txt"
norm = 255
[rex.visual]
alpha = 0.1
dpi = 90
[causal]
iters = 3
[latent]
num_explanations = 6
[rcsb]
target = 3
area = 0.25
cell_size = 8
guidance_scale = 2
start_step = 500
nfe = 20
n_inpaints = 2
network = "digits"
second = "none"
lpips = 0
control = "inverse"
"""
OWN = {
    "seed": 7, "target": 3, "area": 0.25, "cell_size": 8, "scale": 2.0, "start_step": 500,
    "nfe": 20, "n_inpaints": 2, "network": "digits", "second": None, "lpips": 0.0,
    "control": "inverse",
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


def test_one_file_for_all_methods(file: Path) -> None:
    found = of("rcsb")
    assert found.values[RcsbSettings] == OWN
    assert found.values[ModelSettings] == {"labels": "names.txt"}, "norm is no guidance"
    assert load_settings(of="pictures", method="rcsb") == {"dpi": 90}
    assert load_settings(method="rcsb") == OWN | {"labels": "names.txt"}, "mode is for others"
    causal = load_settings()
    assert causal["scale"] == 255 and "nfe" not in causal and "area" not in causal


def test_every_option_has_a_key(file: Path) -> None:
    for name in options(RcsbSettings):
        table = "rex" if name == "seed" else "rcsb"
        file.write_text(f"[{table}]\n{name} = 'x y z'\n")
        try:
            found = of("rcsb").values[RcsbSettings]
        except SettingsError as error:
            assert f"{name} was 'x y z'" in str(error), "known, and the value is wrong"
        else:
            assert name in found


@pytest.mark.parametrize("method", ["causal", "relax", "dice"])
def test_mistakes_in_this_table_are_told_to_all(method: str, file: Path) -> None:
    file.write_text("[rcsb]\nstart_stp = 3\n")
    with pytest.raises(SettingsError, match="start_stp"):
        of(method)


@pytest.mark.parametrize(
    ("method", "body", "words"),
    [
        ("rcsb", "iters = 3", "--nfe"),
        ("rcsb", "[rex]\nmode = 'tabular'", "one picture"),
        ("rcsb", "[rex]\nrow = 3", "no rows"),
        ("rcsb", "[rex.onnx]\nscale = 255", "as_classifier"),
        ("rcsb", "area = 2", "area was 2; expected a number"),
        ("rcsb", "attribution = 'magic'", "one of integrated_gradients"),
        ("rcsb", "[latent]\nnum_explanations = 3", "--n-inpaints"),
        ("causal", "nfe = 3", "--method rcsb"),
        ("relax", "[rcsb]\narea = 0.2", "draws nothing"),
        ("dice", "n_inpaints = 3", "--num-explanations"),
    ],
)
def test_a_cell_is_written_for_one_method(method: str, body: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        of(method, cell=body, config=False)


def test_flag_over_cell_over_file(file: Path) -> None:
    found = of("rcsb", cell="nfe = 5\nscale = 3", flags={RcsbSettings: {"seed": 1}})
    settings = found.build(RcsbSettings)
    assert (settings.nfe, settings.scale, settings.seed, settings.area) == (5, 3.0, 1, 0.25)
    origins = [found.origin(RcsbSettings, name) for name in ("nfe", "seed", "area", "tv")]
    assert origins == ["cell", "flag", "rex.toml", "default"]


def test_what_is_shown_can_be_read_back(file: Path) -> None:
    shown = show_settings(of("rcsb"))
    document = tomllib.loads(shown)
    assert document["rcsb"]["start_step"] == 500 and "causal" not in document
    assert "scale" not in document["rex"]["onnx"]
    for cls, names in left_out("rcsb").items():
        known = {line.partition(" = ")[0] for line in shown.splitlines()}
        assert not (names - set(options(RcsbSettings))) & known, cls
    again, first = of("rcsb", cell=shown, config=False), of("rcsb")
    for name, usual in defaults(RcsbSettings).items():
        mine = again.values[RcsbSettings].get(name, usual)
        assert mine == first.values[RcsbSettings].get(name, usual), name
