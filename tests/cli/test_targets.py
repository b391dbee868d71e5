"""Files that are written: nothing else is lost by it, and one that fails keeps back no other."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from IPython.core.error import UsageError

from rex_widgets.cli import main
from rex_widgets.magics.arguments import parse
from tests.cli.command import prepare

LINE = ["cat.png", "--script", "model.py", "--iters", "3", "--seed", "0"]


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with pictures and models, and a home without settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    (tmp_path / "rex.toml").write_text("[causal]\niters = 3\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--output", "cat.png"], "an input"),
        (["--output", "./cat.png"], "an input"),
        (["--json", "cat.png"], "an input"),
        (["--html", "model.py"], "the model"),
        (["--run", "rex.toml"], "the settings file"),
        (["--output", "a.png", "--heatmap", "a.png"], "the file of --output too"),
        (["--output", "{name}.png"], "an input"),
        (["--analyse", "cat.png"], "something else"),
        (["--analyse", "mine.csv"], "something else"),
        (["--database", "mine.csv"], "not a database"),
        (["--heatmap", "a.png", "--heatmap-colours", "nope"], "a colour map"),
    ],
)
def test_no_file_is_lost(
    words: list[str], told: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in work.iterdir() if path.is_file()}
    assert main([*LINE, *words]) == 2
    out, err = capsys.readouterr()
    assert told in err and len(err.splitlines()) == 1 and out == ""
    assert before == {path.name: path.read_bytes() for path in work.iterdir() if path.is_file()}
    with pytest.raises((UsageError, ValueError), match=told.replace("an input", "the image")):
        parse(f"cat.png model.py --wait {' '.join(words).replace('{name}', 'cat')}", None, {})


def test_a_table_of_measures_grows(work: Path) -> None:
    for _ in range(2):
        assert main([*LINE, "-q", "--analyse", "measures.csv"]) == 0
    lines = (work / "measures.csv").read_text().splitlines()
    assert len(lines) == 3 and lines[1].startswith("cat.png,")


def test_what_cannot_be_written_keeps_back_nothing_else(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(work / "other.db") as other:
        other.execute("CREATE TABLE explanations (x)")
    other.close()
    words = ["--save", "a.npz", "--database", "other.db", "--json", "a.json", "--output", "a.png"]
    assert main([*LINE, *words]) == 2
    out, err = capsys.readouterr()
    assert "Verified" in out
    assert "rex-widgets: --database: 'other.db'" in err
    assert json.loads((work / "a.json").read_text())["verified"]
    assert (work / "a.png").exists() and (work / "a.npz").exists()


def test_what_a_kind_of_input_cannot_give_is_told_before_the_search(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*LINE, "--save", "map.nii"]) == 2
    assert "NIfTI holds volumes" in capsys.readouterr().err
    assert main(["vol.npy", "--script", "scan.py", "--surface", "a.png"]) == 2
    out, err = capsys.readouterr()
    file, problem = err.splitlines()
    assert "settings file" in file and "a landscape needs a picture" in problem and out == ""
