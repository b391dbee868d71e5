"""What the tests of extraction and minimising share: an asker over a synthetic classifier."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, mask_of
from rex_widgets.occlusion import background_of

T = TypeVar("T")


def finish(steps: Generator[None, None, T]) -> T:
    """Run a stage to its end and give what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value


def asker_for(
    classifier: Any,
    data: NDArray[np.float32],
    *,
    target: int = 1,
    confidence: float = 0.0,
    budget: int | None = None,
    batch_size: int = 64,
) -> Asker:
    evaluator = Evaluator(classifier, data, background_of(0.0, data), batch_size=batch_size)
    evaluator.target = target
    return Asker(evaluator, Demand(target, confidence), "test", budget)


def passes(
    classifier: Any,
    data: NDArray[np.float32],
    mask: Mask | NDArray[np.bool_],
    target: int = 1,
    confidence: float = 0.0,
) -> bool:
    """Whether a mask gives the target, asked of the model directly."""
    visible = mask.array() if isinstance(mask, Mask) else mask
    shown = np.where(visible, data, 0).astype(np.float64)
    probabilities = classifier.row(shown).astype(np.float32)
    return int(probabilities.argmax()) == target and float(probabilities[target]) >= confidence


def without_cell(mask: NDArray[np.bool_], row: int, column: int, cell: int) -> NDArray[np.bool_]:
    rest = mask.copy()
    rest[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = False
    return rest


def mask_from(rows: list[str]) -> Mask:
    """A mask drawn as text: '#' is kept."""
    return mask_of(np.array([[sign == "#" for sign in row] for row in rows]))
