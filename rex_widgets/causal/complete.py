"""Contrastive, plus the places that bring back the confidence of the whole input."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.causal.contrastive import contrastive_explanation
from rex_widgets.causal.extract import shortest_passing
from rex_widgets.causal.outcome import NONE_FOUND, Outcome
from rex_widgets.causal.pairs import rest_of
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.sufficient import trusted, verified
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, mask_of

DECIMALS = 2
"""Of the confidence that is to be that of the whole input."""

NOT_POSSIBLE = (
    "There is no complete explanation: the model's own answer for the whole {noun} is another "
    "class. Shown is the contrastive explanation."
)


@dataclass(frozen=True)
class SameConfidence(Demand):
    """The class with the given confidence, to `DECIMALS` decimals, neither less nor more."""

    def met(self, answer: Entry) -> bool:
        """Whether the confidence is the same when rounded."""
        same = round(answer.target, DECIMALS) == round(self.confidence, DECIMALS)
        return same and answer.given == self.target


def complete_strategy(subject: Subject, tell: Tell) -> Iterator[None]:
    """A contrastive explanation, then further places from the lowest rank up."""
    outcome = yield from contrastive_explanation(subject, tell)
    if outcome.stage == NONE_FOUND or not outcome.verified:
        tell(replace(outcome, complete=True))
        return
    tell(outcome)
    if not subject.whole_passes:
        tell(replace(outcome, message=NOT_POSSIBLE.format(noun=subject.bounds.noun), complete=True))
        return
    whole = subject.everything
    demand = SameConfidence(subject.demand.target, subject.target_confidence)
    mask = yield from _completed(subject, outcome.mask, demand)
    candidates = list({m.digest: m for m in (mask or whole, whole)}.values())
    found = yield from verified(subject, Outcome(mask or whole), candidates, demand)
    without = subject.evaluator.classify_alone(rest_of(found.mask), "verify")
    yield
    found = replace(found, without=subject.score(without))
    found = yield from trusted(subject, found)
    message = found.message
    if found.mask.digest == whole.digest:
        message = message or (
            f"Only the whole {subject.bounds.noun} has its confidence of "
            f"{subject.target_confidence:.2f}: the complete explanation is all of it."
        )
    parts = (*outcome.parts, found.part("complete"))
    tell(replace(found, message=message, parts=parts, complete=True))


def _completed(subject: Subject, base: Mask, demand: Demand) -> Generator[None, None, Mask | None]:
    """``base`` with the fewest places from the end of the ranking that meet the demand."""
    asker = Asker(subject.evaluator, demand, "complete")
    (answer,) = yield from asker.ask([base])
    if demand.met(answer):
        return base
    kept = base.array()
    others = subject.order[~kept.ravel()[subject.order]][::-1]

    def with_lowest(count: int) -> Mask:
        array = np.array(kept)
        array.reshape(-1)[others[:count]] = True
        return mask_of(array)

    if not len(others):
        return None
    step = subject.settings.resolution
    return (yield from shortest_passing(with_lowest, len(others), step, asker))
