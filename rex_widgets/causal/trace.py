"""The record of a search: every box that was split, and what became of its mutants.

It is written by the thread that searches and read by any other without a lock: rows are only
ever added, and a row counts once it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.partition import CHILDREN
from rex_widgets.causal.tree import LARGEST_JOB, SUBSETS, SUBSETS_OF, OpenSplit
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Box, Shape

MUTANTS = len(SUBSETS)
"""Mutants that are made of every split."""

MAX_SPLITS = 2**15
"""Splits that are kept, 459 thousand mutants: at most 12 MB, whatever the input. The first ones
are kept; those beyond are counted in `SearchTrace.dropped` and not told any further."""

_PLACES = {
    number: tuple(SUBSETS.index(subset) for subset in subsets)
    for number, subsets in SUBSETS_OF.items()
}
"""Places of the mutants of so many children among those of four."""

_CHUNK = 512
_BESIDE = LARGEST_JOB // MUTANTS - 1
"""Boxes that a split is shown together with, at most."""


@dataclass(frozen=True)
class Split:
    """One box that was split into four, and the answers to its 14 mutants.

    Attributes
    ----------
    number
        Place in the order in which answers were taken in, from 0.
    tree, depth
        Number of the tree (the iteration), and the level of the box in it; 0 is the whole input.
    queue
        Jobs that waited in the tree's queue when the answers had been taken in.
    box, children
        What was split, and the four parts.
    beside
        Boxes that every mutant of this split keeps besides: the rest of the passing mutant that
        the box is from. At most two.
    passed
        For each mutant, whether it gave the explained class with enough confidence.
    given, confidence
        For each mutant, the class that the model gave, and that class's probability; class -1
        for a mutant that does not exist, because a child is empty (all its edges are 0).
    target
        For each mutant, the probability of the explained class.
    mutants_before, passed_before
        Mutants of the splits before this one, and how many of them passed.
    """

    number: int
    tree: int
    depth: int
    queue: int
    box: Box
    children: tuple[Box, ...]
    beside: tuple[Box, ...]
    passed: tuple[bool, ...]
    given: tuple[int, ...]
    confidence: tuple[float, ...]
    target: tuple[float, ...]
    mutants_before: int
    passed_before: int

    def kept(self, mutant: int) -> tuple[Box, ...]:
        """The boxes that a mutant shows: its kept children, and those beside."""
        return (*self.beside, *(self.children[child] for child in SUBSETS[mutant]))


class SearchTrace:
    """All splits of a search in order, bounded in memory.

    A sequence of `Split`. The order does not depend on the batch size; a run that is saved in the
    middle of a step and loaded may take up its trees in another order, but the splits of every
    tree stay the same and in their order.

    Parameters
    ----------
    shape
        Of the input without channels: one, two or three lengths.
    target
        The explained class; -1 where it is not known yet.

    Attributes
    ----------
    dropped
        Splits that were made when the trace was full, and are not in it.
    """

    def __init__(self, shape: Shape, target: int = -1) -> None:
        self.shape = shape
        self.target = target
        self.dropped = 0
        self._row = _row_of(len(shape))
        self._chunks: list[NDArray[np.void]] = []
        self._count = 0
        self._passing = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Split:
        count = self._count
        place = number + count if number < 0 else number
        if not 0 <= place < count:
            raise IndexError(f"The trace holds {count} splits; there is no number {number}.")
        row = self._chunks[place // _CHUNK][place % _CHUNK]
        passed = _bits(int(row["passed"]))
        return Split(
            number=place,
            tree=int(row["tree"]),
            depth=int(row["depth"]),
            queue=int(row["queue"]),
            box=tuple(row["box"].tolist()),
            children=tuple(map(tuple, row["children"].tolist())),
            beside=tuple(map(tuple, row["beside"][: row["besides"]].tolist())),
            passed=passed,
            given=tuple(row["given"].tolist()),
            confidence=tuple(row["confidence"].tolist()),
            target=tuple(row["target"].tolist()),
            mutants_before=place * MUTANTS,
            passed_before=int(row["passing"]) - sum(passed),
        )

    @property
    def full(self) -> bool:
        """Whether later splits are only counted."""
        return self._count >= MAX_SPLITS

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the rows take."""
        return sum(chunk.nbytes for chunk in self._chunks)

    def rows(self, start: int = 0, stop: int | None = None) -> NDArray[np.void]:
        """Splits as one structured array, a copy.

        Parameters
        ----------
        start, stop
            As of a slice, but not negative.

        Returns
        -------
        ndarray
            Fields tree, depth, queue, passing (mutants that passed up to and with this split),
            box ``(2d,)``, children ``(4, 2d)``, beside ``(2, 2d)``, besides (how many of them
            there are), passed (bit i: mutant i), given, confidence, target ``(14,)``.
        """
        count = self._count
        stop = count if stop is None else min(stop, count)
        if start >= stop:
            return np.zeros(0, self._row)
        parts = [
            self._chunks[index][max(0, start - index * _CHUNK) : min(_CHUNK, stop - index * _CHUNK)]
            for index in range(start // _CHUNK, (stop - 1) // _CHUNK + 1)
        ]
        return np.concatenate(parts)

    def note(
        self,
        tree: int,
        splits: Sequence[OpenSplit],
        answers: Sequence[Entry],
        needed: float,
        queue: int,
    ) -> None:
        """Add what one tree has just been answered.

        Parameters
        ----------
        tree
            Its number.
        splits
            What it had split, in order.
        answers
            14 for every split; fewer for one with fewer than four children, at the border of a
            region. They are kept in the places of the mutants of the first children.
        needed
            Confidence in the target that a passing mutant must have.
        queue
            Jobs that wait now.
        """
        start = 0
        for index, split in enumerate(splits):
            places = _PLACES[len(split.children)]
            mutants = dict(zip(places, answers[start:], strict=False))
            start += len(places)
            if self._count >= MAX_SPLITS:
                self.dropped += len(splits) - index
                return
            passed = 0
            for bit, answer in mutants.items():
                if answer.given == self.target and answer.target >= needed:
                    passed |= 1 << bit
            self._passing += passed.bit_count()
            place = self._count % _CHUNK
            if place == 0:
                self._chunks.append(np.zeros(_CHUNK, self._row))
            row = self._chunks[-1][place]
            row["tree"], row["depth"], row["queue"] = tree, split.depth, queue
            row["passing"], row["passed"] = self._passing, passed
            row["box"] = split.box
            row["children"][: len(split.children)] = split.children
            row["besides"] = len(split.beside)
            if split.beside:
                row["beside"][: len(split.beside)] = split.beside
            row["given"] = -1
            for bit, answer in mutants.items():
                row["given"][bit] = answer.given
                row["confidence"][bit] = answer.confidence
                row["target"][bit] = answer.target
            # only now may a reader look at it
            self._count += 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Plain arrays, for saving."""
        rows = self.rows()
        fields: dict[str, NDArray[np.generic]] = {
            name: rows[name] for name in rows.dtype.names or ()
        }
        return fields | {"dropped": np.array(self.dropped, np.int64)}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave; a run that was saved without a trace has an empty one.

        Raises
        ------
        ValueError
            The arrays are no trace of an input of this shape.
        """
        if not arrays:
            return
        count = len(arrays["tree"])
        if count > MAX_SPLITS:
            raise ValueError(f"the trace holds {count} splits; at most {MAX_SPLITS} are kept")
        rows = np.zeros(-(-count // _CHUNK) * _CHUNK, self._row)
        for name in self._row.names or ():
            given = arrays[name]
            if given.shape != rows[name][:count].shape or given.dtype != rows[name].dtype:
                raise ValueError(f"{name} of the trace is {given.dtype} of shape {given.shape}")
            rows[name][:count] = given
        self._check(rows[:count])
        self._chunks = [rows[i : i + _CHUNK] for i in range(0, count, _CHUNK)]
        self._passing = int(rows["passing"][count - 1]) if count else 0
        self.dropped = int(arrays["dropped"].item())
        self._count = count

    def _check(self, rows: NDArray[np.void]) -> None:
        """Refuse boxes that do not lie in the input, and counts that cannot be."""
        for name in ("box", "children", "beside"):
            edges = rows[name]
            starts, ends = edges[..., ::2], edges[..., 1::2]
            if (starts < 0).any() or (ends < starts).any() or (ends > self.shape).any():
                raise ValueError("a box of the trace lies outside the input")
        passed = np.cumsum([int(bits).bit_count() for bits in rows["passed"]])
        if (rows["besides"] > _BESIDE).any() or not np.array_equal(rows["passing"], passed):
            raise ValueError("the counts of the trace contradict each other")


def _row_of(dimensions: int) -> np.dtype[np.void]:
    edges = 2 * dimensions
    return np.dtype(
        [
            ("tree", np.int32),
            ("depth", np.int16),
            ("queue", np.int32),
            ("passing", np.uint32),
            ("box", np.int32, (edges,)),
            ("children", np.int32, (CHILDREN, edges)),
            ("beside", np.int32, (_BESIDE, edges)),
            ("besides", np.uint8),
            ("passed", np.uint16),
            ("given", np.int32, (MUTANTS,)),
            ("confidence", np.float32, (MUTANTS,)),
            ("target", np.float32, (MUTANTS,)),
        ]
    )


def _bits(packed: int) -> tuple[bool, ...]:
    return tuple(bool(packed >> bit & 1) for bit in range(MUTANTS))
