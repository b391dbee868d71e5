"""`[relax]` in ``rex.toml``: read by relax, left alone by causal; a cell is for one method."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.config import effective_settings, load_settings, show_settings
from rex_widgets.errors import SettingsError
from rex_widgets.flags import left_out, settings_classes
from rex_widgets.model_settings import ModelSettings
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.settings import defaults, options

BOTH = """
[rex]
seed = 7
mask_value = "mean"
[rex.onnx]
labels = "names.txt"
threads = 2
[rex.visual]
alpha = 0.1
dpi = 90
[causal]
iters = 3
[causal.distribution]
[explanation.evaluation]
insertion_step = 50
[relax]
num_batches = 4
alpha = 0.01
probablity_of_drop = 0.25
output = "features"
"""
RELAX = settings_classes("relax")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rex.toml"
    path.write_text(BOTH)
    return path


def of_relax(**given: Any) -> Any:
    return effective_settings(RELAX, method="relax", **given)


def test_one_file_for_both_methods(file: Path) -> None:
    found = of_relax()
    assert found.values[RelaxSettings] == {
        "seed": 7,
        "num_batches": 4,
        "alpha": 0.01,
        "probability_of_drop": 0.25,
        "output": "features",
    }
    assert found.values[ModelSettings] == {"threads": 2}
    note = found.note()
    assert note is not None and "num_batches" in note and "iters" not in note
    causal = load_settings()
    assert causal["iters"] == 3 and causal["seed"] == 7 and "num_batches" not in causal
    assert load_settings(method="relax")["num_batches"] == 4
    assert load_settings(of="pictures", method="relax") == {"dpi": 90}
    assert load_settings(of="measures", method="relax") == {}


@pytest.mark.parametrize("method", ["relax", "causal"])
def test_mistakes_in_the_other_methods_tables_are_told(method: str, file: Path) -> None:
    file.write_text("[relax]\nnum_baches = 3\n[causal]\nitters = 2\n")
    with pytest.raises(SettingsError, match="num_baches") as told:
        effective_settings(settings_classes(method), method=method)
    assert "itters" in str(told.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("iters = 3", "--num-batches"),
        ("[explanation.multi]\nstrategy = 'multi'", "U-RELAX"),
        ("[rex.onnx]\nlabels = 'a.txt'", "no classes"),
        ("[rex.visual]\nraw = true", "three maps"),
        ("[relax]\nnum_cells = 1", "num_cells was 1"),
        ("num_cels = 1", "num_cells"),
    ],
)
def test_a_cell_is_written_for_one_method(body: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        of_relax(cell=body, config=False)


def test_a_causal_cell_refuses_relax() -> None:
    with pytest.raises(SettingsError, match="--method relax"):
        effective_settings(settings_classes("causal"), cell="like = 'a.png'", config=False)


def test_flag_over_cell_over_file(file: Path) -> None:
    found = of_relax(cell="num_batches = 5", flags={RelaxSettings: {"seed": 1}})
    assert found.build(RelaxSettings).num_batches == 5
    assert found.build(RelaxSettings).seed == 1
    assert found.origin(RelaxSettings, "num_batches") == "cell"
    assert found.origin(RelaxSettings, "seed") == "flag"
    assert found.origin(RelaxSettings, "alpha") == "rex.toml"


def test_what_is_shown_can_be_read_back(file: Path) -> None:
    shown = show_settings(of_relax())
    document = tomllib.loads(shown)
    assert document["relax"]["num_batches"] == 4
    for cls, names in left_out("relax").items():
        for name in names:
            assert f"\n{name} = " not in shown.replace("alpha = 0.01", ""), (cls, name)
    again = of_relax(cell=shown, config=False)
    for name in options(RelaxSettings):
        expected = of_relax().values[RelaxSettings].get(name, defaults(RelaxSettings)[name])
        assert again.values[RelaxSettings].get(name, defaults(RelaxSettings)[name]) == expected
