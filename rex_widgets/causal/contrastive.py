"""Sufficient and necessary: what is kept gives the target, and the rest does not."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

from rex_widgets.causal.asking import Asker
from rex_widgets.causal.extract import ranked_prefix
from rex_widgets.causal.outcome import NONE_FOUND, PREFIX, SMALLEST, Outcome
from rex_widgets.causal.pairs import PairAsker, PairDemand
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.sufficient import settled, trusted, verified

SUFFICIENT_SHARE = 3
"""The sufficient part inside gets one evaluation of this many of the budget, besides it."""


def contrastive_strategy(subject: Subject, tell: Tell) -> Iterator[None]:
    """Find a mask that is sufficient and necessary, or say which half failed."""
    outcome = yield from contrastive_explanation(subject, tell)
    tell(replace(outcome, complete=True))


def pair_demand(subject: Subject) -> PairDemand:
    """Both halves; the asked confidence is of the sufficient one."""
    return PairDemand(subject.demand.target, subject.demand.confidence)


def contrastive_explanation(subject: Subject, tell: Tell) -> Generator[None, None, Outcome]:
    """A verified mask with its part that is merely sufficient, or the nearest miss.

    Prefixes of the ranking are bracketed by both conditions at once; the whole
    input, the longest of them, always holds if it gives the target and the
    empty input does not. The result is minimised for both: with any cell
    removed, one of the halves is lost.
    """
    demand = pair_demand(subject)
    asker = PairAsker(subject.evaluator, demand, "extract")
    step = subject.settings.resolution
    candidates: list[Outcome] = []
    prefix = yield from ranked_prefix(subject.order, subject.shape, step, asker)
    if prefix is not None:
        candidates.append(Outcome(prefix, stage=PREFIX))
    smallest = subject.search.smallest
    if smallest is not None:
        (answer,) = yield from asker.ask([smallest])
        if demand.met(answer):
            candidates.append(Outcome(smallest, answer.target, stage=SMALLEST))
    if not candidates and subject.whole_passes:
        # in a batch the whole input may miss its own confidence by rounding
        whole = subject.everything
        answer = yield from asker.ask_alone(whole)
        if demand.met(answer):
            candidates.append(Outcome(whole, answer.target, stage=PREFIX))
    if not candidates:
        return _near_miss(subject, asker)
    tell(candidates[0])
    budget = subject.settings.minimise_budget
    minimiser = PairAsker(subject.evaluator, demand, "minimise", budget)
    last = subject.everything if subject.whole_passes else None
    outcome = yield from settled(subject, candidates, minimiser, last)
    outcome = yield from trusted(subject, outcome)
    outcome = replace(outcome, parts=(outcome.part("contrastive"),))
    tell(outcome)
    sufficient = yield from _sufficient_inside(subject, outcome)
    return replace(outcome, parts=(sufficient.part("sufficient"), *outcome.parts))


def early_contrastive(subject: Subject) -> Generator[None, None, Outcome | None]:
    """The shortest prefix that is sufficient and necessary, verified but not minimised.

    It is shown while the search goes on; the final explanation does not depend on it.
    """
    asker = PairAsker(subject.evaluator, pair_demand(subject), "early answer")
    step = subject.settings.resolution
    prefix = yield from ranked_prefix(subject.order, subject.shape, step, asker)
    if prefix is None:
        return None
    outcome = yield from verified(subject, Outcome(prefix), [prefix], asker.demand)
    if not outcome.verified:
        return None
    outcome = replace(outcome, stage=PREFIX)
    return replace(outcome, parts=(outcome.part("contrastive"),))


def _sufficient_inside(subject: Subject, outcome: Outcome) -> Generator[None, None, Outcome]:
    """The part of a contrastive explanation that is enough to give the target."""
    evaluator, demand = subject.evaluator, subject.demand
    order = subject.order[outcome.mask.array().ravel()[subject.order]]
    asker = Asker(evaluator, demand, "extract")
    prefix = yield from ranked_prefix(order, subject.shape, subject.settings.resolution, asker)
    start = Outcome(outcome.mask if prefix is None else prefix, stage=PREFIX)
    budget = subject.settings.minimise_budget // SUFFICIENT_SHARE
    asker = Asker(evaluator, demand, "minimise", budget)
    return (yield from settled(subject, [start], asker, outcome.mask))


def _near_miss(subject: Subject, asker: PairAsker) -> Outcome:
    """What came nearest to holding, and the half that it fails."""
    assert asker.nearest is not None
    mask, pair = asker.nearest
    label = subject.evaluator.classifier.label(subject.demand.target)
    if pair.without is None:
        answer = subject.score(pair)
        message = (
            f"The sufficient half failed: no part that was tried gives {label!r} with the asked "
            f"confidence {subject.bounds.by_itself}. Shown is the nearest miss, for which the "
            f"model answers {answer.label!r} ({label!r} has {pair.target:.3f})."
        )
        without = None
    else:
        without = subject.score(pair.without)
        message = (
            f"The necessary half failed: without each sufficient part that was tried, the model "
            f"still answers {label!r}. Shown is the nearest miss; without it {label!r} has "
            f"{without.confidence:.3f}."
        )
    miss = Outcome(mask, pair.target, stage=NONE_FOUND, message=message, without=without)
    return replace(miss, parts=(miss.part("contrastive"),))
