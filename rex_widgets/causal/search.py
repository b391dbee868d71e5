"""The search: trees advance in lockstep, in waves with fixed borders.

The trees of a wave are independent of each other, so a batch of model calls is
filled from all of them, and neither the batch size nor a pause between two
iterations can change what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.contrast import ContrastMap, contrast_units
from rex_widgets.causal.partition import area_of
from rex_widgets.causal.ranking import Question
from rex_widgets.causal.ranking.rounds import Rounds
from rex_widgets.causal.ranking.spread import TOP_SHARE
from rex_widgets.causal.ranking.stability import Stability
from rex_widgets.causal.ranking.trees import TreeSpread
from rex_widgets.causal.responsibility import ResponsibilityMaps
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.trace import SearchTrace
from rex_widgets.causal.tree import LARGEST_JOB, MAX_JOBS, VISIBLE_OF, Tree
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, Shape, extent_of

LARGEST_WAVE = 32

STEP_BYTES = 128 * 2**20
"""Packed masks of all trees that are asked about together, at most (one tree is always taken)."""

ROUNDS, SPREAD, STABILITY, TRACE = "rounds_", "spread_", "stability_", "trace_"
"""How the names of saved arrays begin, by the part that they belong to."""


def wave_border(iteration: int) -> int:
    """The first wave border beyond an iteration: 4, 12, 28, 60, then every 32."""
    border, size = 4, 4
    while border <= iteration:
        size = min(2 * size, LARGEST_WAVE)
        border += size
    return border


class Search:
    """The growing of partition trees for one target.

    Parameters
    ----------
    evaluator
        Where masks are answered.
    settings
        ``settings.iters`` is where the search starts out to go; `extend` goes on.
    seed
        Of the run.
    target, target_confidence
        The explained class and its probability on the whole input.
    bounds
        The region that is searched; all of the input if not given.

    Attributes
    ----------
    iters
        Iterations asked for.
    done
        Iterations finished.
    smallest
        The smallest passing mutant so far (with at least ``smallest_needed``
        confidence), or ``None``.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        settings: CausalSettings,
        seed: int,
        target: int,
        target_confidence: float,
        bounds: Bounds | None = None,
    ) -> None:
        self.iters = settings.iters
        self.done = 0
        self.shape: Shape = evaluator.data.shape[1:]
        self.bounds = bounds or Bounds(self.shape)
        self.maps = ResponsibilityMaps(self.shape, settings, target, self.bounds)
        self.contrast = ContrastMap(self.shape)
        self.spread = TreeSpread(self.shape, target)
        self.stability = Stability()
        self.trace = SearchTrace(self.shape, target)
        self.rounds = Rounds(
            evaluator,
            settings.ranking,
            Question(
                extent_of(self.bounds.box),
                seed,
                target,
                target_confidence,
                settings.minimum_confidence_threshold,
                settings.ranking_masks,
            ),
            self.bounds,
        )
        self.passing = 0
        self.failing = 0
        self.depth_reached = 0
        self.dropped = 0
        self.smallest: Mask | None = None
        self.smallest_confidence = 0.0
        self._evaluator = evaluator
        self._settings = settings
        self._seed = seed
        self._target = target
        self._needed = settings.confidence_filter * target_confidence
        self._smallest_needed = settings.minimum_confidence_threshold * target_confidence
        self._trees: list[Tree] = []
        self._weight: NDArray[np.float64] | None = None
        self._boxes = 0
        self._box_area = 0
        self._stopped_at: int | None = None

    @property
    def finished(self) -> bool:
        """Whether all iterations asked for are done, or the ranking is stable before that."""
        if self.rounds.behind(self.done):
            return False
        return self.done >= self.iters or self._stopped_at == self.iters

    @property
    def position(self) -> float:
        """Iterations done: started trees by their depth, and half of each is its round, if any."""
        share = sum(
            1.0 if tree.finished else tree.depth_reached / (self._settings.tree_depth + 1)
            for tree in self._trees
        )
        trees = self.done + share
        return (trees + self.rounds.done) / 2 if self.rounds.used else trees

    def work(self) -> Iterator[None]:
        """Search until `finished`; yields after every batch of model calls."""
        while not self.finished:
            # after a restore the rounds of a finished wave may still be open
            if not self.rounds.behind(self.done):
                self._open_trees()
                yield from self._step()
                self._close_trees()
            yield from self.rounds.work(self.done)
            self._note_border()

    def ranking(self) -> NDArray[np.float64]:
        """What extraction ranks pixels by: the map that the setting ``ranking`` names.

        A ranking that asks for masks of its own is stood in for by contrast
        before its first round, and where its masks tell nothing.
        """
        responsibility = self.maps.map(self._target)
        if self._settings.ranking == "responsibility":
            return responsibility
        own = self.rounds.map(responsibility)
        return self.bounds.ranked(own if own.any() else self.contrast.map())

    def map_error(self) -> NDArray[np.float32] | None:
        """Standard error of the map over trees; ``None`` where the map is no sum over two trees."""
        summed = self._settings.responsibility_style == "additive"
        if self.spread.trees < 2 or not summed or self._settings.negative_responsibility:
            return None
        return self.bounds.only(self.spread.error()).astype(np.float32)

    def statistics(self) -> dict[str, float]:
        """Counts over all trees, as ReX reports them."""
        return {
            "total_passing": self.passing,
            "total_failing": self.failing,
            "max_depth_reached": self.depth_reached,
            "avg_box_size": self._box_area / self._boxes if self._boxes else 0.0,
            "iterations": self.done,
        }

    def _open_trees(self) -> None:
        """Have every tree running that belongs to the current wave."""
        first = self.done + len(self._trees)
        if not self._trees and self._wave_starts(self.done):
            self._weight = self._weight_now()
        for number in range(first, min(wave_border(self.done), self.iters)):
            self._trees.append(self._new_tree(number))

    def _new_tree(self, number: int) -> Tree:
        return Tree(number, self.shape, self._settings, self._seed, self._weight, self.bounds)

    def _wave_starts(self, iteration: int) -> bool:
        return iteration == 0 or wave_border(iteration - 1) == iteration

    def _weight_now(self) -> NDArray[np.float64] | None:
        if self._settings.distribution != "adaptive" or self.done == 0:
            return None
        return self.maps.map(self._target)

    def _step(self) -> Iterator[None]:
        """Advance every running tree by one step, as many together as memory allows."""
        running = [tree for tree in self._trees if not tree.finished]
        together = max(1, STEP_BYTES // (LARGEST_JOB * (prod(self.shape) // 8 + 1)))
        for first in range(0, len(running), together):
            yield from self._advance(running[first : first + together])

    def _advance(self, trees: list[Tree]) -> Iterator[None]:
        """Advance trees by one step, each as soon as it is answered."""
        proposals = [tree.propose() for tree in trees]
        ticket = self._evaluator.submit([mask for masks in proposals for mask in masks])
        start, calls = 0, self._evaluator.evaluations
        for tree, masks in zip(trees, proposals, strict=True):
            end = start + len(masks)
            while ticket.ready < end:
                self._evaluator.run_batch(ticket, "search")
                if ticket.ready < end:
                    calls = self._evaluator.evaluations
                    yield
            self._absorb(tree, masks, ticket.slice(start, end))
            start = end
            called, calls = calls, self._evaluator.evaluations
            if called != calls:
                yield

    def _absorb(self, tree: Tree, masks: list[Mask], answers: list[Entry]) -> None:
        if not masks:
            return
        for mask, answer in zip(masks, answers, strict=True):
            if answer.given == self._target and answer.target >= self._smallest_needed:
                self._consider(mask, answer)
        splits = tree.splits()
        start = 0
        for split in splits:
            visible = VISIBLE_OF[len(split.children)]
            mutants = answers[start : start + len(visible[0])]
            start += len(mutants)
            self.contrast.add(split.children, contrast_units(visible, [a.target for a in mutants]))
        updates = tree.absorb(answers, self._target, self._needed)
        self.trace.note(tree.number, splits, answers, self._needed, tree.waiting)
        self.maps.add(updates)
        self.spread.add(tree.number, updates)

    def _consider(self, mask: Mask, answer: Entry) -> None:
        # equal areas are decided by the digest, so that no order of trees matters
        if self.smallest is None or (mask.area, mask.digest) < (
            self.smallest.area,
            self.smallest.digest,
        ):
            self.smallest, self.smallest_confidence = mask, answer.target

    def _close_trees(self) -> None:
        """Account for the trees of a wave once all of them are finished."""
        if not all(tree.finished for tree in self._trees):
            return
        for tree in self._trees:
            self.passing += tree.passing
            self.failing += tree.failing
            self.depth_reached = max(self.depth_reached, tree.depth_reached)
            if tree.dropped and not self.dropped:
                self._evaluator.notes.append(
                    f"A tree's queue was full at {MAX_JOBS} jobs, and the last ones were dropped. "
                    "A search_limit, a queue_len or the queue style area keep it shorter."
                )
            self.dropped += tree.dropped
            self.spread.close(tree.number)
            self._boxes += len(tree.boxes)
            self._box_area += sum(map(area_of, tree.boxes))
            if self._settings.responsibility_style == "multiplicative" and tree.past_first_level:
                self.maps.multiply(tree.held())
        self.done += len(self._trees)
        self._trees = []

    def _note_border(self) -> None:
        """At a wave border, see how stable the ranking is, and stop if that was asked for."""
        if self._trees or not self.done or not self._wave_starts(self.done):
            return
        order = self.bounds.order(self.ranking())
        self.stability.note(self.done, self.bounds.numbered(order))
        if self._settings.stop_when_stable and self.stability.stable and self.done < self.iters:
            self._stopped_at = self.iters
            self._evaluator.notes.append(
                f"The search stopped after {self.done} of {self.iters} iterations: "
                f"{self.stability.overlaps[-1]:.0%} of the top {TOP_SHARE:.0%} of the ranking were "
                "there one wave before."
            )

    def state(self) -> dict[str, Any]:
        """JSON values that, with `arrays`, hold the whole search."""
        return {
            "iters": self.iters,
            "done": self.done,
            "passing": self.passing,
            "failing": self.failing,
            "depth_reached": self.depth_reached,
            "dropped": self.dropped,
            "boxes": self._boxes,
            "box_area": self._box_area,
            "smallest": self.smallest.bits.hex() if self.smallest else None,
            "smallest_confidence": self.smallest_confidence,
            "trees": [tree.state() for tree in self._trees],
            "spread": self.spread.state(),
            "stability": self.stability.state(),
            "stopped_at": self._stopped_at,
        }

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The maps, the contrast, and the map as it stood before the wave."""
        arrays = self.maps.arrays()
        arrays["contrast"] = self.contrast.corners
        if self._weight is not None:
            arrays["weight"] = self._weight
        parts = {
            ROUNDS: self.rounds.arrays(),
            SPREAD: self.spread.arrays(),
            STABILITY: self.stability.arrays(),
            TRACE: self.trace.arrays(),
        }
        for prefix, own in parts.items():
            arrays |= {prefix + name: array for name, array in own.items()}
        return arrays

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` and `arrays` gave."""
        self.iters, self.done = int(state["iters"]), int(state["done"])
        self.passing, self.failing = int(state["passing"]), int(state["failing"])
        self.depth_reached = int(state["depth_reached"])
        self.dropped = int(state.get("dropped", 0))
        self._boxes, self._box_area = int(state["boxes"]), int(state["box_area"])
        bits = state["smallest"]
        self.smallest = Mask(bytes.fromhex(bits), self.shape) if bits else None
        self.smallest_confidence = float(state["smallest_confidence"])
        own = ("weight", "contrast", ROUNDS, SPREAD, STABILITY, TRACE)
        self.maps.restore({k: v for k, v in arrays.items() if not k.startswith(own)})
        self.rounds.restore(_group(arrays, ROUNDS))
        self.spread.restore(state["spread"], _group(arrays, SPREAD))
        self.stability.restore(state["stability"], _group(arrays, STABILITY))
        self.trace.restore(_group(arrays, TRACE))
        self._stopped_at = state["stopped_at"]
        self.contrast.corners = np.array(arrays["contrast"], np.int64)
        if "weight" in arrays:
            self._weight = np.array(arrays["weight"], np.float64)
        self._trees = []
        for saved in state["trees"]:
            tree = self._new_tree(int(saved["number"]))
            tree.restore(saved)
            self._trees.append(tree)


def _group(
    arrays: Mapping[str, NDArray[np.generic]], prefix: str
) -> dict[str, NDArray[np.generic]]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
