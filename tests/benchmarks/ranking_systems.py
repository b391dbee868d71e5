"""The rankings that are compared: ours by name, the peer's, RISE, and shap's Partition explainer.

Each gives its map after so many evaluations of the model, as near as it can come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets import start
from tests.benchmarks.alone import BATCH, Judge
from tests.benchmarks.peer import BATCHED, Peer

SEED = 0
Map = NDArray[np.float64]
Found = tuple[int, int, Map]
"""Budget, evaluations that were made, map."""

OWN = {
    "adaptive (default)": {"ranking": "adaptive"},
    "adaptive, 200 masks a tree": {"ranking": "adaptive", "ranking_masks": 200},
    "product": {"ranking": "product", "ranking_masks": 100},
    "contrast": {"ranking": "contrast"},
    "responsibility": {"ranking": "responsibility"},
}


@dataclass(frozen=True)
class Case:
    """One photograph for one model: everything that a system needs to know."""

    png: Path
    onnx: Path
    judge: Judge
    data: NDArray[np.float32]
    target: int

    def confidences(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """The target's probability for inputs ``(N, 3, H, W)`` that are masked already."""
        rows = []
        for first in range(0, len(inputs), BATCH):
            batch = inputs[first : first + BATCH]
            shown = np.ones((len(batch), *batch.shape[2:]), np.bool_)
            rows.append(self.judge.probabilities(batch, shown)[:, self.target])
        return np.concatenate(rows)


def own(case: Case, options: dict[str, Any], budgets: Sequence[int]) -> Iterator[Found]:
    """Ours: trees are added one after the other until the budget is reached."""
    run = start(case.png, case.onnx, iters=1, seed=SEED, no_extract=True, **options)
    for budget in budgets:
        while True:
            for _ in run:
                pass
            found = run.result()
            if found.evaluations >= budget:
                break
            run.extend(iters=1)
        assert found.ranking is not None
        yield budget, int(found.evaluations), found.ranking.astype(np.float64)


def peer(case: Case, other: Peer, budgets: Sequence[int]) -> Iterator[Found]:
    """rex-xai, batch 64 and additive, with as many iterations as come near the budget."""
    first = other.explain(case.png, BATCHED, SEED, 20)
    each = first.search_evaluations / 20
    for budget in budgets:
        answer = other.explain(case.png, BATCHED, SEED, max(1, round(budget / each)))
        yield budget, answer.search_evaluations, answer.map.astype(np.float64)


def rise(case: Case, budgets: Sequence[int], cells: int = 7) -> Iterator[Found]:
    """RISE as published (Petsiuk et al. 2018): 7×7 cells, p 1/2, linear, shifted by a cell."""
    from skimage.transform import resize

    generator = np.random.default_rng(SEED)
    height, width = case.data.shape[1:]
    tall, wide = -(-height // cells), -(-width // cells)
    sums, shown, done = np.zeros((height, width)), np.zeros((height, width)), 0
    for budget in sorted(budgets):
        while done < budget:
            masks = np.empty((min(BATCH, budget - done), height, width))
            for mask in masks:
                grid = (generator.random((cells, cells)) < 0.5).astype(np.float64)
                large = resize(grid, ((cells + 1) * tall, (cells + 1) * wide), order=1)
                row, column = generator.integers(tall), generator.integers(wide)
                mask[:] = large[row : row + height, column : column + width]
            scores = case.confidences((case.data * masks[:, None]).astype(np.float32))
            sums += np.tensordot(scores, masks, axes=1)
            shown += masks.sum(axis=0)
            done += len(masks)
        yield budget, done, sums / np.maximum(shown, 1e-9)


def partition(case: Case, budgets: Sequence[int]) -> Iterator[Found]:
    """shap's Partition explainer; hidden pixels are 0 (its blur needs OpenCV)."""
    import shap

    data = case.data.transpose(1, 2, 0)
    for budget in budgets:
        asked = 0

        def model(inputs: Any) -> NDArray[np.float64]:
            nonlocal asked
            batch = np.ascontiguousarray(np.asarray(inputs, np.float32).transpose(0, 3, 1, 2))
            asked += len(batch)
            return case.confidences(batch)[:, None]

        masker = shap.maskers.Image(np.zeros(data.shape, np.float32), data.shape)
        explainer = shap.PartitionExplainer(model, masker)
        values = explainer(data[None], max_evals=budget, batch_size=50, silent=True).values
        yield budget, asked, np.asarray(values)[0, ..., 0].sum(axis=2)


def systems(other: Peer | None) -> dict[str, Callable[[Case, Sequence[int]], Iterator[Found]]]:
    """All systems by the names of the tables; without a peer its rows are left out."""

    def of_ours(options: dict[str, Any]) -> Callable[[Case, Sequence[int]], Iterator[Found]]:
        return lambda case, budgets: own(case, options, budgets)

    named = {name: of_ours(options) for name, options in OWN.items()}
    named["RISE"] = rise
    named["shap Partition"] = partition
    if other is not None:
        named["rex-xai"] = lambda case, budgets: peer(case, other, budgets)
    return named
