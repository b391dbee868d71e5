"""The rows of an evaluation that are done, in memory and in a file that survives a kill."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.evaluation.rows import COLUMNS, Row
from rex_widgets.errors import SavedRunError
from rex_widgets.run_file import read_run, write_run

_REST = 19
"""How many times as long as a write there is none after it."""

MOST_FEATURES = 128 * 2**20
"""Numbers that may be kept of a feature network, of all pictures together (512 MB)."""

Features = NDArray[np.float32]


def digest_of(configuration: Mapping[str, Any]) -> str:
    """Return a digest of plain values."""
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()


class Kept:
    """Rows in the order of the questions, and features of images and of their best samples.

    No picture is kept. The file is replaced as a whole; after a write there is none for nineteen
    times as long as it took, and always one when work stops.

    Parameters
    ----------
    path
        The file; ``None`` keeps all in memory only.
    digest
        Of all that the rows depend on.
    resume
        Whether to go on from the file.

    Raises
    ------
    SavedRunError
        The file is damaged, or belongs to another evaluation.
    """

    def __init__(self, path: Path | None, digest: str, resume: bool = True) -> None:
        self._path, self._digest = path, digest
        self.rows: list[Row] = []
        self.before: dict[int, Features] = {}
        self.after: list[Features] = []
        self._written, self._not_before = True, 0.0
        if path is not None and resume and path.exists():
            self._read(path)

    def add(self, row: Row, before: Features | None, after: Features | None) -> None:
        """Add a row, with the features of its image and of its best sample where there are any."""
        self.rows.append(row)
        if before is not None and after is not None:
            self.before.setdefault(row.image, before)
            self.after.append(after)
        self._written = False
        if time.monotonic() >= self._not_before:
            self.write()

    def write(self) -> None:
        """Write the rows, if there are some that were not written yet."""
        if self._path is None or self._written:
            return
        began = time.monotonic()
        arrays: dict[str, NDArray[Any]] = {}
        if self.after:
            arrays = {
                "images": np.array(list(self.before), np.int64),
                "before": np.stack(list(self.before.values())),
                "after": np.stack(self.after),
            }
        rows = [row.as_dict for row in self.rows]
        write_run(self._path, {"digest": self._digest, "rows": rows}, arrays)
        ended = time.monotonic()
        self._written, self._not_before = True, ended + _REST * (ended - began)

    def _read(self, path: Path) -> None:
        try:
            document, arrays = read_run(path)
            rows = [_row(entry) for entry in document["rows"]]
            if arrays:
                images, before, after = (arrays[name] for name in ("images", "before", "after"))
                features = {
                    int(image): np.asarray(row, np.float32)
                    for image, row in zip(images, before, strict=True)
                }
                if len(after) != len(rows) or {row.image for row in rows} != set(features):
                    raise ValueError("the features are not those of the rows")
                self.before = features
                self.after = [np.asarray(row, np.float32) for row in after]
        except (SavedRunError, KeyError, TypeError, ValueError) as error:
            raise SavedRunError(
                f"{path} holds no rows of an evaluation ({error}). Delete it, or evaluate with "
                "resume=False."
            ) from None
        if document["digest"] != self._digest:
            raise SavedRunError(
                f"{path} belongs to an evaluation of other images, settings or models. Name "
                "another file, delete it, or evaluate with resume=False."
            )
        self.rows = rows


_KINDS: dict[str, tuple[type, ...]] = {
    field.name: {
        "int": (int,),
        "int | None": (int, type(None)),
        "float": (float, int),
        "float | None": (float, int, type(None)),
        "str": (str,),
        "bool": (bool,),
    }[str(field.type)]
    for field in fields(Row)
}


def _row(entry: Any) -> Row:
    if set(entry) != set(COLUMNS):
        raise ValueError("a row has other columns")
    wrong = [name for name in COLUMNS if not isinstance(entry[name], _KINDS[name])]
    if wrong:
        raise ValueError(f"{wrong[0]} is {entry[wrong[0]]!r}")
    return Row(**entry)
