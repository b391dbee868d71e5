"""An explanation inside one disc (interval, ball) around the highest responsibility."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from rex_widgets.causal.asking import Asker
from rex_widgets.causal.disc import Place, growing_discs
from rex_widgets.causal.extract import GRID, ranked_prefix
from rex_widgets.causal.lockstep import Desk
from rex_widgets.causal.outcome import NONE_FOUND, PREFIX, Outcome
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.sufficient import settled, trusted
from rex_widgets.masks import Mask, empty_mask

AT_ONCE = 4
"""Radii asked at once; a constant, so that the batch size cannot change which disc is taken."""


def spatial_strategy(subject: Subject, tell: Tell) -> Iterator[None]:
    """Grow a disc until it suffices, then explain inside it; nothing outside is ever shown."""
    asker = Asker(subject.evaluator, subject.demand, "extract")
    disc = yield from sufficient_disc(subject, highest(subject), asker)
    if disc is None:
        tell(Outcome(empty_mask(subject.shape), stage=NONE_FOUND, complete=True))
        return
    tell(Outcome(disc, stage=PREFIX))
    budget = subject.settings.minimise_budget
    outcome = yield from explained_inside(subject, disc, budget)
    outcome = yield from trusted(subject, outcome)
    tell(replace(outcome, complete=True))


def highest(subject: Subject) -> Place:
    """The place of highest responsibility; among equals the one that ranks first."""
    values = subject.responsibility.ravel()[subject.order]
    flat = subject.order[int(values.argmax())]
    return tuple(int(i) for i in np.unravel_index(flat, subject.shape))


def sufficient_disc(
    subject: Subject, centre: Place, asker: Asker
) -> Generator[None, None, Mask | None]:
    """The first of the growing discs that passes; ``None`` if not even the whole input does."""
    settings = subject.settings
    discs = growing_discs(
        centre,
        settings.spatial_initial_radius,
        settings.spatial_radius_eta,
        subject.shape,
        bounds=subject.bounds,
    )
    while masks := list(islice(discs, AT_ONCE)):
        answers = yield from asker.ask(masks)
        for mask, answer in zip(masks, answers, strict=True):
            if asker.demand.met(answer):
                return mask
    # in a batch the whole input may miss its own confidence by rounding
    return subject.everything if subject.whole_passes else None


def explained_inside(
    subject: Subject, disc: Mask, budget: int, desk: Desk | None = None, at_once: int = GRID
) -> Generator[None, None, Outcome]:
    """The ranked prefix inside a passing disc, made irreducible and verified."""
    evaluator, demand = subject.evaluator, subject.demand
    order = subject.order[disc.array().ravel()[subject.order]]
    asker = Asker(evaluator, demand, "extract", desk=desk)
    step = subject.settings.resolution
    prefix = yield from ranked_prefix(order, subject.shape, step, asker, at_once)
    start = Outcome(disc if prefix is None else prefix, stage=PREFIX)
    asker = Asker(evaluator, demand, "minimise", budget, desk)
    return (yield from settled(subject, [start], asker, disc))
