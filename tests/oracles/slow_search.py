"""The causal search again, slow and obvious, written from its description alone.

Pixels are pairs of numbers, masks are sets of pixels, responsibility is a Fraction per pixel. The
only thing shared with the library is where random numbers come from: a generator seeded by
``[seed, iteration]``, which is asked for the row cut and then for the column cut of every box that
is split, in the order of the jobs and of the boxes in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

import numpy as np

Pixel = tuple[int, int]
Visible = frozenset[Pixel]
SlowBox = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""

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
    search_limit: int | None = None
    distribution: str = "uniform"
    distribution_args: tuple[float, ...] | None = None
    blend: float = 0.0
    responsibility_style: str = "additive"


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
    return frozenset((r, c) for r in range(box[0], box[1]) for c in range(box[2], box[3]))


class SlowSearch:
    """Runs all iterations; `ask` gives the probabilities for a set of visible pixels."""

    def __init__(
        self,
        height: int,
        width: int,
        ask: Callable[[Visible], list[float]],
        target: int,
        target_confidence: float,
        rules: Rules,
    ) -> None:
        self.root: SlowBox = (0, height, 0, width)
        self.ask = ask
        self.target = target
        self.target_confidence = target_confidence
        self.rules = rules
        self.found = Found()
        self.weight: dict[Pixel, Fraction] | None = None

    def search(self) -> Found:
        for number in range(self.rules.iters):
            if self.rules.distribution == "adaptive" and number in WAVE_STARTS and number > 0:
                self.weight = dict(self.found.maps.get(self.target, {}))
            self.iteration(number)
        return self.found

    def iteration(self, number: int) -> None:
        generator = np.random.default_rng([self.rules.seed, number])
        children: dict[SlowBox, list[SlowBox]] = {}
        depth = {self.root: 0}
        jobs: list[list[SlowBox]] = [[self.root]]
        given_out: list[tuple[int, SlowBox, Fraction]] = []
        mutants = deepest = 0
        while jobs:
            following: list[list[SlowBox]] = []
            for job in jobs:
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
                following += last
            jobs = following
            if self.rules.search_limit is not None and mutants >= self.rules.search_limit:
                break
        self.found.box_areas += [len(pixels_of(box)) for box in depth]
        self.found.deepest = max(self.found.deepest, deepest)
        if deepest >= 2 or (self.rules.tree_depth == 1 and deepest == 1):
            self.merge(given_out)

    def splittable(self, box: SlowBox, depth: int) -> bool:
        height, width = box[1] - box[0], box[3] - box[2]
        if depth >= self.rules.tree_depth or height < 2 or width < 2:
            return False
        return height * width >= self.rules.min_box_size

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
        passing.sort(key=lambda kept: sum(len(pixels_of(child)) for child in kept))
        if self.rules.queue_len == "all":
            return passing, gifts
        return passing[: int(self.rules.queue_len)], gifts

    def merge(self, gifts: list[tuple[int, SlowBox, Fraction]]) -> None:
        everything = pixels_of(self.root)
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

    def split(self, box: SlowBox, generator: np.random.Generator) -> list[SlowBox]:
        top, bottom, left, right = box
        by_row = [self.line(r, r + 1, left, right) for r in range(top + 1, bottom)]
        by_column = [self.line(top, bottom, c, c + 1) for c in range(left + 1, right)]
        row = top + self.cut(bottom - top, by_row, generator)
        column = left + self.cut(right - left, by_column, generator)
        return [
            (top, row, left, column),
            (top, row, column, right),
            (row, bottom, left, column),
            (row, bottom, column, right),
        ]

    def line(self, r0: int, r1: int, c0: int, c1: int) -> Fraction:
        if not self.weight:
            return Fraction(0)
        return sum((self.weight[p] for p in pixels_of((r0, r1, c0, c1))), Fraction(0))

    def cut(self, length: int, weights: list[Fraction], generator: np.random.Generator) -> int:
        args = self.rules.distribution_args
        if self.rules.distribution == "binom":
            return 1 + int(generator.binomial(length - 2, args[0] if args else 0.5))
        if self.rules.distribution == "betabinom":
            assert args is not None
            p = generator.beta(args[0], args[1])
            return 1 + int(generator.binomial(length - 2, p))
        if self.rules.distribution == "adaptive" and sum(weights) > 0:
            blend, drawn = Fraction(self.rules.blend), Fraction(generator.random())
            reached = Fraction(0)
            for position, weight in enumerate(weights):
                reached += (1 - blend) * weight / sum(weights) + blend / (length - 1)
                if reached > drawn:
                    return 1 + position
            return length - 1
        return int(generator.integers(1, length))
