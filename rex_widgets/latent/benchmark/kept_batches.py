"""The batches of a run that are done, in memory and in a file that survives a kill."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SavedRunError
from rex_widgets.run_file import read_run, write_run

_Arrays = tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_]]
_REST = 19
"""How many times as long as a write there is none after it."""

_NAMES = ("counterfactuals", "verdicts", "kept")
_TYPES = (np.float32, np.uint8, np.bool_)


def digest_of(configuration: Mapping[str, Any]) -> str:
    """Return a digest of a configuration of plain values."""
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()


class Batches:
    """Counterfactuals, verdicts and what was kept, sample after sample.

    The file is replaced as a whole, so that a kill leaves it with some batches more or less, never
    with half of one. Writing takes a twentieth of the time at most: after each write there is none
    for a while, so that a kill costs about as long as twenty writes take (below a second).

    Parameters
    ----------
    path
        The file; ``None`` keeps the batches in memory only.
    digest
        Of the configuration.
    samples, batch_size, size
        How many samples there will be, in what batches, and of how many coordinates.
    resume
        Whether to go on from the file.

    Raises
    ------
    SavedRunError
        The file is damaged, or belongs to another configuration.
    """

    def __init__(
        self,
        path: Path | None,
        digest: str,
        *,
        samples: int,
        batch_size: int,
        size: int,
        resume: bool = True,
    ) -> None:
        self._path, self._digest = path, digest
        self._samples, self._batch_size, self._size = samples, batch_size, size
        self._parts: list[_Arrays] = []
        self.done = 0
        self._written, self._not_before = True, 0.0
        if path is not None and resume and path.exists():
            self._read(path)

    @property
    def explanations(self) -> int | None:
        """Explanations of every sample; ``None`` before the first batch."""
        return self._parts[0][0].shape[1] if self._parts else None

    def add(
        self,
        counterfactuals: NDArray[np.float32],
        verdicts: NDArray[np.uint8],
        kept: NDArray[np.bool_],
    ) -> None:
        """Add a batch, and write all of them where it is time to."""
        self._parts.append((counterfactuals, verdicts, kept))
        self.done += 1
        self._written = False
        if time.monotonic() >= self._not_before:
            self.write()

    def write(self) -> None:
        """Write the batches, if there are some that were not written yet."""
        if self._path is not None and not self._written:
            began = time.monotonic()
            counterfactuals, verdicts, kept = self.of(slice(None))
            document = {"digest": self._digest, "batches": self.done}
            arrays: dict[str, NDArray[Any]] = {
                "counterfactuals": counterfactuals,
                "verdicts": verdicts,
                "kept": kept,
            }
            write_run(self._path, document, arrays)
            ended = time.monotonic()
            self._written, self._not_before = True, ended + _REST * (ended - began)

    def of(self, places: slice) -> _Arrays:
        """Return counterfactuals ``(N, n, Z)``, verdicts and what was kept, ``(N, n)``."""
        if len(self._parts) > 1:
            first, second, third = (
                np.concatenate(column) for column in zip(*self._parts, strict=True)
            )
            self._parts = [(first, second, third)]
        counterfactuals, verdicts, kept = self._parts[0]
        return counterfactuals[places], verdicts[places], kept[places]

    def _read(self, path: Path) -> None:
        try:
            document, arrays = read_run(path)
            done = int(document["batches"])
            rows = min(done * self._batch_size, self._samples)
            parts: list[NDArray[Any]] = [arrays[name] for name in _NAMES]
            first, second, third = parts
            expected = (rows, second.shape[1]) if second.ndim == 2 else ()
            fits = (
                document["digest"] == self._digest
                and first.shape == (*expected, self._size)
                and second.shape == third.shape == expected
                and [array.dtype for array in parts] == [np.dtype(kind) for kind in _TYPES]
            )
        except (SavedRunError, KeyError, TypeError, ValueError) as error:
            raise SavedRunError(
                f"{path} holds no batches of a benchmark ({error}). Delete it, or run with "
                "resume=False."
            ) from None
        if not fits:
            raise SavedRunError(
                f"{path} belongs to another run of the benchmark. Delete it, or run with "
                "resume=False."
            )
        self._parts, self.done = [(first, second, third)], done
