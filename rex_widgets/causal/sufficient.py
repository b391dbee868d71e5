"""A sufficient explanation: from masks that pass to a verified, irreducible one."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.causal.extract import ranked_prefix
from rex_widgets.causal.lockstep import Desk
from rex_widgets.causal.minimise import minimise
from rex_widgets.causal.outcome import (
    IRREDUCIBLE,
    NONE_FOUND,
    PREFIX,
    SMALLEST,
    VERIFIED,
    Outcome,
)
from rex_widgets.causal.pairs import Both
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.verify import first_verified, under_occlusions
from rex_widgets.masks import Mask, empty_mask

VERIFY_TRIES = 24
"""Masks of the way down that are tried alone, before the last resort."""

UNSTABLE = (
    "The model's answer depends on what else is in the batch, so that what passed in a batch "
    "does not pass alone. Is it in training mode?"
)


def global_strategy(subject: Subject, tell: Tell) -> Iterator[None]:
    """The ranked prefix and the smallest mutant, the better of them made irreducible."""
    outcome = yield from global_explanation(subject, tell)
    tell(replace(outcome, complete=True))


def global_explanation(
    subject: Subject, tell: Tell, desk: Desk | None = None
) -> Generator[None, None, Outcome]:
    """The explanation of the strategy "global", with its trust under other occlusions."""
    candidates = yield from _candidates(subject, desk)
    if not candidates:
        return Outcome(empty_mask(subject.shape), stage=NONE_FOUND)
    tell(smallest_of(candidates))
    settings = subject.settings
    asker = Asker(subject.evaluator, subject.demand, "minimise", settings.minimise_budget, desk)
    last = subject.everything if subject.whole_passes else None
    outcome = yield from settled(subject, candidates, asker, last)
    return (yield from trusted(subject, outcome))


def smallest_of(candidates: Sequence[Outcome]) -> Outcome:
    """The candidate with the least area; equal areas are decided by the digest."""
    return min(candidates, key=lambda c: (c.mask.area, c.mask.digest))


def settled(
    subject: Subject, candidates: Sequence[Outcome], asker: Asker, last: Mask | None
) -> Generator[None, None, Outcome]:
    """Make one of several passing masks irreducible, and verify it alone.

    Parameters
    ----------
    subject
        What is explained.
    candidates
        At least one mask that met the asker's demand.
    asker
        Asks within the budget of minimising; with a budget of 0 nothing is minimised.
    last
        The last resort if nothing on the way passes alone.

    Returns
    -------
    Outcome
        Verified, or with a message that says why not.
    """
    outcome = smallest_of(candidates)
    history = [candidate.mask for candidate in candidates]
    pair = asker.demand is not subject.demand
    if asker.left:
        result = yield from minimise(history, asker)
        history = [*history, *result.history]
        stage = IRREDUCIBLE if result.certificate.irreducible else outcome.stage
        certificate = subject.worded(result.certificate, pair)
        outcome = Outcome(result.mask, stage=stage, certificate=certificate)
    larger = sorted(
        (mask for mask in history if mask.area > outcome.mask.area), key=lambda m: m.area
    )
    masks = [outcome.mask, *larger[:VERIFY_TRIES], *([last] if last is not None else [])]
    return (yield from verified(subject, outcome, masks, asker.demand))


def verified(
    subject: Subject, outcome: Outcome, masks: Sequence[Mask], demand: Demand
) -> Generator[None, None, Outcome]:
    """``outcome`` with the first of ``masks`` that meets the demand alone."""
    checked = yield from first_verified(subject.evaluator, masks, demand)
    if checked is None:
        return replace(outcome, message=UNSTABLE)
    if checked.mask.digest != outcome.mask.digest:
        # a larger mask stands in for one that failed alone: nothing is proven of its size
        outcome = Outcome(checked.mask)
    without = checked.answer.without if isinstance(checked.answer, Both) else None
    return replace(
        outcome,
        confidence=checked.confidence,
        stage=VERIFIED,
        verified=True,
        without=None if without is None else subject.score(without),
    )


def trusted(subject: Subject, outcome: Outcome) -> Generator[None, None, Outcome]:
    """``outcome`` with its answers under other occlusions, if it is verified."""
    if not outcome.verified:
        return outcome
    occlusions = yield from under_occlusions(
        subject.evaluator, outcome.mask, subject.demand.target, subject.seed
    )
    return replace(outcome, occlusions=occlusions)


def _candidates(subject: Subject, desk: Desk | None) -> Generator[None, None, list[Outcome]]:
    """Passing masks to start from: the ranked prefix and the smallest mutant."""
    found: list[Outcome] = []
    search = subject.search
    if subject.ranking.any():
        asker = Asker(subject.evaluator, subject.demand, "extract", desk=desk)
        step = subject.settings.resolution
        prefix = yield from ranked_prefix(subject.order, subject.shape, step, asker)
        if prefix is not None:
            found.append(Outcome(prefix, stage=PREFIX))
    if search.smallest is not None:
        found.append(Outcome(search.smallest, search.smallest_confidence, stage=SMALLEST))
    if not found and subject.whole_passes:
        found.append(Outcome(subject.everything, stage=PREFIX))
    return found
