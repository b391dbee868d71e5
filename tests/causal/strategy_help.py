"""Runs of every strategy over small models of every kind of input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.api import Run, start
from rex_widgets.results import Explanation
from tests.synthetic import bits_of
from tests.synthetic_kinds import sample_of_kind

FAST: dict[str, Any] = {
    "seed": 0,
    "iters": 6,
    "batch_size": 16,
    "min_box_size": 4,
    "minimise_budget": 200,
    "spatial_initial_radius": 3,
    "spotlight_size": 3,
    "spotlights": 5,
}


def run_on(model: Any, data: NDArray[np.float32], strategy: str, **options: Any) -> Run:
    """A run that has done nothing yet."""
    sample = sample_of_kind(data, model.preprocessing.kind)
    return start(sample, model, **{**FAST, "strategy": strategy, **options})


def explained(model: Any, data: NDArray[np.float32], strategy: str, **options: Any) -> Explanation:
    """A finished explanation."""
    run = run_on(model, data, strategy, **options)
    for _ in run:
        pass
    return run.result()


def given(model: Any, data: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[int, float]:
    """The class and its probability when only the mask is shown, asked of the model directly."""
    shown = np.where(mask, data, 0).astype(np.float64)
    probabilities = model.row(shown).astype(np.float32)
    best = int(probabilities.argmax())
    return best, float(probabilities[best])


def all_bits(result: Explanation) -> tuple[Any, ...]:
    """What has to be equal in two runs that are said to be equal, parts included."""
    parts = tuple(
        (p.name, p.mask.tobytes(), p.confidence, p.area, p.verified, p.certificate, p.without)
        for p in result.parts
    )
    return (*bits_of(result), result.strategy, parts)


def cells(mask: NDArray[np.bool_], cell: int) -> list[NDArray[np.bool_]]:
    """The mask without each of its cells of a fixed grid, one at a time."""
    numbers = np.zeros(mask.shape, np.int64)
    for axis, places in enumerate(np.indices(mask.shape)):
        numbers = numbers * -(-mask.shape[axis] // cell) + places // cell
    return [mask & (numbers != n) for n in np.unique(numbers[mask])]
