"""Files that are no database of ours: one clear error each; and the way from older versions."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.errors import StoreError
from rex_widgets.store import database, save_explanation, schema, to_dataframe
from tests.explanations import hand_made


def saved(path: Path, number: int = 1) -> Path:
    for seed in range(number):
        save_explanation(path, hand_made(64, seed=seed))
    return path


def settled(path: Path) -> Path:
    """The same database in one file, with nothing left in the log beside it."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no file 'a.db'"):
        to_dataframe(tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()
    with pytest.raises(StoreError, match="is a folder"):
        to_dataframe(tmp_path)
    with pytest.raises(StoreError, match=r"folder of 'a.db' does not exist"):
        saved(tmp_path / "missing" / "a.db")


def test_another_kind_of_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" * 200)
    with pytest.raises(StoreError, match="is not a database"):
        to_dataframe(path)
    with pytest.raises(StoreError, match="is not a database"):
        saved(path)
    assert path.read_bytes() == b"\x89PNG\r\n\x1a\n" * 200


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_database_is_told(tmp_path: Path, share: float) -> None:
    path = settled(saved(tmp_path / "a.db", 4))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StoreError, match=r"damaged|not a database"):
        to_dataframe(path)
    with pytest.raises(StoreError, match=r"damaged|not a database"):
        saved(path)


def test_what_was_committed_is_on_the_disk(tmp_path: Path) -> None:
    """The two promises to the disk that no test can break the power for."""

    def work(connection: Any) -> tuple[Any, ...]:
        names = ("journal_mode", "synchronous")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

    found = database.write(tmp_path / "a.db", work, check=lambda connection: None)
    assert found == ("wal", 2)


def test_an_empty_file_holds_nothing_and_can_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with pytest.raises(StoreError, match="nothing was saved"):
        to_dataframe(path)
    assert len(to_dataframe(saved(path))) == 1


def test_a_database_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE cookies (name)")
    raw.execute("PRAGMA user_version = 9")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    for attempt in (to_dataframe, saved):
        with pytest.raises(StoreError, match=r"other tables .cookies."):
            attempt(path)
    assert path.read_bytes() == before


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    path = settled(saved(tmp_path / "a.db"))
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    raw.close()
    for attempt in (to_dataframe, saved):
        with pytest.raises(StoreError, match="written by a newer release"):
            attempt(path)


def test_a_table_that_no_release_has_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE explanations (thoughts)")
    raw.close()
    for attempt in (to_dataframe, saved):
        with pytest.raises(StoreError, match="no release has written"):
            attempt(path)


def test_a_locked_database_is_waited_for_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    path = saved(tmp_path / "a.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"locked by another program for 0\.2 s"):
        save_explanation(path, hand_made(8), patience=0.2)
    # readers do not wait for a writer
    assert len(to_dataframe(path)) == 1
    other.execute("COMMIT")
    other.close()
    save_explanation(path, hand_made(8), patience=0.2)
    assert len(to_dataframe(path)) == 2


def test_a_reader_that_is_locked_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    path = settled(saved(tmp_path / "a.db"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked by another program"):
        to_dataframe(path)
    other.close()


def test_a_read_only_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settled(saved(tmp_path / "a.db"))
    made = database._engine
    # a superuser may write to any file, so SQLite itself is told to refuse
    monkeypatch.setattr(database, "_engine", lambda file, mode: made(file, "ro"))
    with pytest.raises(StoreError, match="read-only"):
        saved(path)
    assert len(to_dataframe(path)) == 1


def test_a_name_with_signs_of_an_address_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#b %41.db"
    assert len(to_dataframe(saved(path))) == 1
    assert path.is_file()


def test_a_damaged_row_names_itself(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.db")
    raw = sqlite3.connect(path)
    raw.execute("UPDATE explanations SET settings = '{'")
    raw.commit()
    with pytest.raises(StoreError, match=r"row .* damaged column 'settings'"):
        to_dataframe(path)
    raw.execute("UPDATE explanations SET settings = '{}', explanation = x'00'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match=r"row .*damaged"):
        to_dataframe(path)
    assert len(to_dataframe(path, columns=["seed"])) == 1


def _next_version(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setitem(schema.STEPS, schema.VERSION - 1, step)


def _version(path: Path) -> int:
    raw = sqlite3.connect(path)
    (number,) = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    return int(number)


def test_an_older_file_is_brought_up_to_date_when_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "a.db", 2)
    _next_version(
        monkeypatch,
        lambda c: c.exec_driver_sql("ALTER TABLE explanations ADD COLUMN mood TEXT DEFAULT 'calm'"),
    )
    assert len(to_dataframe(path)) == 2
    saved(path)
    assert _version(path) == schema.VERSION
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT mood FROM explanations").fetchall() == [("calm",)] * 3
    raw.close()
    assert len(to_dataframe(path)) == 3


def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "a.db", 2)
    before = _version(path)

    def step(connection: Any) -> None:
        connection.exec_driver_sql("ALTER TABLE explanations ADD COLUMN mood TEXT")
        raise KeyboardInterrupt

    _next_version(monkeypatch, step)
    with pytest.raises(KeyboardInterrupt):
        saved(path)
    assert _version(path) == before
    raw = sqlite3.connect(path)
    assert "mood" not in {row[1] for row in raw.execute("PRAGMA table_info(explanations)")}
    raw.close()
    assert len(to_dataframe(path)) == 2
