"""`rex-widgets --method relax`: from files to files, and in words."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rex_widgets.cli import main
from rex_widgets.cli.bar import bar_line
from rex_widgets.cli.request import read_request
from rex_widgets.flags import FlagError
from rex_widgets.results import Progress
from tests.relax_models import SIDE, prepare

LINE = ["cat.png", "encoder.onnx", "--method", "relax", "--num-cells", "4", "--seed", "0",
        "--num-batches", "2", "--batch-size", "64"]  # fmt: skip


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


def test_it_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LINE) == 0
    out, err = capsys.readouterr()
    assert out.startswith("cat.png: similar to itself, by cosine similarity\nImportance ")
    assert "128 masks" in out and "esponsibility" not in out and "xplanation" not in out
    assert " masks" in err and "iterations" not in err and "%" in err


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("out.png", b"\x89PNG"),
        ("out.pdf", b"%PDF"),
        ("out.html", b"<!doctype html>"),
        ("out.json", b"{"),
        ("out.npz", b"PK"),
        ("out.npy", b"\x93NUMPY"),
        ("out.run", b""),
    ],
)
def test_the_ending_says_what_is_written(name: str, begins: bytes, work: Path) -> None:
    assert main([*LINE, "-q", "-o", name]) == 0
    assert (work / name).read_bytes().startswith(begins)


def test_several_files_at_once_hold_the_same_answer(work: Path) -> None:
    words = ["-o", "a.png", "--heatmap", "b.png", "--json", "a.json", "--save", "a.npz", "-q"]
    assert main([*LINE, *words]) == 0
    document = json.loads((work / "a.json").read_text())
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert arrays["importance"].shape == (SIDE, SIDE)
        assert document["importance"]["largest"] == float(arrays["importance"].max())
        assert document["masks"] == 128
    with Image.open("a.png") as three, Image.open("b.png") as one:
        assert three.width > 1.5 * one.width
    assert document["other_settings"]["origins"]["num_cells"] == "flag"
    assert "labels" not in document["other_settings"]["model"]
    assert "raw" not in document["other_settings"]["visual"]


def test_another_input_a_gallery_and_a_second_encoder(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*LINE, "--like", "dog.png", "--gallery", "photos", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["asked"] == "like dog.png"
    assert {one["name"] for one in document["neighbours"]} == {"fox.png", "owl.png"}
    assert main([*LINE, "--versus", "encoder.onnx", "--json", "-"]) == 0
    versus = json.loads(capsys.readouterr().out)
    assert versus["importance"]["largest"] == pytest.approx(0, abs=1e-6)
    assert main([*LINE, "--layer", "features", "--pool", "mean", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["embedding"]["size"] == 4


def test_several_inputs_a_line_each(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["photos", *LINE[1:], "-o", "{name}.npz", "--layer", "features"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["fox.png", "owl.png"]
    assert all("importance" in line and "128 masks" in line for line in lines)
    assert (work / "fox.npz").is_file() and (work / "owl.npz").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--strategy", "multi"], "U-RELAX"),
        (["--surface", "a.png"], "--heatmap"),
        (["--analyse"], "--json"),
        (["--database", "a.db"], "--save"),
        (["--num-cells", "40"], "num_cells"),
        (["--layer", "nothing"], "nothing"),
        (["--like", "missing.png"], "missing.png"),
        (["-o", "encoder.onnx"], "encoder.onnx"),
        (["-o", "cat.png"], "an input"),
        (["-o", "a.npz", "--save", "b.npz"], "two files of one kind"),
    ],
)
def test_mistakes_take_one_line(
    words: list[str], told: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name for path in work.iterdir()}
    assert main([*LINE, *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1
    assert {path.name for path in work.iterdir()} == before


def test_the_flags_of_relax_need_the_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cat.png", "encoder.onnx", "--like", "dog.png"]) == 2
    assert "--method relax" in capsys.readouterr().err


def test_the_settings_in_force_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--method", "relax", "--show-settings", "--num-cells", "5"]) == 0
    shown = capsys.readouterr().out
    document = tomllib.loads(shown)
    assert document["relax"]["num_cells"] == 5 and "causal" not in document
    assert "# flag" in shown


def test_the_help_of_one_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help", "--method", "relax"]) == 0
    out = capsys.readouterr().out
    assert "--num-cells" in out and "--strategy multi --json" in out and "--queue-len" not in out


def test_a_model_may_stand_last() -> None:
    request = read_request(["cat.png", "dog.png", "encoder.onnx", "--method", "relax"])
    assert request.model == "encoder.onnx" and [p.name for p in request.inputs] == [
        "cat.png", "dog.png",
    ]  # fmt: skip
    named = read_request(["cat.png", "--model", "encoder.onnx", "--method", "relax"])
    assert named.model == "encoder.onnx" and len(named.inputs) == 1
    with pytest.raises(FlagError, match="No model was given"):
        read_request(["encoder.onnx"])


def test_progress_counts_masks_where_there_are_any() -> None:
    progress = Progress(fraction=0.5, evaluations=65, stage="estimating")
    assert "65 evaluations" in bar_line(progress) and "64 masks" in bar_line(progress, "64 masks")
