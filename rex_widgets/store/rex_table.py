"""Reading the table ``rex``, which the ReX releases 0.3 and 0.4 write.

Its arrays are zlib-compressed raw bytes: the map as float32 (float64 where it came so from
numpy), masks as one byte a place. Their shapes stand beside them as text such as ``(224, 224)``;
0.3 calls the mask ``explanation``, 0.4 has ``sufficiency_mask``, ``contrastive_mask`` and
``complete_mask`` with the common ``mask_shape``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import MetaData, Table, select

from rex_widgets.errors import StoreError
from rex_widgets.settings import unknown_name
from rex_widgets.store.arrays import shape_of, unpack_unlabelled
from rex_widgets.store.schema import REX_NAME

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

MAX_BYTES = 4 * 2**30
"""Most that the arrays of one frame may hold together."""

_FLOATS = {4: "<f4", 8: "<f8"}
_MASKS = {1: "|u1"}

_SHAPE_OF = {
    "responsibility": "responsibility_shape",
    "explanation": "explanation_shape",
    "sufficiency_mask": "mask_shape",
    "contrastive_mask": "mask_shape",
    "complete_mask": "mask_shape",
}
"""For each column of an array, that of its shape."""


def read_rex_table(
    connection: Connection,
    name: str,
    columns: Sequence[str] | None,
    where: Mapping[str, Any] | None,
    limit: int | None,
) -> pd.DataFrame:
    """Read ReX's table with the names that it has there; see `to_dataframe`."""
    import pandas as pd

    table = Table(REX_NAME, MetaData(), autoload_with=connection)
    known = list(table.columns.keys())
    for column in (*(columns or ()), *(where or ())):
        if column not in known:
            raise unknown_name(column, known, "column")
    chosen = list(columns) if columns is not None else known
    shapes = {_SHAPE_OF[c] for c in chosen if c in _SHAPE_OF} & set(known)
    query = select(*(table.c[column] for column in {*chosen, *shapes}))
    for column, value in (where or {}).items():
        several = isinstance(value, list | tuple | set | frozenset)
        query = query.where(table.c[column].in_(value) if several else table.c[column] == value)
    if limit is not None:
        query = query.limit(limit)
    total = 0
    records: dict[str, list[Any]] = {column: [] for column in chosen}
    for row in connection.execute(query).mappings():
        for column in chosen:
            cell = _cell(row, column, name)
            total += cell.nbytes if isinstance(cell, np.ndarray) else 0
            records[column].append(cell)
        if total > MAX_BYTES:
            raise StoreError(
                f"The arrays of {name!r} take more than {MAX_BYTES / 2**30:.2g} GiB. Read a part "
                "of it: name the columns, or choose rows with where or limit."
            )
    arrays = {column for column in chosen if column in _SHAPE_OF}
    return pd.DataFrame(
        {
            column: pd.Series(values, dtype=object if column in arrays else None)
            for column, values in records.items()
        }
    )


def _cell(row: Any, column: str, name: str) -> Any:
    value = row[column]
    if column not in _SHAPE_OF or value is None:
        return value
    where = f"{name!r}, table {REX_NAME!r},"
    shape = shape_of(str(row.get(_SHAPE_OF[column])), where)
    if math.prod(shape) == 0:
        return np.zeros(shape, np.float32 if column == "responsibility" else np.bool_)
    if column == "responsibility":
        return unpack_unlabelled(value, shape, _FLOATS, where)
    return unpack_unlabelled(value, shape, _MASKS, where).astype(np.bool_)
