"""The evaluation log: what the model said of every mask it was asked about.

The search, another class's map, the replay of a run and a better ranking all
read the same log, and the evaluator answers repeated questions from it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import LARGE, Mask, mask_of_boxes

TOP = 5
"""Classes kept per evaluation, best first."""

MAX_MASK_BYTES = 64 * 2**20
"""Bytes of masks kept at most; beyond it the oldest evaluations lose their mask.
Masks of boxes compress to a few hundred bytes each."""

MAX_ENTRIES = 500_000
"""Evaluations kept at most; beyond it the oldest are forgotten (and would be
asked again). With about 200 bytes each this is 100 MB."""

OF_BOXES = b"B"
"""First byte of a stored mask that is a list of boxes; compressed bits begin otherwise."""

_ROW = np.dtype(
    [
        ("given", np.int32),
        ("count", np.int32),
        ("classes", np.int32, TOP),
        ("scores", np.float64, TOP),
        ("target", np.float64),
    ]
)


@dataclass(frozen=True)
class Entry:
    """One evaluation.

    ``given`` is the class that the model's decision rule gave; ``classes`` and
    ``scores`` are the best classes, best first; ``target`` is the probability
    of the explained class.
    """

    digest: bytes
    given: int
    classes: tuple[int, ...]
    scores: tuple[float, ...]
    target: float

    @property
    def confidence(self) -> float:
        """Probability of the class that was given."""
        return self.scores[self.classes.index(self.given)] if self.given in self.classes else 0.0

    def margin(self, target: int) -> float:
        """How far the target leads the best other class (negative: behind)."""
        others = [s for c, s in zip(self.classes, self.scores, strict=True) if c != target]
        return self.target - max(others, default=0.0)


class EvaluationLog:
    """Evaluations by mask digest, in the order they were made, bounded in memory."""

    def __init__(self) -> None:
        self._rows = np.zeros(1024, _ROW)
        self._place: dict[bytes, int] = {}
        self._free: list[int] = []
        self._masks: dict[bytes, bytes] = {}
        self._mask_bytes = 0
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._place)

    def __iter__(self) -> Iterator[Entry]:
        return iter([self._entry(digest, row) for digest, row in self._place.items()])

    def get(self, digest: bytes) -> Entry | None:
        """The entry of a mask, or ``None``."""
        row = self._place.get(digest)
        return None if row is None else self._entry(digest, row)

    def bits(self, digest: bytes) -> bytes | None:
        """Packed bits of a logged mask, unless they were dropped for memory."""
        packed = self._masks.get(digest)
        return None if packed is None else _unpacked(packed)

    def add(self, mask: Mask, entry: Entry) -> None:
        """Append one evaluation."""
        self._put(entry, _packed(mask))

    def for_target(self, index: int) -> EvaluationLog:
        """The entries that also answer for another class, as a new log."""
        log = EvaluationLog()
        for entry in self:
            if index in entry.classes:
                score = entry.scores[entry.classes.index(index)]
                log._put(replace(entry, target=score), self._masks.get(entry.digest))
        return log

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The log as plain arrays, for saving."""
        masks = [self._masks.get(digest, b"") for digest in self._place]
        rows = self._rows[list(self._place.values())]
        fields: dict[str, NDArray[np.generic]] = {name: rows[name] for name in _ROW.names or ()}
        return fields | {
            "digests": np.frombuffer(b"".join(self._place), np.uint8).reshape(-1, 16),
            "lengths": np.array([len(mask) for mask in masks], np.int64),
            "masks": np.frombuffer(b"".join(masks), np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> EvaluationLog:
        """Rebuild a log from `arrays`."""
        log = cls()
        ends = np.cumsum(arrays["lengths"]).tolist()
        blob = arrays["masks"].tobytes()
        start = 0
        for row, end in enumerate(ends):
            count = int(arrays["count"][row].item())
            entry = Entry(
                arrays["digests"][row].tobytes(),
                int(arrays["given"][row].item()),
                tuple(arrays["classes"][row].tolist()[:count]),
                tuple(arrays["scores"][row].tolist()[:count]),
                float(arrays["target"][row].item()),
            )
            log._put(entry, blob[start:end] or None)
            start = end
        return log

    def _put(self, entry: Entry, packed: bytes | None) -> None:
        row = self._place.get(entry.digest)
        if row is None:
            row = self._free.pop() if self._free else len(self._place)
            if row == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._place[entry.digest] = row
        stored, count = self._rows[row], len(entry.classes)
        stored["given"], stored["count"], stored["target"] = entry.given, count, entry.target
        stored["classes"][:count], stored["scores"][:count] = entry.classes, entry.scores
        if packed is not None and entry.digest not in self._masks:
            self._masks[entry.digest] = packed
            self._mask_bytes += len(packed)
        self._bound()

    def _bound(self) -> None:
        while self._mask_bytes > MAX_MASK_BYTES:
            self._drop_mask(next(iter(self._masks)))
        while len(self._place) > MAX_ENTRIES:
            oldest = next(iter(self._place))
            self._free.append(self._place.pop(oldest))
            self._drop_mask(oldest)
            self.forgotten += 1

    def _drop_mask(self, digest: bytes) -> None:
        self._mask_bytes -= len(self._masks.pop(digest, b""))

    def _entry(self, digest: bytes, row: int) -> Entry:
        stored = self._rows[row]
        count = int(stored["count"])
        return Entry(
            digest,
            int(stored["given"]),
            tuple(stored["classes"][:count].tolist()),
            tuple(stored["scores"][:count].tolist()),
            float(stored["target"]),
        )


def _packed(mask: Mask) -> bytes:
    """The bits compressed, or, of a large mask whose boxes are known, these alone."""
    if mask.boxes is None or len(mask.bits) < LARGE:
        return zlib.compress(mask.bits, 1)
    edges = [edge for box in mask.boxes for edge in box]
    return OF_BOXES + np.array([len(mask.shape), *mask.shape, *edges], "<i4").tobytes()


def _unpacked(packed: bytes) -> bytes:
    if not packed.startswith(OF_BOXES):
        return zlib.decompress(packed)
    dimensions, *numbers = np.frombuffer(packed[len(OF_BOXES) :], "<i4").tolist()
    shape, edges = tuple(numbers[:dimensions]), numbers[dimensions:]
    width = 2 * dimensions
    boxes = (tuple(edges[i : i + width]) for i in range(0, len(edges), width))
    return mask_of_boxes(boxes, shape).bits
