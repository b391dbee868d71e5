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
PATIENCE = 120.0


class Writer:
    """A process that saves explanations, and what it has acknowledged so far."""

    def __init__(self, path: Path, number: int, rounds: int) -> None:
        self._said = path.with_name(f"writer {number}.txt")
        command = [sys.executable, "-m", "tests.store.writing_process", path, number, rounds]
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                stdout=said,
                stderr=subprocess.PIPE,
                text=True,
            )

    def heard(self) -> list[list[str]]:
        """Ids of each explanation; a last line that was cut off by the kill was not heard."""
        lines = self._said.read_text().splitlines(keepends=True)
        return [line.split() for line in lines if line.endswith("\n")]

    def wait_for(self, count: int) -> None:
        """Until it has acknowledged so many explanations."""
        end = time.monotonic() + PATIENCE
        while len(self.heard()) < count:
            assert time.monotonic() < end, "a writer is stuck"
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.01)

    def kill(self) -> None:
        self.process.kill()
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == -9, errors

    def finish(self) -> None:
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, errors


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
    writers = [Writer(path, number, rounds) for number in range(WRITERS)]
    for writer in writers:
        writer.finish()
    heard = [ids for writer in writers for ids in writer.heard()]
    assert len(heard) == WRITERS * rounds
    assert check(path, heard) == WRITERS * (rounds // 2) * (1 + PARTS)


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.db"
    chance = random.Random(seed)
    writers = [Writer(path, number, 1_000_000) for number in range(WRITERS)]
    for writer in chance.sample(writers, WRITERS):
        writer.wait_for(3)
        # anywhere in a save, which takes some milliseconds
        time.sleep(chance.uniform(0, 0.1))
        writer.kill()
    heard = [ids for writer in writers for ids in writer.heard()]
    check(path, heard)
    # and the file takes the next one
    last = Writer(path, 99, 1)
    last.finish()
    check(path, heard + last.heard())
