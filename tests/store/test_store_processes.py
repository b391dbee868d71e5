"""Four writers at once, and writers that are killed: what was acknowledged stays, whole."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rex_widgets.store import to_dataframe
from tests.store.writing_process import PARTS

ROOT = Path(__file__).parent.parent.parent
WRITERS = 4


def writer(path: Path, number: int, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.writing_process", path, number, rounds]
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def acknowledged(output: str) -> list[list[str]]:
    """Ids of each explanation; a last line that was cut off by the kill was not heard."""
    return [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]


def check(path: Path, heard: list[list[str]]) -> int:
    """The file is sound, holds all that was acknowledged, and no half explanation."""
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()
    frame = to_dataframe(path)
    rows = set(frame["id"])
    assert len(rows) == len(frame)
    assert {name for ids in heard for name in ids} <= rows
    for _, group in frame.groupby("group_id"):
        assert len(group) == (PARTS if group["multi"].iloc[0] else 1)
    assert all(mask.shape == (64, 64) for mask in frame["explanation"])
    assert all(values is not None for values in frame["responsibility"])
    return len(frame)


def test_four_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path, rounds = tmp_path / "a.db", 20
    processes = [writer(path, number, rounds) for number in range(WRITERS)]
    heard = []
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        heard += acknowledged(output)
    assert len(heard) == WRITERS * rounds
    assert check(path, heard) == WRITERS * (rounds // 2) * (1 + PARTS)


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.db"
    chance = random.Random(seed)
    processes = [writer(path, number, 1_000_000) for number in range(WRITERS)]
    heads = []
    for process in processes:
        assert process.stdout is not None
        heads.append(process.stdout.readline())
    heard = [ids for head in heads for ids in acknowledged(head)]
    for process in chance.sample(processes, WRITERS):
        # anywhere in a save, which takes some milliseconds
        time.sleep(chance.uniform(0.05, 0.25))
        process.kill()
        output, errors = process.communicate(timeout=30)
        assert process.returncode == -9, errors
        heard += acknowledged(output)
    assert len(heard) > 2 * WRITERS
    check(path, heard)
    # and the file takes the next one
    last = writer(path, 99, 1)
    output, errors = last.communicate(timeout=60)
    assert last.returncode == 0, errors
    check(path, heard + acknowledged(output))
