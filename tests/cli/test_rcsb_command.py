"""`rex-widgets 17 digits --method rcsb`: a change inside a region, to words and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rex_widgets as rw
from rex_widgets.cli import main
from rex_widgets.cli.request import read_request
from rex_widgets.flags import FlagError

FEW = ["--nfe", "3", "--n-inpaints", "2", "--seed", "0"]
LINE = ["17", "digits", "--method", "rcsb", "--region", "region.png", "--target", "3", *FEW]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    region = np.zeros((32, 32), np.uint8)
    region[8:24, 6:18] = 255
    Image.fromarray(region).save(tmp_path / "region.png")
    return tmp_path


def test_it_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(LINE)
    out, err = capsys.readouterr()
    assert out.startswith("digit 17, which is ") and "would make it 3" in out and "seed 0" in out
    assert "esponsibility" not in out and "mportance" not in out and "xplanation" not in out
    assert "network" in err and "evaluations" not in err
    reached = "None of" not in out
    assert code == (0 if reached else 1)


def test_the_ending_says_what_is_written(work: Path) -> None:
    wished = ["--out", "a.png", "--html", "a.html", "--json", "a.json", "--save", "a.npz",
              "--run", "a.run"]  # fmt: skip
    assert main([*LINE, "-q", *wished]) in (0, 1)
    begins = {"a.png": b"\x89PNG", "a.html": b"<!doctype html>", "a.json": b"{", "a.npz": b"PK"}
    for name, first in begins.items():
        assert (work / name).read_bytes().startswith(first)
    document = json.loads((work / "a.json").read_text())
    assert document["region"]["box"] == [8, 24, 6, 18] and document["target"] == 3
    found = rw.explain(
        17, "digits", method="rcsb", region="region.png", target=3, nfe=3, n_inpaints=2, seed=0,
        progress=False,
    )  # fmt: skip
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["after"], found.after)
    assert rw.load_run("a.run", "digits").result().target == 3


def test_a_picture_of_a_file_and_several_inputs(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = np.zeros((32, 32), np.uint8)
    picture[6:26, 15:18] = 255
    Image.fromarray(picture).save(work / "one.png")
    words = ["one.png", "17", *LINE[1:], "-o", "{name}.npz"]
    assert main(words) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["one.png", "digit 17"]
    with np.load(work / "one.npz", allow_pickle=False) as arrays:
        assert np.array_equal(np.rint(255 * arrays["before"][..., 0]), picture)
    assert (work / "17.npz").is_file()


def test_what_is_an_input_and_what_is_a_model(work: Path) -> None:
    (work / "some").mkdir()
    for name in ("a.npy", "b.png", "c.wav", "d.nii"):
        (work / "some" / name).touch()
    request = read_request(["some", "17", "digits", "--method", "rcsb"])
    assert [path.name for path in request.inputs] == ["a.npy", "b.png", "17"]
    assert request.given(request.inputs[2]) == "17" and request.given(request.inputs[0]) != "a.npy"
    assert request.model == "digits"
    for model in ("m.onnx", "m.py", "m.pt"):
        read = read_request(["b.png", model, "--method", "rcsb", "--network", "net.safetensors"])
        assert read.model == model and [path.name for path in read.inputs] == ["b.png"]
    named = read_request(["17", "--model", "digits", "--method", "rcsb"])
    assert named.model == "digits" and len(named.inputs) == 1
    (work / "18").touch()
    file = read_request(["18", "digits", "--method", "rcsb"])
    assert file.given(file.inputs[0]) == Path("18"), "a file of that name is meant"
    with pytest.raises(FlagError, match="No model was given"):
        read_request(["cat.png", "digits"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--iters", "3"], "--nfe"),
        (["--heatmap", "a.png"], "--output"),
        (["--analyse"], "--json"),
        (["--database", "a.db"], "--save"),
        (["--mode", "voxel"], "one picture"),
        (["--target", "10"], "10"),
        (["--area", "2"], "expected a number"),
        (["--network", "nothing.safetensors"], "nothing.safetensors"),
        (["--map", "nothing.npy"], "region was given"),
        (["-o", "a.nii"], ".npz"),
        (["-o", "a.npz", "--save", "b.npz"], "two files of one kind"),
    ],
)
def test_mistakes_take_one_line(
    words: list[str], told: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*LINE, *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1
    assert [path.name for path in work.iterdir()] == ["region.png"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["17", "--method", "rcsb"], "No model was given. Usage: rex-widgets PICTURE MODEL"),
        (["99999999", "digits", "--method", "rcsb"], "Digit 99999999"),
        (["nothing.png", "digits", "--method", "rcsb"], "nothing.png"),
        (["region.png", "m.pt", "--method", "rcsb"], "m.pt"),
        (["cat.png", "a.onnx", "--n-inpaints", "3"], "--method rcsb"),
    ],
)
def test_wrong_pictures_and_models(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "-q"]) == 2
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "told"), [("t.csv", "row"), ("s.wav", "sound"), ("b.nii", "volume")]
)
def test_it_is_for_pictures_only(
    name: str, told: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / name).write_text("a,b\n1,2\n3,4\n")
    assert main([name, "digits", "--method", "rcsb", "-q"]) == 2
    err = capsys.readouterr().err
    assert f"The input is a {told}; region-constrained" in err and "pictures only" in err
    assert "causal or relax" in err and len(err.splitlines()) == 1
