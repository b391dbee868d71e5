"""`rex-widgets … --region mask.png` for pictures, signals and volumes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rex_widgets as rw
from rex_widgets.cli import main
from rex_widgets.results import Explanation
from tests.cli.command import prepare

QUICK = ["--iters", "3", "--seed", "0"]
REGION = np.zeros((16, 16), np.bool_)
REGION[2:14, 3:13] = True


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    Image.fromarray(REGION.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(tmp_path / "nothing.png")
    np.save(tmp_path / "part.npy", np.arange(60) >= 22)
    inside = np.ones((8, 9, 7), np.bool_)
    inside[:, :, 4:] = False
    np.save(tmp_path / "voxels.npy", inside)
    return tmp_path


@pytest.mark.parametrize("outside", ["hidden", "visible"])
def test_a_picture(outside: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cat.png", "--script", "model.py", "--region", "mask.png", "--outside", outside]
    assert main([*words, *QUICK, "--save", "arrays.npz", "--json", "found.json"]) == 0
    told = capsys.readouterr().out
    assert f"Looked for inside the region (46.9 % of the image), outside {outside}" in told
    with np.load("arrays.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["region"], REGION)
        assert arrays["mask"].any() and not (arrays["mask"] & ~REGION).any()
        assert not arrays["map"][~REGION].any()
    document = json.loads(Path("found.json").read_text())
    assert document["region"]["places"] == 120 and document["region"]["outside"] == outside


@pytest.mark.parametrize(
    ("source", "script", "region"),
    [("sig.npy", "spectrum.py", "part.npy"), ("vol.npy", "scan.py", "voxels.npy")],
)
def test_signals_and_volumes(source: str, script: str, region: str) -> None:
    words = [source, "--script", script, "--region", region, "--save", "arrays.npz"]
    assert main([*words, *QUICK, "-q"]) == 0
    with np.load("arrays.npz", allow_pickle=False) as arrays:
        inside = np.load(region)
        assert np.array_equal(arrays["region"], inside)
        assert arrays["mask"].any() and not (arrays["mask"] & ~inside).any()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("nothing.png", "The region is empty"),
        ("part.npy", "The region cannot be used"),
        ("away.png", "away.png"),
        ("model.py", "The region cannot be used"),
    ],
)
def test_what_cannot_be_used(region: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cat.png", "--script", "model.py", "--region", region, *QUICK]) == 2
    out, err = capsys.readouterr()
    assert words in err and "Traceback" not in err and not out


def test_a_region_that_explains_nothing(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray((~REGION).astype(np.uint8) * 255).save(work / "rest.png")
    words = ["cat.png", "--script", "model.py", "--region", "rest.png", *QUICK]
    assert main(words) == 1
    assert "The region alone gives 'class 0'" in capsys.readouterr().out


def test_the_settings_file(work: Path) -> None:
    (work / "rex.toml").write_text("[causal]\nregion = 'mask.png'\noutside = 'visible'\n")
    given = rw.load_settings()
    assert given == {"region": "mask.png", "outside": "visible"}
    found = rw.explain("cat.png", "model.py", iters=3, seed=0, **given)
    assert isinstance(found, Explanation) and found.region is not None
    assert np.array_equal(found.region, REGION) and found.outside == "visible"
