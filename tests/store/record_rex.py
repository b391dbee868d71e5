"""Record a database as ReX writes it: ``python -m tests.store.record_rex FILE``.

Run it from the repository's root with a Python that has rex-xai 0.3.1 or 0.4.1. The values are
those of `expected`, so that the test needs no other record than the file.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 3


def expected(row: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The map (6, 5) and the mask (3, 6, 5) of a row."""
    values = np.arange(30, dtype=np.float32).reshape(6, 5) / (row + 1)
    mask = np.broadcast_to(values > 12 - row, (3, 6, 5)).copy()
    return values, mask


def _module(*names: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise SystemExit("This Python has no rex-xai.")


def main(path: str) -> None:
    database = _module("rex_xai.output.database", "rex_xai.database")
    config = _module("rex_xai.input.config", "rex_xai.config")
    args = config.CausalArgs()
    args.path = "pictures/ladybird.jpg"
    args.iters = 7
    session = database.initialise_rex_db(path)
    newer = hasattr(database, "process_mask_column")
    for row in range(ROWS):
        values, mask = expected(row)
        if newer:
            database.add_to_database(
                session, args, 301, 0.5, values, mask, 0.25, None, None, None, None,
                mask if row == 1 else None, 301 if row == 1 else None, None,
                0.1, 6.5, 0.9, 0.05, 1.5, 343, 763, 7, 373.5, multi_no=row,
            )  # fmt: skip
        else:
            database.add_to_database(
                session, args, 301, 0.5, values, mask, 0.25, 1.5, 343, 763, 7, 373.5,
                multi=True, multi_no=row,
            )  # fmt: skip
    session.close()


if __name__ == "__main__":
    main(sys.argv[1])
