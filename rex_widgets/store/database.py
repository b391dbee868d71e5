"""Opening a database file: transactions that last, other writers, and clear errors."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from rex_widgets.errors import StoreError

BUSY_SECONDS = 5.0
"""Time that SQLite itself waits for another writer."""

PATIENCE = 30.0
"""Time after which a locked database is an error."""

_MAGIC = b"SQLite format 3\0"

_T = TypeVar("_T")


def write(
    path: Path,
    work: Callable[[Connection], _T],
    *,
    check: Callable[[Connection], None],
    patience: float = PATIENCE,
) -> _T:
    """Do ``work`` in one transaction, which is on the disk when this returns.

    The file is made if there is none. It is kept in WAL mode, so that readers and one writer do
    not wait for each other; ``synchronous=FULL`` makes a committed row survive a crash. While
    another process writes, this one waits and tries again. ``work`` may be called several times
    and must not leave traces outside the database.

    Raises
    ------
    StoreError
        The file is no database, damaged, read-only, locked for longer than ``patience`` seconds,
        or cannot be made.
    """
    if not path.parent.is_dir():
        raise StoreError(f"The folder of {path.name!r} does not exist; create it first.")
    _no_folder(path)
    _check_length(path)
    engine = _engine(path, "rwc")
    give_up = time.monotonic() + patience
    pause = 0.01
    while True:
        try:
            with _telling(path), engine.connect() as connection:
                check(connection)
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                connection.exec_driver_sql("PRAGMA synchronous = FULL")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                # leaving the block without COMMIT takes everything back
                result = work(connection)
                connection.exec_driver_sql("COMMIT")
                return result
        except _Busy:
            if time.monotonic() + pause > give_up:
                raise StoreError(
                    f"{path.name!r} has been locked by another program for {patience:g} s. "
                    "Close that program, or name another file."
                ) from None
            time.sleep(pause)
            pause = min(2 * pause, 0.5)


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """Open a database to read from it; nothing is written, and no file is made.

    Raises
    ------
    StoreError
        There is no such file, or it is no database, damaged or locked.
    """
    _no_folder(path)
    if not path.is_file():
        raise StoreError(f"There is no file {path.name!r}; expected a database of explanations.")
    _check_length(path)
    with _telling(path, final=True), _engine(path, "ro").connect() as connection:
        # One snapshot for all that is read, whatever others write meanwhile.
        connection.exec_driver_sql("BEGIN")
        yield connection


class _Busy(Exception):
    """Another process holds the lock."""


def _engine(path: Path, mode: str) -> Engine:
    address = f"file:{quote(str(path.resolve()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _by_hand(raw: sqlite3.Connection, _: object) -> None:
        # Python's own transactions would begin too late and leave the table's making outside.
        raw.isolation_level = None

    return engine


@contextmanager
def _telling(path: Path, final: bool = False) -> Iterator[None]:
    """Turn what SQLite raises into one sentence."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as raised:
        error = raised.orig if isinstance(raised, DBAPIError) else raised
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and not final:
            raise _Busy from None
        raise StoreError(_sentence(path, code, str(error))) from None


def _sentence(path: Path, code: int, said: str) -> str:
    name = repr(path.name)
    if code == sqlite3.SQLITE_NOTADB:
        return f"{name} is not a database; expected an SQLite file. Name another file."
    if code == sqlite3.SQLITE_CORRUPT:
        return (
            f"{name} is a damaged database: a part of it is missing or wrong. Take a copy of it "
            "from before, or save what is left with the program sqlite3 and its command .recover."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"{name} has been locked by another program for {BUSY_SECONDS:g} s. Close that "
            "program, or try again."
        )
    if code == sqlite3.SQLITE_READONLY:
        return f"{name} or its folder is read-only; name a file in a folder that can be written."
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"{name} cannot be opened; check the path and the rights of its folder."
    if code == sqlite3.SQLITE_FULL:
        return f"{name} cannot grow: the disk is full. Nothing of this row was written."
    return f"{name} could not be used as a database ({said})."


def _check_length(path: Path) -> None:
    """Refuse a file that was cut off: SQLite itself would go on writing to it.

    A file with a log beside it may be shorter than it says, and so may, for a moment, one whose
    log is being taken in.
    """
    for pause in (0.05, 0.2, None):
        if not _cut_off(path):
            return
        if pause is not None:
            time.sleep(pause)
    raise StoreError(_sentence(path, sqlite3.SQLITE_CORRUPT, ""))


def _cut_off(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    if not path.is_file() or (log.exists() and log.stat().st_size):
        return False
    with path.open("rb") as file:
        header = file.read(100)
        length = file.seek(0, 2)
    if not header.startswith(_MAGIC) or len(header) < 100:
        return False
    # the file format: page size at 16 (1 meaning 65536), pages at 28
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    return length < pages * (65536 if page == 1 else page)


def _no_folder(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"{path.name!r} is a folder; give the path of a database file.")
