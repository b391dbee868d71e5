"""The causal search again, slow and obvious, written from its description alone.

Pixels (voxels, samples) are tuples of numbers, masks are sets of them, responsibility is a Fraction
per pixel. The only thing shared with the library is where random numbers come from: a generator
seeded by ``[seed, iteration]``, which is asked for the cuts of every box that is split, in the
order of the jobs and of the boxes in them. Rectangles: the row, then the column. Intervals: three
times for one of the places that are still free. Cuboids: for the axis that is not cut, if all three
have room, then for the other two in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np

Pixel = tuple[int, ...]
Visible = frozenset[Pixel]
SlowBox = tuple[tuple[int, int], ...]
"""For every axis the first line and the one after the last."""

WAVE_STARTS = (0, 4, 12, 28, 60, 92)
"""Iterations at whose start the adaptive distribution looks at the map."""


@dataclass
class Rules:
    """The settings of a search."""

    iters: int
    seed: int
    tree_depth: int
    min_box_size: int
    confidence_filter: float = 0.0
    weighted: bool = False
    concentrate: str | bool = False
    queue_len: int | str = 1
    queue_style: str = "area"
    search_limit: int | None = None
    distribution: str = "uniform"
    distribution_args: tuple[float, ...] | None = None
    blend: float = 0.0
    responsibility_style: str = "additive"
    negative_responsibility: bool = False
    bounding_box: tuple[int, ...] | None = None


@dataclass
class Found:
    """What a search found."""

    maps: dict[int, dict[Pixel, Fraction]] = field(default_factory=dict)
    asked: dict[Visible, list[float]] = field(default_factory=dict)
    passing: int = 0
    failing: int = 0
    deepest: int = 0
    box_areas: list[int] = field(default_factory=list)

    def smallest_area(self, target: int, needed: float) -> int | None:
        areas = [
            len(visible)
            for visible, probabilities in self.asked.items()
            if winner(probabilities) == target and probabilities[target] >= needed
        ]
        return min(areas, default=None)


def winner(probabilities: Sequence[float]) -> int:
    """The most probable class, the lower index where two are equal."""
    return max(range(len(probabilities)), key=lambda c: (probabilities[c], -c))


def pixels_of(box: SlowBox) -> Visible:
    return frozenset(product(*(range(first, end) for first, end in box)))


class SlowSearch:
    """Runs all iterations; `ask` gives the probabilities for a set of visible pixels."""

    def __init__(
        self,
        shape: Sequence[int],
        ask: Callable[[Visible], list[float]],
        target: int,
        target_confidence: float,
        rules: Rules,
    ) -> None:
        self.whole: SlowBox = tuple((0, length) for length in shape)
        self.root = self.whole
        if rules.bounding_box is not None:
            edges = rules.bounding_box
            self.root = tuple(zip(edges[::2], edges[1::2], strict=True))
        self.ask = ask
        self.target = target
        self.target_confidence = target_confidence
        self.rules = rules
        self.found = Found()
        self.weight: dict[Pixel, Fraction] | None = None

    def search(self) -> Found:
        for number in range(self.rules.iters):
            if self.rules.distribution == "adaptive" and number in WAVE_STARTS and number > 0:
                self.weight = self.map(self.target) if self.target in self.found.maps else None
            self.iteration(number)
        return self.found

    def iteration(self, number: int) -> None:
        generator = np.random.default_rng([self.rules.seed, number])
        children: dict[SlowBox, list[SlowBox]] = {}
        depth = {self.root: 0}
        jobs: list[list[SlowBox]] = [[self.root]]
        given_out: list[tuple[int, SlowBox, Fraction]] = []
        mutants = deepest = 0
        while jobs and (self.rules.search_limit is None or mutants < self.rules.search_limit):
            job = jobs.pop(0)
            last: list[list[SlowBox]] = []
            for box in job:
                if not self.splittable(box, depth[box]):
                    break
                if box not in children:
                    children[box] = self.split(box, generator)
                    for child in children[box]:
                        depth[child] = depth[box] + 1
                static = [other for other in job if other != box]
                last, gifts = self.one_box(children[box], static, depth[box] + 1)
                mutants += 14
                given_out += gifts
                if last:
                    deepest = max(deepest, depth[box] + 1)
            jobs = last + jobs if self.rules.queue_style == "dc" else jobs + last
        self.found.box_areas += [len(pixels_of(box)) for box in depth]
        self.found.deepest = max(self.found.deepest, deepest)
        small = len(pixels_of(self.root)) < 4 * max(self.rules.min_box_size, 4)
        if deepest >= (1 if small or self.rules.tree_depth == 1 else 2):
            self.merge(given_out)

    def splittable(self, box: SlowBox, depth: int) -> bool:
        large = len(pixels_of(box)) >= self.rules.min_box_size
        if depth >= self.rules.tree_depth:
            return False
        if len(box) == 1:
            return box[0][1] - box[0][0] >= 4 and (large or depth == 0)
        if not large:
            return False
        return len(with_room(box)) >= 2

    def one_box(
        self, children: list[SlowBox], static: list[SlowBox], depth: int
    ) -> tuple[list[list[SlowBox]], list[tuple[int, SlowBox, Fraction]]]:
        """The 14 mutants of one box: what is queued, and what responsibility is given out."""
        needed = self.rules.confidence_filter * self.target_confidence
        passing: list[list[SlowBox]] = []
        gifts: list[tuple[int, SlowBox, Fraction]] = []
        for size in (1, 2, 3):
            for kept in combinations(children, size):
                visible: Visible = frozenset().union(*(pixels_of(b) for b in (*kept, *static)))
                if visible not in self.found.asked:
                    self.found.asked[visible] = self.ask(visible)
                probabilities = self.found.asked[visible]
                given = winner(probabilities)
                if given == self.target and probabilities[given] >= needed:
                    self.found.passing += 1
                    passing.append(list(kept))
                else:
                    self.found.failing += 1
                for child in kept:
                    share = Fraction(1, size)
                    if self.rules.weighted:
                        share *= Fraction(probabilities[given])
                    if self.rules.concentrate == "area":
                        share /= len(pixels_of(child))
                    elif self.rules.concentrate == "depth":
                        share *= depth
                    gifts.append((given, child, share))
        if not passing:
            return [], []
        return self.queued(passing), gifts

    def queued(self, passing: list[list[SlowBox]]) -> list[list[SlowBox]]:
        if self.rules.queue_style in ("all", "dc"):
            return passing
        if self.rules.queue_style == "intersection":
            for i, first in enumerate(passing):
                shared = {box for box in first if all(box in later for later in passing[i + 1 :])}
                if shared:
                    passing = [kept for kept in passing if all(box in kept for box in shared)]
                    break
        passing = sorted(passing, key=lambda kept: sum(len(pixels_of(child)) for child in kept))
        if self.rules.queue_len == "all":
            return passing
        return passing[: int(self.rules.queue_len)]

    def merge(self, gifts: list[tuple[int, SlowBox, Fraction]]) -> None:
        everything = pixels_of(self.whole)
        sums: dict[int, dict[Pixel, Fraction]] = {}
        for given, box, share in gifts:
            into = sums.setdefault(given, dict.fromkeys(everything, Fraction(0)))
            for pixel in pixels_of(box):
                into[pixel] += share
        for given, total in sums.items():
            before = self.found.maps.get(given)
            if self.rules.responsibility_style == "additive":
                for pixel in everything:
                    total[pixel] += before[pixel] if before else 0
                self.found.maps[given] = total
            else:
                product = {
                    pixel: (before[pixel] if before else 1) * (1 + total[pixel])
                    for pixel in everything
                }
                largest = max(product.values())
                self.found.maps[given] = {p: Fraction(v, largest) for p, v in product.items()}

    def map(self, index: int) -> dict[Pixel, Fraction]:
        """A class's map as a person sees it."""
        own = self.found.maps[index]
        if not self.rules.negative_responsibility:
            return own
        others = [other for c, other in self.found.maps.items() if c != index]
        return {
            pixel: max(Fraction(0), value - sum(other[pixel] for other in others))
            for pixel, value in own.items()
        }

    def split(self, box: SlowBox, generator: np.random.Generator) -> list[SlowBox]:
        if len(box) == 1:
            return self.split_interval(box[0], generator)
        axes = with_room(box)
        if len(axes) == 3:
            axes.remove(int(generator.integers(3)))
        sides: list[list[tuple[int, int]]] = [[side] for side in box]
        for axis in axes:
            first, end = box[axis]
            lines = [self.line(box, axis, place) for place in range(first + 1, end)]
            cut = first + 1 + self.place(lines, generator)
            sides[axis] = [(first, cut), (cut, end)]
        return list(product(*sides))

    def split_interval(
        self, side: tuple[int, int], generator: np.random.Generator
    ) -> list[SlowBox]:
        free = list(range(side[0] + 1, side[1]))
        cuts: list[int] = []
        while len(cuts) < 3:
            lines = [self.line((side,), 0, place) for place in free]
            cuts.append(free.pop(self.place(lines, generator)))
        edges = [side[0], *sorted(cuts), side[1]]
        return [(side,) for side in pairwise(edges)]

    def line(self, box: SlowBox, axis: int, place: int) -> Fraction:
        """Weight of one line, plane or sample of a box."""
        if not self.weight:
            return Fraction(0)
        slab = (*box[:axis], (place, place + 1), *box[axis + 1 :])
        return sum((self.weight[p] for p in pixels_of(slab)), Fraction(0))

    def place(self, weights: list[Fraction], generator: np.random.Generator) -> int:
        args, places = self.rules.distribution_args, len(weights)
        if self.rules.distribution == "binom":
            return int(generator.binomial(places - 1, args[0] if args else 0.5))
        if self.rules.distribution == "betabinom":
            assert args is not None
            p = generator.beta(args[0], args[1])
            return int(generator.binomial(places - 1, p))
        if self.rules.distribution == "adaptive" and sum(weights) > 0:
            blend, drawn = Fraction(self.rules.blend), Fraction(generator.random())
            reached = Fraction(0)
            for position, weight in enumerate(weights):
                reached += (1 - blend) * weight / sum(weights) + blend / places
                if reached > drawn:
                    return position
            return places - 1
        return int(generator.integers(places))


def with_room(box: SlowBox) -> list[int]:
    """Axes that are at least two long."""
    return [axis for axis, (first, end) in enumerate(box) if end - first >= 2]
