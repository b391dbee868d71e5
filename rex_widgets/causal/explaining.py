"""From a finished search to a verified, irreducible explanation."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.causal.extract import rank_pixels, ranked_prefix
from rex_widgets.causal.minimise import minimise
from rex_widgets.causal.outcome import (
    IRREDUCIBLE,
    NONE_FOUND,
    PREFIX,
    SMALLEST,
    VERIFIED,
    Outcome,
)
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.verify import first_verified, under_occlusions
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, empty_mask, full_mask

VERIFY_TRIES = 24
"""Masks of the way down that are tried alone, before the whole input."""

UNSTABLE = (
    "The model's answer depends on what else is in the batch, so that what passed in a batch "
    "does not pass alone. Is it in training mode?"
)

Tell = Callable[[Outcome], None]


class Explaining:
    """The stages after the search; every one of them starts afresh.

    Parameters
    ----------
    evaluator, settings, search
        Of the run; the search gives the map and the smallest passing mutant.
    demand
        What an explanation must give.
    whole_passes
        The whole input gives the target (false for a class that is not the
        model's own answer).
    seed
        Of the run.
    tell
        Called with every better outcome.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        settings: CausalSettings,
        search: Search,
        demand: Demand,
        whole_passes: bool,
        seed: int,
        tell: Tell,
    ) -> None:
        self._evaluator = evaluator
        self._settings = settings
        self._search = search
        self._demand = demand
        self._whole_passes = whole_passes
        self._seed = seed
        self._tell = tell

    def work(self) -> Iterator[None]:
        """Extract, minimise and verify; yields after every batch of model calls."""
        candidates = yield from self._candidates()
        if not candidates:
            self._tell(Outcome(empty_mask(self._search.shape), stage=NONE_FOUND))
            return
        start = min(candidates, key=lambda c: (c.mask.area, c.mask.digest))
        self._tell(start)
        history = [candidate.mask for candidate in candidates]
        outcome = start
        if self._settings.minimise_budget:
            asker = Asker(self._evaluator, self._demand, "minimise", self._settings.minimise_budget)
            result = yield from minimise([c.mask for c in candidates], asker)
            history += result.history
            stage = IRREDUCIBLE if result.certificate.irreducible else start.stage
            outcome = Outcome(result.mask, stage=stage, certificate=result.certificate)
        yield from self._verify(outcome, history)

    def _candidates(self) -> Generator[None, None, list[Outcome]]:
        """Passing masks to start from: the ranked prefix and the smallest mutant."""
        shape = self._search.shape
        found: list[Outcome] = []
        ranking = self._search.ranking()
        if ranking.any():
            asker = Asker(self._evaluator, self._demand, "extract")
            order = rank_pixels(ranking)
            prefix = yield from ranked_prefix(order, shape, self._settings.resolution, asker)
            if prefix is not None:
                found.append(Outcome(prefix, stage=PREFIX))
        if self._search.smallest is not None:
            confidence = self._search.smallest_confidence
            found.append(Outcome(self._search.smallest, confidence, stage=SMALLEST))
        if not found and self._whole_passes:
            found.append(Outcome(full_mask(shape), stage=PREFIX))
        return found

    def _verify(self, outcome: Outcome, history: list[Mask]) -> Iterator[None]:
        larger = sorted(
            (mask for mask in history if mask.area > outcome.mask.area), key=lambda m: m.area
        )
        masks = [outcome.mask, *larger[:VERIFY_TRIES]]
        if self._whole_passes:
            masks.append(full_mask(self._search.shape))
        checked = yield from first_verified(self._evaluator, masks, self._demand)
        if checked is None:
            self._tell(replace(outcome, message=UNSTABLE))
            return
        if checked.mask.digest != outcome.mask.digest:
            # a larger mask stands in for one that failed alone: nothing is proven of its size
            outcome = Outcome(checked.mask, stage=VERIFIED)
        occlusions = yield from under_occlusions(
            self._evaluator, checked.mask, self._demand.target, self._seed
        )
        self._tell(
            replace(
                outcome,
                confidence=checked.confidence,
                stage=VERIFIED,
                verified=True,
                occlusions=occlusions,
            )
        )
