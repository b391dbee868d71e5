"""Asking the evaluator for the stages that follow the search, within a budget."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rex_widgets.causal.lockstep import Desk
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask

CLOSE = 1e-4
"""A margin below this is asked again, alone."""


@dataclass(frozen=True)
class Demand:
    """What an explanation must give: the class, and at least this confidence."""

    target: int
    confidence: float

    def met(self, answer: Entry) -> bool:
        """Whether an answer passes."""
        return answer.given == self.target and answer.target >= self.confidence

    def slack(self, answer: Entry) -> float:
        """How far an answer is from failing (negative: how far from passing)."""
        return min(answer.margin(self.target), answer.target - self.confidence)

    def alone(self, evaluator: Evaluator, mask: Mask, purpose: str) -> Entry:
        """The answer that the demand is about, at batch size 1, never from the log."""
        return evaluator.classify_alone(mask, purpose)


class Asker:
    """Asks on behalf of one stage and counts its requests, cached or not.

    Parameters
    ----------
    evaluator
        Answers.
    demand
        What passes.
    purpose
        Under which the evaluations are counted.
    budget
        Most requests; ``None`` for no bound.
    desk
        Where the questions go if several computations share their batches;
        they are counted under the purpose of the lockstep then.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        demand: Demand,
        purpose: str,
        budget: int | None = None,
        desk: Desk | None = None,
    ) -> None:
        self.demand = demand
        self.requests = 0
        self._evaluator = evaluator
        self._purpose = purpose
        self._budget = budget
        self._desk = desk

    @property
    def left(self) -> float:
        """Requests still allowed."""
        return float("inf") if self._budget is None else self._budget - self.requests

    def ask(self, masks: Sequence[Mask]) -> Generator[None, None, list[Entry]]:
        """Answers to masks; yields after every batch of model calls."""
        self.requests += len(masks)
        if self._desk is not None:
            return (yield from self._desk.ask(masks))
        ticket = self._evaluator.submit(masks)
        while not ticket.done:
            self._evaluator.run_batch(ticket, self._purpose)
            yield
        return ticket.entries()

    def ask_alone(self, mask: Mask) -> Generator[None, None, Entry]:
        """The answer to one mask by itself, at batch size 1, never from the log."""
        self.requests += 1
        answer = self.demand.alone(self._evaluator, mask, self._purpose)
        yield
        return answer
