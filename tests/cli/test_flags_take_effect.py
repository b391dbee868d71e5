"""Every flag of the command line reaches what it is meant for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets import api
from rex_widgets.cli import main
from rex_widgets.cli.request import WISHES, read_request
from rex_widgets.flags import flags_of
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import defaults, options
from tests.cli.command import prepare
from tests.cli.values import VALUES, WITH, value_of

SETTINGS = {
    flag.key: flag
    for flag in flags_of("causal", "command line").values()
    if flag.owner is not None and flag.stands_for in (None, "true")
}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_is_taken_over_and_handed_on(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = SETTINGS[key]
    assert flag.owner is not None
    words = ["cat.png", "--script", "model.py", flag.name, value_of(flag), *WITH.get(key, [])]
    request = read_request(words)
    taken = getattr(request.settings(flag.owner), key)
    assert repr(taken) != repr(defaults(flag.owner)[key]), f"{key} is its default"
    assert request.found.origin(flag.owner, key) == "flag"
    handed: dict[str, Any] = {}

    def start(*given: Any, **options: Any) -> Any:
        handed.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "start", start)
    assert main(words) == 130
    if flag.owner in (request.found.classes[0], InputSettings, ModelSettings):
        assert repr(handed[key]) == repr(taken)
    else:
        assert key not in handed


def test_the_table_of_values_knows_no_other_settings() -> None:
    assert set(VALUES) <= set(SETTINGS)


OF_SETTINGS = [
    name for name, flag in flags_of("causal", "command line").items() if flag.owner is not None
]


@pytest.mark.parametrize("spelling", OF_SETTINGS)
def test_every_spelling_is_understood(spelling: str) -> None:
    flag = flags_of("causal", "command line")[spelling]
    assert flag.owner is not None
    value = [value_of(SETTINGS[flag.key])] if flag.stands_for is None else []
    extra = WITH.get(flag.key, [])
    found = read_request(["cat.png", "--script", "model.py", spelling, *value, *extra])
    assert found.found.origin(flag.owner, flag.key) == "flag"


def test_every_flag_of_the_call_is_tested_somewhere() -> None:
    own = {f.key for f in flags_of("causal", "command line").values() if f.owner is None}
    tested = {
        "write",
        "model",
        "script",
        "config",
        "quiet",
        "verbose",
        "show_settings",
        "debug",
        "version",
    }
    assert own == tested | {"help", "method"} | set(WISHES)


def run(*words: str) -> int:
    return main(["cat.png", "--script", "model.py", "--iters", "3", "--seed", "0", *words])


@pytest.mark.parametrize("flag", ["output", "heatmap", "surface"])
@pytest.mark.parametrize("ending", [".png", ".pdf"])
def test_pictures_are_written(flag: str, ending: str, work: Path) -> None:
    assert run(f"--{flag}", f"out{ending}") == 0
    content = (work / f"out{ending}").read_bytes()
    assert content.startswith(b"\x89PNG" if ending == ".png" else b"%PDF")


@pytest.mark.parametrize("flag", ["output", "heatmap", "surface"])
def test_pictures_cannot_be_shown_without_a_screen(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    assert run(f"--{flag}") == 2
    assert "name a file" in capsys.readouterr().err


def test_settings_of_pictures_change_them(work: Path) -> None:
    from PIL import Image

    assert run("--output", "usual.png") == 0
    usual = np.asarray(Image.open("usual.png"))
    assert usual.shape[:2] == (16, 16)
    for words in (["--colour", "10"], ["--alpha", "0.9"], ["--raw"], ["--grid"]):
        assert run("--output", "other.png", *words) == 0
        assert not np.array_equal(np.asarray(Image.open("other.png")), usual), words
    assert run("--output", "large.png", "--resize") == 0
    assert np.asarray(Image.open("large.png")).shape[:2] == (32, 32)


def test_several_explanations_are_drawn_together_or_apart(work: Path) -> None:
    assert run("--multi", "3", "--output", "all.png") == 0
    assert (work / "all.png").is_file()
    found = run("--multi", "3", "--output", "one.png", "--multi-style", "separate")
    assert found == 0
    assert list(work.glob("one*.png"))


def test_measures_are_printed_and_written(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--analyze") == 0
    assert "insertion curve" in capsys.readouterr().out
    assert run("--analyse", "m.csv", "--insertion-step", "50") == 0
    assert run("--analyse", "m.csv") == 0
    rows = [line.split(",") for line in (work / "m.csv").read_text().splitlines()]
    assert len(rows) == 3 and rows[0][0] == "path" and rows[1][:3] == ["cat.png", "1", "class 1"]
    assert len({len(row) for row in rows}) == 1
    assert run("--analyse", "m.json", "--insertion-step", "50") == 0
    measured = json.loads((work / "m.json").read_text())
    assert len(measured["insertion"]["positions"]) == 7
    assert measured["source"] == "cat.png"


def test_files_of_arrays_numbers_page_run_and_database(work: Path) -> None:
    from rex_widgets import load_run, to_dataframe

    endings = {"save": "npz", "json": "json", "html": "html", "run": "run", "database": "db"}
    words = [word for name, end in endings.items() for word in (f"--{name}", f"a.{end}")]
    assert run(*words) == 0
    document = json.loads((work / "a.json").read_text())
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert int(arrays["mask"].sum()) == document["kept"]
        assert arrays["map"].shape == (16, 16)
    assert "<html" in (work / "a.html").read_text().lower()
    again = load_run("a.run", "model.py")
    assert again.result().pixels == document["kept"]
    table = to_dataframe("a.db")
    assert len(table) == 1
    assert table["path"][0] == "cat.png"
    assert table["other_settings"][0]["origins"]["iters"] == "flag"
    assert run("-db", "a.db", "--multi", "2") == 0
    assert len(to_dataframe("a.db")) > 1


def test_a_volume_as_nifti(work: Path) -> None:
    import nibabel

    words = ["vol.npy", "--script", "scan.py", "-m", "voxel", "--iters", "3", "--seed", "0"]
    assert main([*words, "--save", "v.nii.gz"]) == 0
    image: Any = nibabel.load("v.nii.gz")
    mask: Any = nibabel.load("v_mask.nii.gz")
    assert image.shape == mask.shape == (8, 9, 7)
    assert np.asarray(mask.dataobj).sum() > 0
    assert set(options(ModelSettings)) & set(SETTINGS)
