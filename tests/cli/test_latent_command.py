"""`rex-widgets 17 world --method dice`: samples of the world to words and files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.cli import main
from rex_widgets.cli.request import read_request
from rex_widgets.flags import FlagError
from rex_widgets.latent.world.world import load_world
from rex_widgets.methods import LATENT_METHODS

FEW = ["--num-explanations", "2", "--seed", "0"]
LINE = ["17", "world", "--method", "growing_spheres", "--generator", "world", *FEW]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(LINE)
    out, err = capsys.readouterr()
    assert out.startswith("world 17: ") and "\nVerdicts: " in out and "seed 0" in out
    assert "esponsibility" not in out and "mportance" not in out and "xplanation" not in out
    assert " steps, " in err and "found" in err and "evaluations" not in err
    assert code == (0 if "2 of 2" in out or "1 of 2" in out else 1)


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
    assert main([*LINE, "-q", "-o", name]) in (0, 1)
    assert (work / name).read_bytes().startswith(begins)


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_every_method(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    steps = ["--num-iters", "3"] if method in ("dice", "dive", "xgem", "lcf") else []
    mask = ["--mask-method", "random"] if method == "dive" else []
    words = ["3,17", "world", "--method", method, *FEW, *steps, *mask, "--json", "-"]
    assert main(words) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    assert document["method"] == method and len(document["samples"]) == 2
    assert document["source"] == "world 3, 17"
    assert sum(document["verdicts"].values()) == 4


def test_the_file_holds_what_python_gives(work: Path) -> None:
    assert main([*LINE, "-q", "-o", "a.npz"]) in (0, 1)
    found = rw.explain(
        17, "world", method="growing_spheres", generator="world", num_explanations=2, seed=0,
        progress=False,
    )  # fmt: skip
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["counterfactuals"], found.counterfactuals)
        assert np.array_equal(arrays["verdict"], found.verdict)


def test_latents_of_a_file(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(work / "some.npy", load_world().latents([17]).numpy())
    assert main(["some.npy", *LINE[1:], "--json", "-"]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    assert document["source"] == "latents" and len(document["samples"]) == 1
    main([*LINE, "--json", "-"])
    again = json.loads(capsys.readouterr().out)
    assert document["samples"][0]["counterfactuals"] == again["samples"][0]["counterfactuals"]


def test_several_inputs_a_line_each(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["3", "17,18", *LINE[1:], "-o", "{name}.npz"]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["world 3", "world 17, 18"]
    assert (work / "3.npz").is_file() and (work / "17,18.npz").is_file()


def test_a_folder_of_latents_and_a_folder_with_a_number_for_its_name(work: Path) -> None:
    (work / "some").mkdir()
    for name in ("a.npy", "b.npy", "c.png"):
        (work / "some" / name).touch()
    (work / "17").mkdir()
    request = read_request(["some", "17", "world", "--method", "dice"])
    assert [path.name for path in request.inputs] == ["a.npy", "b.npy", "17"]
    assert [str(request.given(path)) for path in request.inputs[2:]] == ["17"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--iters", "3"], "--n-candidates"),
        (["--heatmap", "a.png"], "--output"),
        (["--analyse"], "--json"),
        (["--database", "a.db"], "--save"),
        (["--mode", "L"], "index of the world"),
        (["--generator", "decoder"], "world, a torch module"),
        (["--target", "5"], "classes 0 to 1"),
        (["--corr-level", "0.7"], "0.5 or 0.95"),
        (["--num-explanations", "0"], "1 to 1000"),
        (["--latents", "a.npy"], "Leave one"),
        (["-o", "a.nii"], ".npz"),
        (["-o", "a.npz", "--save", "b.npz"], "two files of one kind"),
    ],
)
def test_mistakes_take_one_line(
    words: list[str], told: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = [] if "--generator" in words else ["--generator", "world"]
    plain = ["17", "world", "--method", "growing_spheres", *FEW, *generator]
    assert main([*plain, *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1
    assert not list(work.iterdir())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["17", "--method", "dice"], "No model was given. Usage: rex-widgets SAMPLE world"),
        (["17", "--model", "a.onnx", "--method", "dice"], "the classifier world"),
        (["99999", "world", "--method", "dice"], "0 to 9999"),
        (["nothing.npy", "world", "--method", "dice"], "no file 'nothing.npy'"),
        (["cat.png", "a.onnx", "--num-explanations", "3"], "--method dice"),
        (["17", "world"], "counterfactuals, and the method was causal. Name one that knows it"),
        (["17", "world", "--method", "relax"], "--model encoder.onnx --method relax"),
        (["17", "digits", "--method", "relax"], "such as --method rcsb"),
        (["world", "--method", "relax"], "No model was given. Usage"),
    ],
)
def test_wrong_samples_and_models(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "-q"]) == 2
    err = capsys.readouterr().err
    assert told in err and len(err.splitlines()) == 1


def test_the_world_is_a_model_of_latents_only() -> None:
    named = read_request(["17", "--model", "world", "--method", "dice"])
    assert named.model == "world" and len(named.inputs) == 1
    with pytest.raises(FlagError, match="No model was given"):
        read_request(["cat.png", "world"])


def test_the_settings_in_force_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--method", "dice", "--show-settings", "--num-iters", "7"]) == 0
    document = tomllib.loads(capsys.readouterr().out)
    assert document["latent"]["num_iters"] == 7 and "dice" in document
    assert "causal" not in document
