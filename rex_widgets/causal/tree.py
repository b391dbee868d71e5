"""One partition tree: a state machine that proposes mutants and takes answers.

A tree never calls a model. `Tree.propose` gives the masks of its next step,
`Tree.absorb` takes the answers; between the two it can be saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.partition import (
    CHILDREN,
    can_split,
    levels_worth_having,
    root_box,
    split,
)
from rex_widgets.causal.responsibility import Update, update_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Box, Mask, Shape, mask_of_boxes

Job = tuple[int, ...]
"""Boxes (by number) that one passing mutant kept: they are split next, each in its turn."""

SUBSETS_OF: dict[int, tuple[tuple[int, ...], ...]] = {
    number: tuple(
        subset for size in range(1, number) for subset in combinations(range(number), size)
    )
    for number in range(1, CHILDREN + 1)
}
"""The non-empty proper subsets of so many children. Of a region there may be fewer than four."""

VISIBLE_OF = {
    number: tuple(tuple(child in subset for subset in subsets) for child in range(number))
    for number, subsets in SUBSETS_OF.items()
}
"""For each of so many children, in which of the mutants it is kept."""

SUBSETS = SUBSETS_OF[CHILDREN]
"""The 14 non-empty proper subsets of four children."""

VISIBLE = VISIBLE_OF[CHILDREN]
"""For each of four children, in which of the 14 mutants it is kept."""

LARGEST_JOB = (CHILDREN - 1) * len(SUBSETS)
"""Mutants of a job of three boxes."""

MAX_JOBS = 1000
"""Jobs that may wait in a tree's queue; beyond it the last ones are dropped, and counted.
Queues that keep every passing mutant grow up to fourteenfold with every level."""

STEP_BYTES = 4 * 2**20
"""Packed masks that one step proposes at most (one job is always taken)."""


class OpenSplit(NamedTuple):
    """A box that is split now, at its depth, into children; `beside` is shown with all of them."""

    box: Box
    depth: int
    children: tuple[Box, ...]
    beside: tuple[Box, ...]


class Tree:
    """One iteration of the search.

    Parameters
    ----------
    number
        The iteration's number; with the seed it fixes every split.
    shape
        Of the input without channels: ``(L,)``, ``(H, W)`` or ``(D1, D2, D3)``.
    settings, seed
        Of the run.
    weight
        The map that the adaptive distribution reads, as it stood before the wave.
    bounds
        The region that is searched. A box is the smallest around what it holds
        of it, and boxes that hold nothing of it are left out.

    Attributes
    ----------
    finished
        Nothing is left to propose.
    depth_reached
        Deepest level at which a mutant passed.
    dropped
        Jobs that found no room in the queue.
    """

    def __init__(
        self,
        number: int,
        shape: Shape,
        settings: CausalSettings,
        seed: int,
        weight: NDArray[np.float64] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.number = number
        self.finished = False
        self.depth_reached = 0
        self.passing = 0
        self.failing = 0
        self.dropped = 0
        self._bounds = bounds or Bounds(shape)
        self.boxes: list[Box] = [root_box(shape, settings, self._bounds)]
        self.depths: list[int] = [0]
        self._shape = shape
        self._settings = settings
        self._weight = weight
        self._generator = np.random.default_rng([seed, number])
        self._children: dict[int, tuple[int, ...]] = {}
        self._queue: list[Job] = [(0,)]
        self._steps: list[tuple[Job, list[int]]] | None = None
        self._held: list[Update] = []

    @property
    def past_first_level(self) -> bool:
        """Whether the tree's responsibility counts.

        An iteration in which nothing passed beyond the first level is left out,
        unless the input is too small for a second one.
        """
        worth = levels_worth_having(self.boxes[0], self._settings, self._bounds)
        return self.depth_reached >= worth

    def propose(self) -> list[Mask]:
        """Masks of the next step: 14 for every box of its jobs (fewer at a region's border).

        The boxes of a job do not depend on each other's answers, nor do the
        jobs of a level, so a step takes as much of a level as `STEP_BYTES`
        allows (in the queue style dc, which goes deep first, one job). Calling
        it twice gives the same masks.
        """
        if self._steps is None:
            self._steps = self._plan()
            if not self._steps:
                self.finished = True
        return [
            self._bounds.part(mask_of_boxes((self.boxes[i] for i in (*static, *kept)), self._shape))
            for static, kept in self._mutants()
        ]

    def splits(self) -> list[OpenSplit]:
        """Every box that is split in the current step."""
        return [
            OpenSplit(
                self.boxes[box],
                self.depths[box],
                tuple(self.boxes[child] for child in self._children[box]),
                tuple(self.boxes[other] for other in job if other != box),
            )
            for job, split_boxes in self._steps or ()
            for box in split_boxes
        ]

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._queue)

    def absorb(self, answers: Sequence[Entry], target: int, needed: float) -> list[Update]:
        """Take the answers to `propose` and move on.

        Parameters
        ----------
        answers
            One per proposed mask, in order.
        target
            The explained class.
        needed
            Confidence that a passing mutant must have.

        Returns
        -------
        list of Update
            Responsibility to merge now: nothing until the tree is past its
            first level, then everything held back so far.
        """
        assert self._steps is not None
        queue: list[Job] = []
        level = 0
        position = 0
        for _, split_boxes in self._steps:
            following: list[Job] = []
            for box in split_boxes:
                chunk = answers[position : position + len(self._kept(box))]
                position += len(chunk)
                following = self._one_box(box, chunk, target, needed)
                level = max(level, self.depths[box] + 1) if following else level
            queue += following
        self.depth_reached = max(self.depth_reached, level)
        self._steps = None
        depth_first = self._settings.queue_style == "dc"
        queue = queue + self._queue if depth_first else self._queue + queue
        self.dropped += max(0, len(queue) - MAX_JOBS)
        self._queue = queue[:MAX_JOBS]
        if not self._queue or self._made >= self._limit:
            self.finished = True
        whole_trees = self._settings.responsibility_style == "multiplicative"
        if not self.past_first_level or whole_trees:
            return []
        released, self._held = self._held, []
        return released

    @property
    def _made(self) -> int:
        return self.passing + self.failing

    @property
    def _limit(self) -> float:
        limit = self._settings.search_limit
        return float("inf") if limit is None else limit

    def _plan(self) -> list[tuple[Job, list[int]]]:
        """Take jobs off the queue, in order, each with the boxes of it that are split."""
        steps: list[tuple[Job, list[int]]] = []
        most = 1 if self._settings.queue_style == "dc" else self._jobs_at_once()
        planned = taken = 0
        for job in self._queue:
            if len(steps) == most or self._made + planned >= self._limit:
                break
            taken += 1
            split_boxes = []
            for box in job:
                depth = self.depths[box]
                if not can_split(self.boxes[box], depth, self._settings, self._bounds):
                    break
                self._grow(box)
                split_boxes.append(box)
            if split_boxes:
                steps.append((job, split_boxes))
                planned += sum(len(self._kept(box)) for box in split_boxes)
        self._queue = self._queue[taken:]
        return steps

    def _jobs_at_once(self) -> int:
        return max(1, STEP_BYTES // (LARGEST_JOB * (prod(self._shape) // 8 + 1)))

    def _grow(self, box: int) -> None:
        if box in self._children:
            return
        first = len(self.boxes)
        cut = split(self.boxes[box], self._generator, self._settings, self._weight)
        self.boxes += [child for child in map(self._bounds.fitted, cut) if child is not None]
        self.depths += [self.depths[box] + 1] * (len(self.boxes) - first)
        self._children[box] = tuple(range(first, len(self.boxes)))

    def _mutants(self) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Pairs (static boxes, kept children) of the current step, in order."""
        return [
            (tuple(other for other in job if other != box), kept)
            for job, split_boxes in self._steps or ()
            for box in split_boxes
            for kept in self._kept(box)
        ]

    def _kept(self, box: int) -> list[tuple[int, ...]]:
        """The children that each mutant of a split box keeps."""
        children = self._children[box]
        return [tuple(children[i] for i in subset) for subset in SUBSETS_OF[len(children)]]

    def _one_box(self, box: int, answers: Sequence[Entry], target: int, needed: float) -> list[Job]:
        kept = self._kept(box)
        passed = [a.given == target and a.target >= needed for a in answers]
        self.passing += sum(passed)
        self.failing += len(passed) - sum(passed)
        if not any(passed):
            return []
        for children, answer in zip(kept, answers, strict=True):
            boxes = tuple(self.boxes[i] for i in children)
            depth = self.depths[children[0]]
            places = tuple(map(self._bounds.places, boxes))
            self._held.append(
                update_of(answer.given, answer.confidence, boxes, depth, self._settings, places)
            )
        return self._prune([k for k, ok in zip(kept, passed, strict=True) if ok])

    def _prune(self, jobs: list[Job]) -> list[Job]:
        """What is queued of a box's passing mutants, in the order in which it is followed."""
        if self._settings.queue_style in ("all", "dc"):
            return jobs
        if self._settings.queue_style == "intersection":
            jobs = _around_common_boxes(jobs)
        ordered = sorted(jobs, key=lambda job: sum(self._bounds.places(self.boxes[i]) for i in job))
        length = self._settings.queue_len
        return ordered if length == "all" else ordered[:length]

    def held(self) -> list[Update]:
        """Updates held back so far (all of them, for multiplicative merging)."""
        return self._held

    def state(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "number": self.number,
            "finished": self.finished,
            "depth_reached": self.depth_reached,
            "passing": self.passing,
            "failing": self.failing,
            "dropped": self.dropped,
            "boxes": self.boxes,
            "depths": self.depths,
            "generator": self._generator.bit_generator.state,
            "children": sorted(self._children.items()),
            "queue": self._queue,
            "steps": self._steps,
            "held": [(u.given, u.boxes, u.units) for u in self._held],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave, after a way through JSON."""
        self.finished = bool(state["finished"])
        self.depth_reached = int(state["depth_reached"])
        self.passing, self.failing = int(state["passing"]), int(state["failing"])
        self.dropped = int(state.get("dropped", 0))
        self.boxes = [_box(box) for box in state["boxes"]]
        self.depths = [int(depth) for depth in state["depths"]]
        self._generator.bit_generator.state = state["generator"]
        self._children = {int(box): tuple(children) for box, children in state["children"]}
        self._queue = [tuple(job) for job in state["queue"]]
        steps = state["steps"]
        self._steps = None if steps is None else [(tuple(job), list(b)) for job, b in steps]
        self._held = [
            Update(int(given), tuple(_box(b) for b in boxes), tuple(units))
            for given, boxes, units in state["held"]
        ]


def _around_common_boxes(jobs: list[Job]) -> list[Job]:
    """The mutants that hold what the first possible one shares with all those after it.

    The last one shares everything with those after it, for there are none.
    """
    for first in range(len(jobs)):
        common = set(jobs[first]).intersection(*jobs[first + 1 :])
        if common:
            return [job for job in jobs if common.issubset(job)]
    return jobs


def _box(values: Sequence[int]) -> Box:
    return tuple(int(value) for value in values)
