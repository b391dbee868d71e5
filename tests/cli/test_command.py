"""`rex-widgets` from its words to its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.cli import main
from tests.cli.command import prepare

QUICK = ["--iters", "3", "--seed", "0"]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with pictures and models, and a home without settings."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    prepare(folder)
    return folder


def explain(*words: str) -> int:
    return main([*words, "--script", "model.py", *QUICK])


def numbers(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert explain("cat.png", "--json", "-", *words) in (0, 1)

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    found: dict[str, Any] = json.loads(capsys.readouterr().out, parse_constant=refuse)
    return found


def test_an_explained_picture(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("cat.png") == 0
    out, err = capsys.readouterr()
    assert "class 1 in cat.png" in out and "Verified" in out and "seed 0" in out
    lines = err.splitlines()
    assert lines[0].startswith("  0% preparing the model")
    assert lines[-1].startswith("100% finished")
    assert "\r" not in err


def test_quiet_and_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("cat.png", "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert explain("cat.png", "-v", "--progress-bar", "false") == 0
    out, err = capsys.readouterr()
    assert "Preprocessing" in out and "total_passing" in out and "tree_depth" not in out
    assert err == ""
    assert explain("cat.png", "-vv") == 0
    out = capsys.readouterr().out
    assert "tree_depth = 10" in out and f"numpy {np.__version__}" in out


def test_nothing_found_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("cat.png", "--target", "2") == 1
    assert "none found" in capsys.readouterr().out
    assert explain("dark.png") == 1  # the model says the same when everything is hidden
    assert "meaningless" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "No input was given."),
        (["cat.png"], "No model was given."),
        (["--output", "cat.png"], "(--output took 'cat.png' for its file)"),
        (["cat.png", "--itrs", "3"], "Unknown flag --itrs. Did you mean --iters?"),
        (["cat.png", "--model", "none.onnx"], "none.onnx"),
        (["cat.png", "--script", "none.py"], "'none.py' does not exist"),
        (["none.png", "--script", "model.py"], "'none.png' does not exist"),
        (["cat.png", "--script", "model.py", "--model", "x.onnx"], "expected one of them"),
        (["cat.png", "--script", "model.py", "--target", "9"], "The target was class 9"),
        (["cat.png", "--script", "model.py", "--config", "none.toml"], "'none.toml' does not"),
        (["cat.png", "--script", "model.py", "--save", "x.foo"], "ends in .npz"),
        (["cat.png", "--script", "model.py", "--save", "x.nii"], "NIfTI holds volumes"),
        (["cat.png", "--script", "model.py", "--save", "no/x.npz"], "there is no folder 'no'"),
        (["cat.png", "--script", "model.py", "--html", "."], "is a folder"),
        (["cat.png", "--script", "model.py", "--save", "-"], "only --json"),
        (["cat.png", "--script", "model.py", "--output", "x.foo"], "'x.foo'"),
        (["cat.png", "--script", "model.py", "--distribution", "betabinom"], "two positive"),
        (["cat.png", "dark.png", "--script", "model.py", "--save", "x.npz"], "{name}.npz"),
        (["home", "--script", "model.py"], "'home' does not exist"),
        (["", "--script", "model.py"], "empty text"),
        (["cat.png", "--script", "model.py", "--multi", "0"], "--multi was '0'; expected 1 to"),
    ],
)
def test_mistakes_are_2_and_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    errors = [line for line in err.splitlines() if line.startswith("rex-widgets: ")]
    assert len(errors) == 1 and told in errors[0]
    assert "Traceback" not in err and out == ""


def test_a_failing_model_is_2_and_debug_shows_where(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = (work / "model.py").read_text().replace("rest = ", "rest = 1 / 0 + ")
    (work / "broken.py").write_text(broken)
    assert main(["cat.png", "--script", "broken.py"]) == 2
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err and "--debug" in err and "Traceback" not in err
    assert main(["cat.png", "--script", "broken.py", "--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err and "broken.py" in err


def test_json_holds_all_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    found = numbers(capsys, "--analyse")
    assert found["source"] == "cat.png" and found["kind"] == "image" and found["explained"]
    assert found["target"]["index"] == 1 and found["verified"]
    assert found["kept"] == round(found["area"] * 256)
    assert found["shape"] == [16, 16] and found["seed"] == 0
    assert found["settings"]["iters"] == 3 and found["settings"]["tree_depth"] == 10
    assert found["versions"]["numpy"] == np.__version__
    assert found["certificate"]["irreducible"] is True
    spent = dict(found["evaluations"])
    assert spent.pop("total") == sum(spent.values())
    assert found["other_settings"]["origins"] == {"iters": "flag", "seed": "flag"}
    assert found["other_settings"]["visual"]["colour"] == 200
    assert len(found["analysis"]["insertion"]["positions"]) == 4


def test_rex_toml_is_read_and_named(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "rex.toml").write_text(
        "[causal]\niters = 9\ntree_depth = 3\n[explanation]\nmulti_class=false"
    )
    found = numbers(capsys)
    assert (found["settings"]["iters"], found["settings"]["tree_depth"]) == (3, 3)
    assert "settings file rex.toml: tree_depth" in found["choices"]
    assert any("multi_class" in choice for choice in found["choices"])
    assert numbers(capsys, "--config", "none")["settings"]["tree_depth"] == 10
    (work / "mine.toml").write_text("[causal]\ntree_depth = 4")
    assert numbers(capsys, "-c", "mine.toml")["settings"]["tree_depth"] == 4
    (work / "rex.toml").write_text("[causal]\ntree_dept = 3\nitrs = 3")
    assert explain("cat.png") == 2
    errors = [
        e for e in capsys.readouterr().err.splitlines() if e.startswith("rex-widgets: In rex")
    ]
    assert len(errors) == 2


def test_show_settings(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "rex.toml").write_text("[causal]\ntree_depth = 3\n[rex.visual]\ncolour = 10")
    assert main(["--show-settings", "--iters", "7"]) == 0
    out = capsys.readouterr().out
    shown = tomllib.loads(out)
    assert shown["causal"]["iters"] == 7 and shown["causal"]["tree_depth"] == 3
    assert shown["rex"]["visual"]["colour"] == 10
    line = {row.split(" = ")[0]: row for row in out.splitlines()}
    assert line["iters"].endswith("# flag")
    assert line["tree_depth"].endswith("# rex.toml")
    assert line["min_box_size"].endswith("# default")


@pytest.mark.parametrize("strategy", ["global", "spatial", "multi", "contrastive", "complete"])
def test_every_strategy(strategy: str, capsys: pytest.CaptureFixture[str]) -> None:
    by_name = numbers(capsys, "--strategy", strategy)
    assert by_name["strategy"] == strategy
    if strategy not in ("global", "spatial"):
        short = numbers(capsys, f"--{strategy}")
        assert short["strategy"] == strategy
        assert short["area"] == by_name["area"]
        assert by_name["parts"]
        assert explain("cat.png", f"--{strategy}") in (0, 1)
        assert by_name["parts"][0]["name"] in capsys.readouterr().out


def test_sets_of_explanations_that_hardly_overlap(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("cat.png", "--multi", "4", "--permitted-overlap", "0.9") == 0
    out = capsys.readouterr().out
    assert "Largest sets that overlap by no more than 0.9: spotlight 1 with spotlight" in out


def test_a_number_of_floodlights_is_accepted_and_said_to_have_no_effect(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_number, without = numbers(capsys, "--contrastive", "4"), numbers(capsys, "--contrastive")
    assert with_number["area"] == without["area"]
    assert any("no effect" in choice for choice in with_number["choices"])
    assert not any("no effect" in choice for choice in without["choices"])


def test_the_map_alone(capsys: pytest.CaptureFixture[str]) -> None:
    found = numbers(capsys, "--no-extract")
    assert found["explained"] and found["certificate"] is None
    assert "no_extract" in found["message"]
    assert explain("cat.png", "-n") == 0


def test_kinds_of_input(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--min-box-size", "3", *QUICK, "--json", "-"]
    assert main(["sig.npy", "--script", "spectrum.py", "--spectral", *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "signal" and 20 <= found["map"]["largest_at"][0] < 30
    assert main(["vol.npy", "--script", "scan.py", "-m", "voxel", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "volume"


def test_several_inputs_are_a_line_each(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "many").mkdir()
    for name in ("a.png", "b.png"):
        (work / "many" / name).write_bytes((work / "cat.png").read_bytes())
    (work / "many" / "notes.md").write_text("no input")
    assert explain("many", "none.png", "dark.png", "--json", "{name}.json") == 2
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["a.png", "b.png", "dark.png"]
    assert "explained by" in lines[0] and "not explained (meaningless)" in lines[2]
    assert "rex-widgets: none.png: 'none.png' does not exist" in err
    assert json.loads((work / "a.json").read_text())["explained"]
    assert not json.loads((work / "dark.json").read_text())["explained"]
    assert explain("many", "--json", "-") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["source"] for row in rows] == ["a.png", "b.png"]
    assert explain("many", "dark.png", "-q") == 1


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"rex-widgets {version('rex_widgets')}\n"
    for words in (["--help"], ["cat.png", "-h", "--iters"]):
        assert main(words) == 0
        assert capsys.readouterr().out.startswith("usage: rex-widgets INPUT")


def test_the_program_and_the_module(repository: Path, work: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"rex-widgets": "rex_widgets.cli:main"}
    command = [sys.executable, "-m", "rex_widgets", "cat.png", "--script", "model.py", *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Verified" in done.stdout
    bad = subprocess.run([*command, "--bad"], capture_output=True, text=True, timeout=120)
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1


def test_mistakes_are_told_without_loading_models(work: Path) -> None:
    code = (
        "import sys; from rex_widgets.cli import main; rc = main(['cat.png', '--itrs', '3']);"
        "heavy = {'torch', 'onnxruntime', 'matplotlib', 'IPython', 'pandas'} & set(sys.modules);"
        "print(rc, sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "2 []\n"
