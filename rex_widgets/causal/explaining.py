"""From a finished search to an explanation, by the strategy that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rex_widgets.causal.complete import complete_strategy
from rex_widgets.causal.contrastive import contrastive_strategy
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.spatial import spatial_strategy
from rex_widgets.causal.spotlight import multi_strategy
from rex_widgets.causal.subject import Subject, Tell
from rex_widgets.causal.sufficient import global_strategy

BRACKETS = 60
"""Typical cost of finding a ranked prefix."""


@dataclass(frozen=True)
class Strategy:
    """How an explanation is made of a map.

    Attributes
    ----------
    work
        Explains; it starts afresh whenever it is called, and tells every better outcome.
    stage
        What a person reads while it works.
    cost
        Typical number of evaluations, for the share of work done.
    pair
        What it makes is necessary too, not only sufficient.
    """

    work: Callable[[Subject, Tell], Iterator[None]]
    stage: str
    cost: Callable[[CausalSettings], float]
    pair: bool = False


def _one(settings: CausalSettings) -> float:
    return settings.minimise_budget * 0.8 + BRACKETS


def _many(settings: CausalSettings) -> float:
    return _one(settings) * 2 + settings.spotlights * BRACKETS


def _both(settings: CausalSettings) -> float:
    return settings.minimise_budget + 3 * BRACKETS


STRATEGIES: Mapping[str, Strategy] = {
    "global": Strategy(global_strategy, "explaining", _one),
    "spatial": Strategy(spatial_strategy, "explaining inside a disc", _one),
    "multi": Strategy(multi_strategy, "spotlights", _many),
    "contrastive": Strategy(contrastive_strategy, "sufficient and necessary", _both, pair=True),
    "complete": Strategy(complete_strategy, "sufficient, necessary, complete", _both, pair=True),
}
"""By the names of `rex_widgets.causal.settings.STRATEGIES`."""
