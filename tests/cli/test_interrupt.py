"""Ctrl-C on the command line: what was found is shown, written, and the exit code is 130."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rex_widgets.cli import main
from tests.cli.command import SCRIPT, prepare
from tests.synthetic import PATIENCE

INTERRUPTING = """
import signal

calls = 0
inner = prediction_function

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    global calls
    calls += 1
    if calls == 12:
        signal.raise_signal(signal.SIGINT)
    return inner(mutants)
"""

SLOW = """
import time

inner = prediction_function

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    time.sleep(0.02)
    return inner(mutants)
"""


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


def test_what_was_found_is_kept(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "stops.py").write_text(SCRIPT + INTERRUPTING)
    words = ["cat.png", "dark.png", "--script", "stops.py", "--batch-size", "8", "--seed", "0"]
    assert main([*words, "--save", "{name}.npz", "--json", "{name}.json"]) == 130
    out, err = capsys.readouterr()
    assert err.count("Interrupted after") == 1
    assert out.startswith("cat.png: class 1")
    found = json.loads((work / "cat.json").read_text())
    assert found["target"]["index"] == 1
    assert 0 < found["evaluations"]["total"] < 400
    assert (work / "cat.npz").is_file()
    assert not (work / "dark.json").exists()  # the next input is not begun


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_to_the_process(work: Path) -> None:
    (work / "slow.py").write_text(SCRIPT + SLOW)
    command = [sys.executable, "-m", "rex_widgets", "cat.png", "--script", "slow.py"]
    with subprocess.Popen(
        [*command, "--iters", "5000", "--json", "cat.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "searching" in line:
                break
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Interrupted after" in err and "Traceback" not in err
    assert json.loads((work / "cat.json").read_text())["source"] == "cat.png"
