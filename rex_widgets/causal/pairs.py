"""Sufficient and necessary: a mask is asked about together with the rest of the input."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, mask_of


def rest_of(mask: Mask) -> Mask:
    """What the input has besides the mask."""
    return mask_of(np.logical_not(mask.array()))


@dataclass(frozen=True)
class Both(Entry):
    """The answer to a mask, and ``without`` it: to the rest of the input.

    ``without`` is ``None`` where the mask failed already and the rest was not asked.
    """

    without: Entry | None = None

    @classmethod
    def of(cls, answer: Entry, without: Entry | None) -> Both:
        """Join two answers."""
        known = {f.name: getattr(answer, f.name) for f in fields(Entry)}
        return cls(**known, without=without)


@dataclass(frozen=True)
class PairDemand(Demand):
    """The mask must give the class with the confidence; the rest must not give the class.

    The confidence is asked of the sufficient half alone.
    """

    def met(self, answer: Entry) -> bool:
        """Whether both halves hold."""
        return super().met(answer) and self.necessary(answer)

    def slack(self, answer: Entry) -> float:
        """How far the weaker half is from failing (negative: how far from holding)."""
        without = _without(answer)
        if without is None:
            return super().slack(answer)
        return min(super().slack(answer), -without.margin(self.target))

    def sufficient(self, answer: Entry) -> bool:
        """Whether the mask by itself gives the class with the confidence."""
        return super().met(answer)

    def necessary(self, answer: Entry) -> bool:
        """Whether the rest was asked and does not give the class."""
        without = _without(answer)
        return without is not None and without.given != self.target

    def alone(self, evaluator: Evaluator, mask: Mask, purpose: str) -> Entry:
        """Both answers, each by itself."""
        answer = evaluator.classify_alone(mask, purpose)
        return Both.of(answer, evaluator.classify_alone(rest_of(mask), purpose))


class PairAsker(Asker):
    """Asks about masks and, of those that are sufficient, about the rest of the input.

    Every evaluation counts as a request, so that a budget buys about half as
    many pairs. ``nearest`` is the mask that came nearest to holding, with its
    answer, whether it holds or not.
    """

    demand: PairDemand
    nearest: tuple[Mask, Both] | None = None
    _rank: tuple[bool, float, int, bytes] | None = None

    @property
    def left(self) -> float:
        """Pairs still allowed."""
        return super().left / 2

    def ask(self, masks: Sequence[Mask]) -> Generator[None, None, list[Entry]]:
        """Answers to masks, each a `Both`."""
        answers = yield from super().ask(masks)
        open_ = [i for i, answer in enumerate(answers) if self.demand.sufficient(answer)]
        others = yield from super().ask([rest_of(masks[i]) for i in open_])
        rests = dict(zip(open_, others, strict=True))
        pairs: list[Entry] = []
        for index, (mask, answer) in enumerate(zip(masks, answers, strict=True)):
            pair = Both.of(answer, rests.get(index))
            self._remember(mask, pair)
            pairs.append(pair)
        return pairs

    def ask_alone(self, mask: Mask) -> Generator[None, None, Entry]:
        """Both answers, each by itself."""
        self.requests += 1
        return (yield from super().ask_alone(mask))

    def _remember(self, mask: Mask, pair: Both) -> None:
        # a mask of which one half holds is nearer than any of which none does
        lacking = not self.demand.sufficient(pair)
        rank = (lacking, -self.demand.slack(pair), mask.area, mask.digest)
        if self._rank is None or rank < self._rank:
            self._rank, self.nearest = rank, (mask, pair)


def _without(answer: Entry) -> Entry | None:
    return answer.without if isinstance(answer, Both) else None
