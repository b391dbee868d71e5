"""Checking an explanation alone, and under other masking values."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rex_widgets.causal.asking import Demand
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask
from rex_widgets.occlusion import MaskValue, background_of

TRUST: tuple[tuple[str, MaskValue], ...] = (("0", 0.0), ("mean", "mean"), ("blur", "blur"))
"""The three masking values under which every explanation is tried."""


@dataclass(frozen=True)
class Verified:
    """A mask with what it gave alone: ``answer``, and whether that ``passed``."""

    mask: Mask
    answer: Entry
    passed: bool

    @property
    def confidence(self) -> float:
        """Probability of the target."""
        return self.answer.target


def verify_alone(
    evaluator: Evaluator, mask: Mask, demand: Demand, purpose: str = "verify"
) -> Verified:
    """Classify a mask again, alone, at batch size 1, past the evaluation log."""
    answer = demand.alone(evaluator, mask, purpose)
    return Verified(mask, answer, demand.met(answer))


def first_verified(
    evaluator: Evaluator, masks: Sequence[Mask], demand: Demand
) -> Generator[None, None, Verified | None]:
    """The first of several masks (smallest first) that passes alone."""
    for mask in masks:
        result = verify_alone(evaluator, mask, demand)
        yield
        if result.passed:
            return result
    return None


def under_occlusions(
    evaluator: Evaluator, mask: Mask, target: int, seed: int
) -> Generator[None, None, dict[str, bool]]:
    """Whether the mask gives the class under each occlusion of `TRUST`."""
    found: dict[str, bool] = {}
    for name, value in TRUST:
        background = background_of(value, evaluator.data, seed)
        found[name] = evaluator.classify_alone(mask, "verify", background).given == target
        yield
    return found
