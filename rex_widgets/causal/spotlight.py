"""Several explanations: the global one, and searches from random places, all in lockstep."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import numpy as np

from rex_widgets.causal.asking import Asker
from rex_widgets.causal.disc import Place, growing_discs, uphill
from rex_widgets.causal.lockstep import Desk, in_lockstep
from rex_widgets.causal.outcome import NONE_FOUND, Outcome
from rex_widgets.causal.spatial import explained_inside
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.sufficient import global_explanation
from rex_widgets.masks import Mask, empty_mask

AT_ONCE = 5
"""Prefixes that one spotlight tries at a time: together they fill the batches anyway."""

STREAM = 5
"""Part of the seed: spotlights draw from a stream of their own."""


def multi_strategy(subject: Subject, tell: Tell) -> Iterator[None]:
    """Find up to ``spotlights`` explanations, every one verified alone."""
    found: dict[int, Outcome] = {}
    asked = subject.settings.spotlights

    def one(number: int, desk: Desk) -> Iterator[None]:
        if number == 1:
            outcome = yield from global_explanation(subject, lambda outcome: None, desk)
            if outcome.stage == NONE_FOUND:
                return
        else:
            spotlight = yield from _spotlight(subject, number, desk)
            if spotlight is None or not spotlight.verified:
                return
            outcome = spotlight
        found[number] = outcome
        tell(_joined(found))

    desks = [Desk() for _ in range(asked)]
    computations = [(desk, one(number, desk)) for number, desk in enumerate(desks, 1)]
    yield from in_lockstep(computations, subject.evaluator, "spotlights")
    if not found:
        tell(Outcome(empty_mask(subject.shape), stage=NONE_FOUND, complete=True))
        return
    outcome = _joined(found)
    message = outcome.message or _words(asked, len(found), len(outcome.parts))
    tell(replace(outcome, message=message, complete=True))


def _joined(found: dict[int, Outcome]) -> Outcome:
    """All that was found so far: the first one leads; of equal masks the first stays."""
    parts: dict[bytes, tuple[int, Outcome]] = {}
    for number in sorted(found):
        parts.setdefault(found[number].mask.digest, (number, found[number]))
    named = [outcome.part(f"spotlight {number}") for number, outcome in parts.values()]
    return replace(found[min(found)], parts=tuple(named))


def _words(asked: int, found: int, different: int) -> str:
    words = f"{different} of {asked} spotlights found an explanation of their own"
    if asked > found:
        words += f"; {asked - found} found none"
    if found > different:
        words += f"; {found - different} ended at the same mask as another"
    return words + "."


def _spotlight(subject: Subject, number: int, desk: Desk) -> Generator[None, None, Outcome | None]:
    """One spatial search from a random place; ``None`` if it never succeeds."""
    settings = subject.settings
    generator = np.random.default_rng([subject.seed, STREAM, number])
    asker = Asker(subject.evaluator, subject.demand, "extract", desk=desk)
    place = subject.bounds.random_place(generator)
    for _ in range(settings.max_spotlight_budget):
        disc = yield from _smallest_disc(subject, place, asker)
        if disc is not None:
            budget = settings.minimise_budget // settings.spotlights
            return (yield from explained_inside(subject, disc, budget, desk, AT_ONCE))
        place = _next_place(generator, subject, place)
    return None


def _smallest_disc(
    subject: Subject, place: Place, asker: Asker
) -> Generator[None, None, Mask | None]:
    """The smallest passing disc at a place; all its radii are asked at once."""
    settings = subject.settings
    size, eta, count = settings.spotlight_size, settings.spotlight_eta, settings.no_expansions
    discs = list(growing_discs(place, size, eta, subject.shape, count, subject.bounds))
    answers = yield from asker.ask(discs)
    for disc, answer in zip(discs, answers, strict=True):
        if asker.demand.met(answer):
            return disc
    return None


def _next_place(generator: np.random.Generator, subject: Subject, place: Place) -> Place:
    """Uphill, or a jump where there is no objective or nothing higher."""
    settings = subject.settings
    objective = settings.spotlight_objective_function
    if objective != "none":
        size, step = settings.spotlight_size, settings.spotlight_step
        higher = uphill(subject.responsibility, place, size, step, objective)
        if higher is not None:
            return higher
    return subject.bounds.random_place(generator)
