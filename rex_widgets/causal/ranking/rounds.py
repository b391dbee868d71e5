"""Rounds: the masks that a ranking asks for itself, a fixed number for every finished tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking import ESTIMATORS, Question
from rex_widgets.causal.ranking.base import Arrays, Estimator
from rex_widgets.evaluator import Evaluator

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
        For the estimator; with no masks per round there are no rounds either.

    Attributes
    ----------
    done
        Rounds finished.
    """

    def __init__(self, evaluator: Evaluator, name: str, question: Question) -> None:
        self.done = 0
        self._evaluator = evaluator
        self._shape = question.shape
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
            masks = self._estimator.propose(self.done)
            ticket = self._evaluator.submit(masks)
            while not ticket.done:
                self._evaluator.run_batch(ticket, PURPOSE)
                if not ticket.done:
                    yield
            self._estimator.absorb(self.done, masks, ticket.entries())
            self.done += 1
            yield

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """The ranking so far, of the input's shape; zeros where nothing is known yet."""
        if self._estimator is None or not self.done:
            return np.zeros(self._shape)
        return self._estimator.map(responsibility)

    def arrays(self) -> Arrays:
        """The state between two rounds, for saving."""
        own = self._estimator.arrays() if self._estimator is not None else {}
        return {"rounds": np.array([self.done]), **own}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave."""
        self.done = int(arrays["rounds"].item())
        if self._estimator is not None:
            self._estimator.restore(dict(arrays))
