"""Nested passing sets: ever smaller parts of the input that give the answer by themselves.

One set per demand (half the confidence, then the class alone), each inside the
one before it. They are shrunk by trying subsets that follow the ranking, with
noise; the smallest that passes is taken over. A ranking that begins with these
sets has a short passing prefix by construction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking.fields import cells_per_axis, highest_share, smooth_field
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, Shape

SHARES = (0.6, 0.97)
"""Share of a set that a tried subset keeps."""

PLAIN, PLAIN_SHARES = 4, (0.2, 0.95)
"""Every fourth try is no subset but a beginning of the ranking, of such a share of the set's
size: as the ranking improves, it overtakes sets that cannot be made smaller any more."""

CELLS = (10, 14, 20)
"""Cells (per side of a picture) of the noise that varies the subsets."""

MARGIN = 1.2
"""How far a set must be beyond its demand, so that sets beside it in the ranking pass too."""

SURE = 0.9
"""A probability that needs no margin over other classes (several may be likely where they are
not exclusive)."""

LARGEST = 0.6
"""Sets that keep more than this share of the input say little and do not order the ranking."""


def demands_of(threshold: float) -> tuple[float, ...]:
    """Shares of the target's confidence that the sets must keep, largest set first."""
    return tuple(sorted({0.0, 0.5, threshold}, reverse=True))


class NestedSets:
    """The smallest passing sets so far.

    Parameters
    ----------
    shape
        Of the input.
    target, confidence
        The explained class and its confidence on the whole input.
    demands
        From `demands_of`.
    """

    def __init__(
        self, shape: Shape, target: int, confidence: float, demands: Sequence[float]
    ) -> None:
        self.shape = shape
        self.sets: list[NDArray[np.bool_] | None] = [None] * len(demands)
        self._target = target
        self._needed = [min(MARGIN * share, max(share, 1.0)) * confidence for share in demands]

    @property
    def begun(self) -> bool:
        """Whether there is a set to shrink."""
        return any(kept is not None for kept in self.sets)

    def consider(self, masks: Sequence[Mask], answers: Sequence[Entry]) -> None:
        """Take over the smallest masks that pass; equal sizes are decided by the digest."""
        pairs = sorted(zip(masks, answers, strict=True), key=lambda p: (p[0].area, p[0].digest))
        for place, needed in enumerate(self._needed):
            now = self.sets[place]
            for mask, answer in pairs:
                if now is not None and mask.area >= now.sum():
                    break
                if mask.area and self._passes(answer, needed):
                    self.sets[place] = mask.array()
                    break

    def tries(
        self, generator: np.random.Generator, score: NDArray[np.float32], count: int
    ) -> list[NDArray[np.bool_]]:
        """Smaller sets to try, the demands in turn.

        Parameters
        ----------
        generator
            Source of sizes and noise.
        score
            The ranking's score, of ``shape``: what is low leaves a set first.
        count
            Subsets wanted; fewer come back where a set cannot be made smaller.
        """
        if not self.begun:
            return []
        out = []
        for number in range(count):
            place = number % len(self.sets)
            if number % PLAIN == PLAIN - 1:
                place = number // PLAIN % len(self.sets)
                best = self._outer(place).mean() * generator.uniform(*PLAIN_SHARES)
                out.append(highest_share(score, best))
                continue
            core = self._inner(place)
            base = self._outer(place) | core
            free = np.flatnonzero(base & ~core)
            size = int(base.sum() * generator.uniform(*SHARES))
            cells = cells_per_axis(int(generator.choice(CELLS)), self.shape)
            noise = smooth_field(generator, self.shape, cells).reshape(-1)[free]
            wanted = min(len(free), max(size, 1) - int(core.sum()))
            if wanted < 1:
                continue
            values = score.reshape(-1)[free]
            values = (values - values.mean()) / (values.std() + 1e-6) + noise
            subset = core.reshape(-1).copy()
            subset[free[np.argpartition(-values, wanted - 1)[:wanted]]] = True
            out.append(subset.reshape(self.shape))
        return out

    def tiers(self) -> NDArray[np.float64]:
        """For every place, in how many of the sets it lies."""
        total = np.zeros(self.shape)
        for kept in self.sets:
            if kept is not None and kept.mean() < LARGEST:
                total += kept
        return total

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The sets, for saving."""
        return {
            f"set{n}": np.packbits(kept) for n, kept in enumerate(self.sets) if kept is not None
        }

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave."""
        size = int(np.prod(self.shape))
        for n in range(len(self.sets)):
            bits = arrays.get(f"set{n}")
            if bits is not None:
                flat = np.unpackbits(np.asarray(bits, np.uint8), count=size)
                self.sets[n] = flat.astype(np.bool_).reshape(self.shape)

    def _passes(self, answer: Entry, needed: float) -> bool:
        other = answer.target - answer.margin(self._target)
        return (
            answer.given == self._target
            and answer.target >= needed
            and answer.target >= min(MARGIN * other, SURE)
        )

    def _inner(self, place: int) -> NDArray[np.bool_]:
        """The sets of smaller demands: what a subset never loses."""
        inner = np.zeros(self.shape, np.bool_)
        for kept in self.sets[place + 1 :]:
            if kept is not None:
                inner |= kept
        return inner

    def _outer(self, place: int) -> NDArray[np.bool_]:
        """The set of a demand, or the next larger one."""
        for kept in reversed(self.sets[: place + 1]):
            if kept is not None:
                return kept
        return next(kept for kept in self.sets if kept is not None)
