"""The evaluation log: what the model said of every mask it was asked about.

The search, another class's map, the replay of a run and a better ranking all
read the same log, and the evaluator answers repeated questions from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import Mask

TOP = 5
"""Classes kept per evaluation, best first."""

MAX_MASK_BYTES = 128 * 2**20
"""Packed masks kept at most; beyond it the oldest lose their bits."""

MAX_ENTRIES = 500_000
"""Evaluations kept at most; beyond it the oldest are forgotten (and would be
asked again). With about 100 bytes each this is 50 MB."""


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
        self._entries: dict[bytes, Entry] = {}
        self._bits: dict[bytes, bytes] = {}
        self._bit_bytes = 0
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, digest: bytes) -> Entry | None:
        """The entry of a mask, or ``None``."""
        return self._entries.get(digest)

    def bits(self, digest: bytes) -> bytes | None:
        """Packed bits of a logged mask, unless they were dropped for memory."""
        return self._bits.get(digest)

    def add(self, mask: Mask, entry: Entry) -> None:
        """Append one evaluation."""
        self._entries[entry.digest] = entry
        if entry.digest not in self._bits:
            self._bits[entry.digest] = mask.bits
            self._bit_bytes += len(mask.bits)
        while self._bit_bytes > MAX_MASK_BYTES:
            oldest = next(iter(self._bits))
            self._bit_bytes -= len(self._bits.pop(oldest))
        while len(self._entries) > MAX_ENTRIES:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._bit_bytes -= len(self._bits.pop(oldest, b""))
            self.forgotten += 1

    def for_target(self, index: int) -> EvaluationLog:
        """The entries that also answer for another class, as a new log."""
        log = EvaluationLog()
        for entry in self:
            if index in entry.classes:
                score = entry.scores[entry.classes.index(index)]
                log._entries[entry.digest] = replace(entry, target=score)
                if entry.digest in self._bits:
                    log._bits[entry.digest] = self._bits[entry.digest]
                    log._bit_bytes += len(log._bits[entry.digest])
        return log

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The log as plain arrays, for saving."""
        entries = list(self._entries.values())
        width = max((len(e.classes) for e in entries), default=0)
        kept = [e.digest in self._bits for e in entries]
        packed = [self._bits[e.digest] for e in entries if e.digest in self._bits]
        bits = [np.frombuffer(one, np.uint8) for one in packed]
        return {
            "digests": np.frombuffer(b"".join(e.digest for e in entries), np.uint8).reshape(-1, 16),
            "given": np.array([e.given for e in entries], np.int64),
            "classes": np.array([e.classes for e in entries], np.int64).reshape(
                len(entries), width
            ),
            "scores": np.array([e.scores for e in entries], np.float64).reshape(
                len(entries), width
            ),
            "target": np.array([e.target for e in entries], np.float64),
            "kept": np.array(kept, np.bool_),
            "bits": np.stack(bits) if bits else np.zeros((0, 0), np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> EvaluationLog:
        """Rebuild a log from `arrays`."""
        log = cls()
        bits = iter(arrays["bits"])
        for row in range(len(arrays["given"])):
            digest = arrays["digests"][row].tobytes()
            log._entries[digest] = Entry(
                digest,
                int(arrays["given"][row]),
                tuple(int(c) for c in arrays["classes"][row]),
                tuple(float(s) for s in arrays["scores"][row]),
                float(arrays["target"][row]),
            )
            if arrays["kept"][row]:
                log._bits[digest] = next(bits).tobytes()
                log._bit_bytes += len(log._bits[digest])
        return log
