"""The table of explanations: its columns, its version, and the way from older versions.

The version of a file stands in SQLite's ``user_version``. A file of an older version is brought
to the newest one, step by step in one transaction, when it is next written to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    inspect,
)

from rex_widgets.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

VERSION = 1
"""Version of the table that this release writes."""

NAME = "explanations"
REX_NAME = "rex"
"""The table that the ReX releases write."""

ARRAYS = (
    "responsibility",
    "ranking",
    "map_error",
    "explanation",
    "sufficiency_mask",
    "contrastive_mask",
    "necessity_mask",
    "complete_mask",
    "insertion_points",
    "deletion_points",
    "axis_positions",
    "mask_value_array",
    "context_array",
)
"""Columns that hold arrays; each has ``…_dtype`` and ``…_shape`` beside it."""

SHARED_ARRAYS = (
    "responsibility",
    "ranking",
    "map_error",
    "axis_positions",
    "mask_value_array",
    "context_array",
)
"""Arrays that all rows of one multiple explanation share; its first row alone holds them."""

JSON_COLUMNS = (
    "settings",
    "other_settings",
    "versions",
    "statistics",
    "certificate",
    "occlusions",
    "evaluations_by_purpose",
    "top",
    "axes",
    "parts",
    "choices",
    "stability",
    "analysis",
)
"""Columns that hold JSON."""

_TEXT = (
    "path",
    "target_label",
    "kind",
    "strategy",
    "method",
    "stage",
    "message",
    "runtime",
    "part",
    "model_fingerprint",
    "distribution",
    "distribution_args",
    "obj_function",
    "saved_at",
    *JSON_COLUMNS,
)

_WHOLE = (
    "target",
    "seed",
    "evaluations",
    "total_work",
    "passing",
    "failing",
    "depth_reached",
    "multi_no",
    "tree_depth",
    "search_limit",
    "iters",
    "min_size",
    "spotlights",
    "inverse_classification",
    "complete_classification",
)

_REAL = (
    "confidence",
    "time",
    "seconds_in_model",
    "explanation_confidence",
    "sufficiency_confidence",
    "contrastive_confidence",
    "inverse_confidence",
    "complete_confidence",
    "avg_box_size",
    "area",
    "entropy",
    "max_entropy",
    "insertion_curve",
    "deletion_curve",
    "robustness",
    "spatial_radius",
    "spatial_eta",
    "spotlight_size",
    "spotlight_eta",
)


def _array_columns() -> list[Column[object]]:
    columns: list[Column[object]] = []
    for name in ARRAYS:
        columns += [
            Column(name, LargeBinary),
            Column(f"{name}_dtype", String),
            Column(f"{name}_shape", String),
        ]
    return columns


METADATA = MetaData()

TABLE = Table(
    NAME,
    METADATA,
    Column("id", String, primary_key=True),
    Column("group_id", String, nullable=False),
    *(Column(name, String) for name in _TEXT),
    *(Column(name, Integer) for name in _WHOLE),
    *(Column(name, Float) for name in _REAL),
    Column("multi", Boolean, nullable=False),
    Column("verified", Boolean, nullable=False),
    *_array_columns(),
    Index("explanations_by_group", "group_id"),
)

Step = Callable[["Connection"], None]

STEPS: dict[int, Step] = {}
"""For each older version, what brings a file of it to the next one."""


def version_of(connection: Connection) -> int:
    """Version of the table in this file; 0 where there is none."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    return int(version) if inspect(connection).has_table(NAME) else 0


def check_file(connection: Connection, name: str) -> None:
    """Refuse a file that is not for writing explanations to; nothing is changed.

    Raises
    ------
    StoreError
        The file holds other tables alone, or was written by a newer release.
    """
    tables = set(inspect(connection).get_table_names())
    if NAME in tables:
        check_version(version_of(connection), name)
    elif tables - {REX_NAME}:
        raise other_tables(name, tables)


def bring_up_to_date(connection: Connection) -> None:
    """Make the table, or change an older one, inside the caller's transaction."""
    if not inspect(connection).has_table(NAME):
        METADATA.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION:d}")
        return
    for version in range(version_of(connection), VERSION):
        STEPS[version](connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {version + 1:d}")


def check_version(version: int, name: str) -> None:
    """Refuse a file that a newer release, or something else, has written."""
    if version > VERSION:
        raise StoreError(
            f"{name!r} was written by a newer release (its table has version {version}; this "
            f"release knows {VERSION}). Update rex_widgets, or name another file."
        )
    if version < VERSION and any(number not in STEPS for number in range(version, VERSION)):
        raise StoreError(
            f"{name!r} has a table {NAME!r} of version {version}, which no release has written. "
            "Name another file."
        )


def other_tables(name: str, tables: set[str]) -> StoreError:
    """Say that a database belongs to something else."""
    found = ", ".join(sorted(tables)[:5]) or "none"
    return StoreError(
        f"{name!r} is a database with other tables ({found}); expected the table {NAME!r} or "
        f"ReX's {REX_NAME!r}. Name another file."
    )
