"""The default ranking: masks near the present ranking, a regression, and nested passing sets.

The first masks are cut at random from smooth fields and show about half of the
input. Later ones show the best places of the ranking so far, or hide them,
with noise: so most evaluations are spent where a change of the ranking changes
the answer, which is what insertion and deletion curves measure. All of them
feed one regression of the target's confidence on visibility, whose effects are
the ranking; a part of each round shrinks nested passing sets, which come first
in it. How it was chosen and what it gains: ``docs/ranking.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.extract import rank_pixels
from rex_widgets.causal.ranking.base import Arrays, Question
from rex_widgets.causal.ranking.cells import Cells
from rex_widgets.causal.ranking.fields import cells_per_axis, highest_share, smooth_field
from rex_widgets.causal.ranking.grain import Grain
from rex_widgets.causal.ranking.nested import NestedSets, demands_of
from rex_widgets.causal.ranking.regression import Regression
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, Shape, mask_of

CELLS = 24
"""Cells of the regression, per side of a picture."""

SMALL = 8
"""Places of an axis up to which each may be a cell; on longer ones (a signal's aside) a cell has
two places at least."""

FIRST = 300
"""Evaluations of the first kind, that know nothing of a ranking."""

FIRST_CELLS, FIRST_SHARES = 7, (0.3, 0.7)
LATER_CELLS = (7, 10, 14)
NOISE = 0.7
"""Standard deviation of the noise beside the ranking's normal scores."""

HIDING = 0.2
"""Share of the later masks that hide the best places instead of showing them."""

HIDDEN_SHARES = (0.02, 0.5)
FEW = 0.375
"""Of the masks that show the best places, how many show few: shares from 1 to 30 %."""

FEW_SHARES, MANY_SHARES = (0.01, 0.3), (0.05, 0.95)
SHRINKING = 0.3
"""Share of a round that goes to subsets of the passing sets."""

SHOWN, HIDDEN, SUBSET = 0, 1, -1
"""Kinds of mask: what keeps the best places, what hides them, a passing set made smaller."""

TINY = 1e-12
STREAM = 1
"""Sets the rounds' random numbers apart from those of the trees."""


class Adaptive:
    """Ranking by regression on masks near the ranking.

    Parameters
    ----------
    question
        What is explained.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._grain = Grain(question.shape)
        self._shape = self._grain.shape
        self._cells = Cells(self._shape, _counts(self._shape))
        self.regression = Regression(self._cells)
        self.nested = NestedSets(
            self._shape, question.target, question.confidence, demands_of(question.threshold)
        )
        self._asked = 0
        self._effects: NDArray[np.float64] = np.zeros(self._cells.number)
        self._kinds: list[int] = []

    def propose(self, number: int) -> list[Mask]:
        """Masks of a round."""
        count = self._question.masks
        generator = np.random.default_rng([self._question.seed, number, STREAM])
        if self._asked < FIRST or not self._effects.any():
            self._kinds = [SHOWN] * count
            return [self._mask(self._at_random(generator)) for _ in range(count)]
        score = normal_scores(self._cells.spread(self._effects))
        subsets = self.nested.tries(generator, score, round(count * SHRINKING))
        near = [self._near(generator, score) for _ in range(count - len(subsets))]
        self._kinds = [kind for kind, _ in near] + [SUBSET] * len(subsets)
        return [self._mask(array) for array in (*(array for _, array in near), *subsets)]

    def absorb(self, number: int, masks: Sequence[Mask], answers: Sequence[Entry]) -> None:
        """Learn from a round, the one that was proposed last."""
        self._asked += len(masks)
        # at the border of a region the first place of a block may not be in it
        whole = self._question.inside is None
        pooled = self._grain.coarse if whole else self._grain.touched
        blocks = [pooled(mask.array()) for mask in masks]
        self.nested.consider([mask_of(array) for array in blocks], answers)
        # subsets of passing sets are too alike to tell the effects of their cells apart
        used = [n for n, kind in enumerate(self._kinds) if kind != SUBSET]
        if used:
            self.regression.add(
                np.array([self._cells.pooled(blocks[n]) for n in used]),
                np.array([self._kinds[n] for n in used], np.int64),
                np.array([self._response(answers[n]) for n in used]),
            )
            if self._asked >= FIRST:
                self._effects = self.regression.effects()

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """Effects on the root of the confidence, places of the passing sets first.

        All zeros before the first `FIRST` evaluations.
        """
        full = Cells(self._grain.full, self._cells.counts)
        spread: NDArray[np.float64] = full.spread(self._effects)
        tiers = self._grain.fine(self.nested.tiers()) if self._effects.any() else 0.0
        ranking: NDArray[np.float64] = spread + tiers * (spread.max() - spread.min())
        return ranking

    def arrays(self) -> Arrays:
        """Sums, effects and sets."""
        return {
            "asked": np.array([self._asked]),
            "effects": self._effects,
            **self.regression.arrays(),
            **self.nested.arrays(),
        }

    def restore(self, arrays: Arrays) -> None:
        """Take over what `arrays` gave."""
        self._asked = int(arrays["asked"].item())
        self._effects = np.array(arrays["effects"], np.float64)
        self.regression.restore(arrays)
        self.nested.restore(arrays)

    def _mask(self, blocks: NDArray[np.bool_]) -> Mask:
        return mask_of(self._grain.fine(blocks))

    def _response(self, answer: Entry) -> float:
        """Root of the relative confidence: small values count, and their noise is evened out."""
        return float(np.sqrt(max(answer.target, 0.0) / max(self._question.confidence, TINY)))

    def _at_random(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        share = generator.uniform(*FIRST_SHARES)
        cells = cells_per_axis(FIRST_CELLS, self._shape)
        return highest_share(smooth_field(generator, self._shape, cells), share)

    def _near(
        self, generator: np.random.Generator, score: NDArray[np.float32]
    ) -> tuple[int, NDArray[np.bool_]]:
        """A kind and a mask that shows, or hides, the best places of a noisy ranking."""
        hides, few = generator.random(2)
        if hides < HIDING:
            kind, share = HIDDEN, generator.uniform(*HIDDEN_SHARES)
        elif few < FEW:
            kind, share = SHOWN, np.exp(generator.uniform(*np.log(FEW_SHARES)))
        else:
            kind, share = SHOWN, generator.uniform(*MANY_SHARES)
        cells = cells_per_axis(int(generator.choice(LATER_CELLS)), self._shape)
        best = highest_share(score + NOISE * smooth_field(generator, self._shape, cells), share)
        return kind, ~best if kind == HIDDEN else best


def normal_scores(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values replaced by the normal quantiles of their ranks, highest first; float32."""
    order = rank_pixels(values)
    scores = np.empty(values.size, np.float32)
    scores[order] = _quantiles(values.size)
    return scores.reshape(values.shape)


def _counts(shape: Shape) -> tuple[int, ...]:
    """Cells of the regression along each axis."""
    counts = cells_per_axis(CELLS, shape)
    if len(shape) == 1:
        return counts
    return tuple(
        min(count, max(min(length, SMALL), length // 2))
        for count, length in zip(counts, shape, strict=True)
    )


@lru_cache(maxsize=4)
def _quantiles(count: int) -> NDArray[np.float32]:
    """Normal quantiles in falling order, exact at 1,025 places and linear between them."""
    normal, ends = NormalDist(), np.linspace(0.5 / count, 1 - 0.5 / count, 1025)
    exact = [normal.inv_cdf(1 - p) for p in ends.tolist()]
    return np.interp((np.arange(count) + 0.5) / count, ends, exact).astype(np.float32)
