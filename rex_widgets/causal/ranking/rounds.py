"""Rounds: the masks that a ranking asks for itself, a fixed number for every finished tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.ranking import ESTIMATORS, Question
from rex_widgets.causal.ranking.base import Arrays, Estimator
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, mask_of

PURPOSE = "ranking"
"""What the evaluations of the rounds are counted as."""


class Rounds:
    """One round per finished tree, in order.

    Parameters
    ----------
    evaluator
        Where masks are answered.
    name
        Of the ranking; those that read the search's mutants alone have no rounds.
    question
        For the estimator; with no masks per round there are no rounds either. Its
        shape is that of the bounds' box.
    bounds
        The region that is searched; all of the question's shape if not given.
        The estimator knows nothing but the region's box.

    Attributes
    ----------
    done
        Rounds finished.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        name: str,
        question: Question,
        bounds: Bounds | None = None,
    ) -> None:
        self.done = 0
        self._evaluator = evaluator
        self._bounds = bounds or Bounds(question.shape)
        if self._bounds.inside is not None:
            question = replace(question, inside=self._bounds.cropped(self._bounds.inside))
        self._estimator: Estimator | None = None
        if name in ESTIMATORS and question.masks:
            self._estimator = ESTIMATORS[name](question)

    @property
    def used(self) -> bool:
        """Whether this ranking asks masks of its own."""
        return self._estimator is not None

    def behind(self, trees: int) -> int:
        """Rounds still to do for so many finished trees."""
        return max(0, trees - self.done) if self._estimator is not None else 0

    def work(self, trees: int) -> Iterator[None]:
        """Catch up with the finished trees; yields after every batch of model calls.

        A round that is left in the middle begins again with the same masks,
        whose answers are in the log by then.
        """
        while self._estimator is not None and self.behind(trees):
            masks = [self._bounds.within(mask) for mask in self._estimator.propose(self.done)]
            ticket = self._evaluator.submit(masks)
            while not ticket.done:
                self._evaluator.run_batch(ticket, PURPOSE)
                if not ticket.done:
                    yield
            self._estimator.absorb(self.done, self._local(masks), ticket.entries())
            self.done += 1
            yield

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """The ranking so far, of the input's shape; zeros where nothing is known yet."""
        ranking: NDArray[np.float64] = np.zeros(self._bounds.shape)
        if self._estimator is not None and self.done:
            here = self._bounds.cropped(responsibility)
            self._bounds.cropped(ranking)[...] = self._estimator.map(here)
        return ranking

    def _local(self, masks: list[Mask]) -> list[Mask]:
        """What the estimator knows of parts: those of the region's box."""
        if self._bounds.inside is None:
            return masks
        return [mask_of(self._bounds.cropped(mask.array())) for mask in masks]

    def arrays(self) -> Arrays:
        """The state between two rounds, for saving."""
        own = self._estimator.arrays() if self._estimator is not None else {}
        return {"rounds": np.array([self.done]), **own}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave."""
        self.done = int(arrays["rounds"].item())
        if self._estimator is not None:
            self._estimator.restore(dict(arrays))
