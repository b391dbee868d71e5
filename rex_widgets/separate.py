"""The largest sets of explanations that hardly overlap.

Explanations that overlap too much are in conflict. A largest set without a
conflict is a maximum independent set of the graph of conflicts (a maximum
clique of its complement). Overlap is local, so that this graph usually falls
into small components; each is solved by branching on the most conflicted
explanation, every subproblem once, and the components' best sets are combined.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError

WORK = 400_000
"""Subproblems looked at before the search for the exact answer is given up.
A few seconds; fifty explanations stay far below it."""


@dataclass(frozen=True)
class Separated:
    """Sets of explanations that overlap pairwise by no more than was permitted.

    Attributes
    ----------
    sets
        Indices of the masks, ascending; all sets have the same, largest possible
        number of masks. The set with the smallest total area comes first.
    more
        There are more sets of that size; all of them have at least the area of
        the last one shown.
    exact
        False when the conflicts were too entangled to be solved (hundreds of
        masks): then there is one set, which may not be the largest.
    """

    sets: tuple[tuple[int, ...], ...]
    more: bool
    exact: bool = True


def separate(
    masks: Sequence[NDArray[np.bool_]], permitted_overlap: float, limit: int = 100
) -> Separated:
    """Find all largest sets of masks that overlap pairwise by at most ``permitted_overlap``.

    Parameters
    ----------
    masks
        Bool, all of one shape.
    permitted_overlap
        Largest Dice coefficient of two masks of a set (twice what they share over the sum of
        their areas), in [0, 1].
    limit
        Sets at most; the ones of smallest total area are taken.

    Returns
    -------
    Separated

    Raises
    ------
    SettingsError
        ``permitted_overlap`` or ``limit`` is out of range.
    """
    if not 0 <= permitted_overlap <= 1:
        raise SettingsError(
            f"permitted_overlap was {permitted_overlap}; expected a number from 0 to 1."
        )
    if limit < 1:
        raise SettingsError(f"limit was {limit}; expected at least 1.")
    if not masks:
        return Separated((), False)
    areas = [int(np.count_nonzero(mask)) for mask in masks]
    return independent_sets(conflicts(masks, permitted_overlap), areas, limit)


def conflicts(masks: Sequence[NDArray[np.bool_]], permitted_overlap: float) -> list[int]:
    """For every mask the bit set of those that overlap it by more than is permitted."""
    areas = [int(np.count_nonzero(mask)) for mask in masks]
    found = [0] * len(masks)
    for i, one in enumerate(masks):
        for j in range(i + 1, len(masks)):
            total = areas[i] + areas[j]
            common = int(np.count_nonzero(one & masks[j]))
            if total and 2 * common / total > permitted_overlap:
                found[i] |= 1 << j
                found[j] |= 1 << i
    return found


def independent_sets(
    graph: Sequence[int], areas: Sequence[int], limit: int, work: int = WORK
) -> Separated:
    """All maximum sets without a conflict, smallest total area first.

    Parameters
    ----------
    graph
        For every vertex the bit set of its neighbours.
    areas
        Weight of every vertex, at least 0.
    limit
        Sets at most.
    work
        Subproblems at most, before it ends with a set that may not be the largest.
    """
    solver = _Solver(graph, areas, limit + 1, work)
    everything = (1 << len(graph)) - 1
    try:
        sets = solver.best(everything)
    except (_TooMuchWork, RecursionError):  # it recurses as deep as there are masks
        return Separated((tuple(_members(_greedy(graph, areas))),), more=True, exact=False)
    ordered = sorted((area, tuple(_members(chosen))) for area, chosen in sets)
    return Separated(tuple(members for _, members in ordered[:limit]), len(ordered) > limit)


class _TooMuchWork(Exception):
    pass


Sets = list[tuple[int, int]]
"""Total area and bit set, ascending by both."""


class _Solver:
    """Subproblems are bit sets of vertices; every one is solved once."""

    def __init__(self, graph: Sequence[int], areas: Sequence[int], keep: int, work: int) -> None:
        self._graph = graph
        self._areas = areas
        self._keep = keep
        self._work = work
        self._sizes: dict[int, int] = {0: 0}
        self._best: dict[int, Sets] = {0: [(0, 0)]}

    def size(self, among: int) -> int:
        """Number of vertices in a maximum independent set."""
        known = self._sizes.get(among)
        if known is not None:
            return known
        self._count()
        first = _component(self._graph, among)
        if first != among:
            size = self.size(first) + self.size(among & ~first)
        else:
            vertex, degree = self._most_conflicted(among)
            with_it = 1 + self.size(among & ~self._graph[vertex] & ~(1 << vertex))
            # one vertex alone, or either of two: nothing is gained without it
            sole = degree <= 1
            size = with_it if sole else max(with_it, self.size(among & ~(1 << vertex)))
        self._sizes[among] = size
        return size

    def best(self, among: int) -> Sets:
        """The maximum independent sets of least area, at most ``keep``."""
        known = self._best.get(among)
        if known is not None:
            return known
        self._count()
        first = _component(self._graph, among)
        if first != among:
            found = self._combined(self.best(first), self.best(among & ~first))
        else:
            found = self._branched(among)
        self._best[among] = found
        return found

    def _branched(self, among: int) -> Sets:
        vertex, _ = self._most_conflicted(among)
        bit, size = 1 << vertex, self.size(among)
        ways: list[Iterator[tuple[int, int]]] = []
        inner = among & ~self._graph[vertex] & ~bit
        if 1 + self.size(inner) == size:
            own = self._areas[vertex]
            ways.append((area + own, chosen | bit) for area, chosen in self.best(inner))
        if self.size(among & ~bit) == size:
            ways.append(iter(self.best(among & ~bit)))
        return list(islice(heapq.merge(*ways), self._keep))

    def _combined(self, one: Sets, other: Sets) -> Sets:
        """The best unions of a set of each, best first."""
        heap = [(one[0][0] + other[0][0], one[0][1] | other[0][1], 0, 0)]
        found: Sets = []
        while heap and len(found) < self._keep:
            area, chosen, i, j = heapq.heappop(heap)
            found.append((area, chosen))
            if j + 1 < len(other):
                heapq.heappush(heap, self._union(one, other, i, j + 1))
            if j == 0 and i + 1 < len(one):
                heapq.heappush(heap, self._union(one, other, i + 1, 0))
        return found

    def _union(self, one: Sets, other: Sets, i: int, j: int) -> tuple[int, int, int, int]:
        return (one[i][0] + other[j][0], one[i][1] | other[j][1], i, j)

    def _most_conflicted(self, among: int) -> tuple[int, int]:
        degrees = [((self._graph[v] & among).bit_count(), -v) for v in _members(among)]
        degree, negative = max(degrees)
        return -negative, degree

    def _count(self) -> None:
        self._work -= 1
        if self._work < 0:
            raise _TooMuchWork


def _component(graph: Sequence[int], among: int) -> int:
    """The vertices connected to the lowest one."""
    found = frontier = among & -among
    while frontier:
        reached = 0
        for vertex in _members(frontier):
            reached |= graph[vertex]
        frontier = reached & among & ~found
        found |= frontier
    return found


def _greedy(graph: Sequence[int], areas: Sequence[int]) -> int:
    """A set without conflicts that cannot be made larger: the least conflicted first."""
    left, chosen = (1 << len(graph)) - 1, 0
    while left:
        vertex = min(_members(left), key=lambda v: ((graph[v] & left).bit_count(), areas[v], v))
        chosen |= 1 << vertex
        left &= ~(graph[vertex] | 1 << vertex)
    return chosen


def _members(bits: int) -> list[int]:
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
