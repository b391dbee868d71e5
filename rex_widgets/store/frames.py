"""Reading a database as a pandas DataFrame, with arrays decoded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import inspect, select

from rex_widgets.errors import StoreError
from rex_widgets.settings import unknown_name
from rex_widgets.store.arrays import BITS, DTYPES, StoredArray, shape_of, unpack
from rex_widgets.store.database import reading
from rex_widgets.store.rex_table import read_rex_table
from rex_widgets.store.schema import (
    ARRAYS,
    JSON_COLUMNS,
    NAME,
    REX_NAME,
    SHARED_ARRAYS,
    TABLE,
    check_version,
    other_tables,
    version_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection, Select

MAX_BYTES = 4 * 2**30
"""Most that the arrays of one frame may hold together."""


def to_dataframe(
    path: str | Path,
    *,
    table: str | None = None,
    columns: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Read a database of explanations, oldest row first.

    Parameters
    ----------
    path
        What `save_explanation` wrote, or a database of ReX 0.3 or 0.4.
    table
        "explanations" or "rex"; whichever the file has if not given, ours first.
    columns
        The columns to read; all if not given. Arrays that are not named are not unpacked.
    where
        Only rows whose columns have these values; a list means any of its values:
        ``{"target": [281, 285], "verified": True}``.
    limit
        Most rows to read.

    Returns
    -------
    pandas.DataFrame
        Arrays are numpy arrays (masks bool, curves float64 ``(points, 2)``: pixels,
        confidence), settings and other JSON are dictionaries and lists, empty cells are None.
        The rows of one multiple explanation share the very same map.

    Raises
    ------
    StoreError
        The file is no such database, damaged, locked, or of a newer release; or the arrays
        would take more than 4 GiB.
    SettingsError
        A column is not known.
    """
    file = Path(path).expanduser()
    with reading(file) as connection:
        tables = set(inspect(connection).get_table_names())
        wanted = table or (NAME if NAME in tables else REX_NAME)
        if wanted not in (NAME, REX_NAME):
            raise unknown_name(wanted, (NAME, REX_NAME), "table")
        if wanted not in tables:
            if not tables:
                raise StoreError(f"{file.name!r} is an empty database: nothing was saved in it.")
            raise other_tables(file.name, tables)
        if wanted == REX_NAME:
            return read_rex_table(connection, file.name, columns, where, limit)
        check_version(version_of(connection), file.name)
        return _read(connection, file.name, columns, where, limit)


def tables_in(path: str | Path) -> tuple[str, ...]:
    """Names of the tables of a database; ours and ReX's are "explanations" and "rex".

    Raises
    ------
    StoreError
        There is no such file, or it is no database, damaged or locked.
    """
    with reading(Path(path).expanduser()) as connection:
        return tuple(inspect(connection).get_table_names())


def _read(
    connection: Connection,
    name: str,
    columns: Sequence[str] | None,
    where: Mapping[str, Any] | None,
    limit: int | None,
) -> pd.DataFrame:
    import pandas as pd

    hidden = {f"{array}_dtype" for array in ARRAYS}
    chosen = [c.name for c in TABLE.columns if c.name not in hidden]
    if columns is not None:
        for column in columns:
            if column not in chosen:
                raise unknown_name(column, chosen, "column")
        chosen = list(columns)
    query = _query(chosen, where, limit)
    _check_size(connection, chosen, query, name)
    maps: dict[tuple[str, str], Any] = {}
    records: dict[str, list[Any]] = {column: [] for column in chosen}
    for row in connection.execute(query).mappings():
        where_text = f"{name!r}, row {row['id']},"
        for column in chosen:
            records[column].append(_cell(connection, row, column, where_text, maps))
    return pd.DataFrame({column: _series(values) for column, values in records.items()})


def _query(
    chosen: Sequence[str], where: Mapping[str, Any] | None, limit: int | None
) -> Select[Any]:
    needed = {"id", "group_id", *chosen}
    needed |= {
        f"{array}_{what}" for array in ARRAYS for what in ("dtype", "shape") if array in needed
    }
    query = select(*(TABLE.c[column] for column in sorted(needed)))
    for column, value in (where or {}).items():
        if column not in TABLE.columns:
            raise unknown_name(column, TABLE.columns.keys(), "column")
        if isinstance(value, list | tuple | set | frozenset | np.ndarray):
            query = query.where(TABLE.c[column].in_([_plain(item) for item in value]))
        else:
            query = query.where(TABLE.c[column] == _plain(value))
    query = query.order_by(TABLE.c.saved_at, TABLE.c.group_id, TABLE.c.multi_no)
    return query if limit is None else query.limit(limit)


def _check_size(
    connection: Connection, chosen: Sequence[str], query: Select[Any], name: str
) -> None:
    """Add up what the arrays will take before any is unpacked."""
    own = [array for array in ARRAYS if array in chosen and array not in SHARED_ARRAYS]
    shared = [array for array in SHARED_ARRAYS if array in chosen]
    groups = query.with_only_columns(TABLE.c.group_id).order_by(None)
    total = 0
    for arrays, rows in (
        (own, query),
        (shared, select(TABLE).where(TABLE.c.id.in_(groups.scalar_subquery()))),
    ):
        if not arrays:
            continue
        about = [TABLE.c[f"{array}_{what}"] for array in arrays for what in ("dtype", "shape")]
        for row in connection.execute(rows.with_only_columns(*about)):
            for dtype, shape in zip(row[::2], row[1::2], strict=True):
                if dtype in DTYPES or dtype == BITS:
                    size = 1 if dtype == BITS else np.dtype(dtype).itemsize
                    total += size * math.prod(shape_of(str(shape), repr(name)))
            if total > MAX_BYTES:
                raise StoreError(
                    f"The arrays of {name!r} take more than {MAX_BYTES / 2**30:.2g} GiB. Read a "
                    "part of it: name the columns, or choose rows with where or limit."
                )


def _cell(
    connection: Connection,
    row: Any,
    column: str,
    where: str,
    maps: dict[tuple[str, str], Any],
) -> Any:
    value = row[column]
    if column in JSON_COLUMNS:
        return None if value is None else _loaded(value, column, where)
    if column not in ARRAYS:
        return value
    if column not in SHARED_ARRAYS:
        return None if value is None else unpack(_stored(row, column), where)
    key = (row["group_id"], column)
    if key not in maps:
        maps[key] = _shared(connection, row, column, where)
    return maps[key]


def _shared(connection: Connection, row: Any, column: str, where: str) -> Any:
    """An array of the row, or of the first row of its group."""
    if row[column] is None and row["id"] != row["group_id"]:
        of_array = (TABLE.c[f"{column}{end}"] for end in ("", "_dtype", "_shape"))
        first = select(*of_array).where(TABLE.c.id == row["group_id"])
        row = connection.execute(first).mappings().first() or {column: None}
    return None if row[column] is None else unpack(_stored(row, column), where)


def _stored(row: Any, column: str) -> StoredArray:
    dtype, shape = row[f"{column}_dtype"], row[f"{column}_shape"]
    return StoredArray(row[column], str(dtype), str(shape))


def _loaded(value: str, column: str, where: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise StoreError(f"{where} has a damaged column {column!r}.") from None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _series(values: list[Any]) -> Any:
    import pandas as pd

    if any(isinstance(value, np.ndarray | dict | list) for value in values):
        return pd.Series(values, dtype=object)
    if values and all(value is None for value in values):
        return pd.Series(values, dtype=object)
    return pd.Series(values)
