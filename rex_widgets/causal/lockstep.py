"""Several computations side by side, so that one batch holds the open question of each.

A computation lays its question on its desk and waits; when every computation
waits, all questions go to the evaluator as one ticket. What a computation gets
does not depend on the others, so neither their number nor the batch size
changes what it finds.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask


class Desk:
    """Where one computation lays its question and finds the answers.

    ``question`` is what it waits for, or ``None``.
    """

    def __init__(self) -> None:
        self.question: Sequence[Mask] | None = None
        self._answers: list[Entry] = []

    def ask(self, masks: Sequence[Mask]) -> Generator[None, None, list[Entry]]:
        """Lay down a question; yields until `answer` was called."""
        self.question = masks
        while self.waiting():
            yield
        return self._answers

    def waiting(self) -> bool:
        """Whether a question lies here."""
        return self.question is not None

    def answer(self, answers: list[Entry]) -> None:
        """Answer the question that lies here."""
        self.question, self._answers = None, answers


Computation = tuple[Desk, Iterator[None]]
"""A generator with the desk at which it asks."""


def in_lockstep(
    computations: Sequence[Computation], evaluator: Evaluator, purpose: str
) -> Iterator[None]:
    """Drive computations to their ends; yields after every batch of model calls.

    A computation may also call the model by itself (to classify a mask alone)
    and yield, which is a border like any other.

    Parameters
    ----------
    computations
        Each with a desk of its own.
    evaluator
        Answers all questions.
    purpose
        Under which the evaluations are counted.
    """
    running = list(computations)
    while running:
        for desk, steps in list(running):
            while not desk.waiting():
                try:
                    next(steps)
                except StopIteration:
                    running.remove((desk, steps))
                    break
                if not desk.waiting():
                    yield
        yield from _round([desk for desk, _ in running], evaluator, purpose)


def _round(desks: Sequence[Desk], evaluator: Evaluator, purpose: str) -> Iterator[None]:
    questions = [desk.question or () for desk in desks]
    ticket = evaluator.submit([mask for question in questions for mask in question])
    while not ticket.done:
        evaluator.run_batch(ticket, purpose)
        yield
    start = 0
    for desk, question in zip(desks, questions, strict=True):
        end = start + len(question)
        desk.answer(ticket.slice(start, end))
        start = end
