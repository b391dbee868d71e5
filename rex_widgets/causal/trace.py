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
"""Mutants that are made of a split into four parts."""

MAX_SPLITS = 2**15
"""Splits that are kept, 459 thousand mutants: at most 12 MB, whatever the input. The first ones
are kept; those beyond are counted in `SearchTrace.dropped` and not told any further."""

_CHUNK = 512
_BESIDE = LARGEST_JOB // MUTANTS - 1
"""Boxes that a split is shown together with, at most."""


@dataclass(frozen=True)
class Split:
    """One box that was split into four, and the answers to its 14 mutants.

    At the border of a region a box may have fewer parts: three with 6 mutants, two with 2, or one
    with none.

    Attributes
    ----------
    number
        Place in the order in which answers were taken in, from 0.
    tree, depth
        Number of the tree (the iteration), and the level of the box in it; 0 is the whole input.
    queue
        Jobs that waited in the tree's queue when the answers had been taken in.
    box, children
        What was split, and the parts.
    beside
        Boxes that every mutant of this split keeps besides: the rest of the passing mutant that
        the box is from. At most two.
    passed
        For each mutant, whether it gave the explained class with enough confidence.
    given, confidence
        For each mutant, the class that the model gave, and that class's probability.
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
        """The boxes that a mutant shows: its kept children, and those beside.

        Raises
        ------
        IndexError
            There is no such mutant.
        """
        return (*self.beside, *(self.children[child] for child in self.subsets[mutant]))

    @property
    def subsets(self) -> tuple[tuple[int, ...], ...]:
        """Which of the children each mutant keeps."""
        return SUBSETS_OF[len(self.children)]


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
        self._made = self._passing = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Split:
        count = self._count
        place = number + count if number < 0 else number
        if not 0 <= place < count:
            raise IndexError(f"The trace holds {count} splits; there is no number {number}.")
        row = self._chunks[place // _CHUNK][place % _CHUNK]
        parts, bits = int(row["parts"]), int(row["passed"])
        made = len(SUBSETS_OF[parts])
        return Split(
            number=place,
            tree=int(row["tree"]),
            depth=int(row["depth"]),
            queue=int(row["queue"]),
            box=tuple(row["box"].tolist()),
            children=tuple(map(tuple, row["children"][:parts].tolist())),
            beside=tuple(map(tuple, row["beside"][: row["besides"]].tolist())),
            passed=tuple(bool(bits >> bit & 1) for bit in range(made)),
            given=tuple(row["given"][:made].tolist()),
            confidence=tuple(row["confidence"][:made].tolist()),
            target=tuple(row["target"][:made].tolist()),
            mutants_before=int(row["made"]) - made,
            passed_before=int(row["passing"]) - bits.bit_count(),
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
            Fields tree, depth, queue, made and passing (mutants, and those that passed, up to and
            with this split), box ``(2d,)``, children ``(4, 2d)``, parts (how many children there
            are), beside ``(2, 2d)``, besides (how many of them there are), passed (bit i: mutant
            i), given, confidence, target ``(14,)``.
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
            To every split's mutants, one split after the other.
        needed
            Confidence in the target that a passing mutant must have.
        queue
            Jobs that wait now.
        """
        start = 0
        for index, split in enumerate(splits):
            if self._count >= MAX_SPLITS:
                self.dropped += len(splits) - index
                return
            parts = len(split.children)
            made = len(SUBSETS_OF[parts])
            mutants = answers[start : start + made]
            start += made
            passed = 0
            for bit, answer in enumerate(mutants):
                if answer.given == self.target and answer.target >= needed:
                    passed |= 1 << bit
            self._made += made
            self._passing += passed.bit_count()
            place = self._count % _CHUNK
            if place == 0:
                self._chunks.append(np.zeros(_CHUNK, self._row))
            row = self._chunks[-1][place]
            row["tree"], row["depth"], row["queue"] = tree, split.depth, queue
            row["made"], row["passing"], row["passed"] = self._made, self._passing, passed
            row["box"], row["parts"], row["besides"] = split.box, parts, len(split.beside)
            row["children"][:parts] = split.children
            if split.beside:
                row["beside"][: len(split.beside)] = split.beside
            row["given"][:made] = [answer.given for answer in mutants]
            row["confidence"][:made] = [answer.confidence for answer in mutants]
            row["target"][:made] = [answer.target for answer in mutants]
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
        if count:
            self._made, self._passing = (int(rows[n][count - 1]) for n in ("made", "passing"))
        self.dropped = int(arrays["dropped"].item())
        self._count = count

    def _check(self, rows: NDArray[np.void]) -> None:
        """Refuse boxes that do not lie in the input, and counts that cannot be."""
        for name in ("box", "children", "beside"):
            edges = rows[name]
            starts, ends = edges[..., ::2], edges[..., 1::2]
            if (starts < 0).any() or (ends < starts).any() or (ends > self.shape).any():
                raise ValueError("a box of the trace lies outside the input")
        parts = rows["parts"]
        if (rows["besides"] > _BESIDE).any() or (parts < 1).any() or (parts > CHILDREN).any():
            raise ValueError("a split of the trace has an impossible number of parts")
        made = np.array([len(SUBSETS_OF[number]) for number in parts.tolist()], np.int64)
        passed = np.array([bits.bit_count() for bits in rows["passed"].tolist()], np.int64)
        sums = {"made": made, "passing": passed}
        hold = all(np.array_equal(rows[name], np.cumsum(each)) for name, each in sums.items())
        if not hold or (rows["passed"] >> made.astype(np.uint16)).any():
            raise ValueError("the counts of the trace contradict each other")


def _row_of(dimensions: int) -> np.dtype[np.void]:
    edges = 2 * dimensions
    return np.dtype(
        [
            ("tree", np.int32),
            ("depth", np.int16),
            ("queue", np.int32),
            ("made", np.uint32),
            ("passing", np.uint32),
            ("box", np.int32, (edges,)),
            ("children", np.int32, (CHILDREN, edges)),
            ("beside", np.int32, (_BESIDE, edges)),
            ("parts", np.uint8),
            ("besides", np.uint8),
            ("passed", np.uint16),
            ("given", np.int32, (MUTANTS,)),
            ("confidence", np.float32, (MUTANTS,)),
            ("target", np.float32, (MUTANTS,)),
        ]
    )
