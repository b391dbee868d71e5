"""What a ranking is worth: insertion and deletion areas and its shortest passing prefixes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.extract import rank_pixels
from tests.benchmarks.alone import Judge

POINTS = 56
"""Intervals of the curves: every 896 pixels of 224×224."""

FINE = np.concatenate(
    [np.arange(0.001, 0.02, 0.001), np.arange(0.02, 0.1, 0.0025), np.geomspace(0.1, 1, 24)]
)
"""Shares of the image at which prefixes are tried."""

COLUMNS = ("insertion", "deletion", "prefix at 0", "at 0.5")


@dataclass(frozen=True)
class Worth:
    """Areas under the curves, divided by the target's confidence, and prefixes as shares."""

    insertion: float
    deletion: float
    prefix: float
    half: float

    def row(self) -> tuple[float, ...]:
        """In the order of `COLUMNS`."""
        return self.insertion, self.deletion, self.prefix, self.half


def worth(
    judge: Judge, data: NDArray[np.float32], ranking: NDArray[np.float64], target: int
) -> Worth:
    """Measure one ranking of one photograph."""
    from scipy.integrate import simpson

    order = rank_pixels(ranking)
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    rank = rank.reshape(ranking.shape)
    whole = judge.probabilities(data, np.ones((1, *ranking.shape), np.bool_))[0, target]
    counts = np.round(np.linspace(0, order.size, POINTS + 1)).astype(np.int64)
    added = judge.probabilities(data, rank < counts[:, None, None])[:, target]
    taken = judge.probabilities(data, rank >= counts[:, None, None])[:, target]
    unit = whole * order.size
    lengths = np.unique(np.maximum(1, np.round(FINE * order.size).astype(np.int64)))
    shown = judge.probabilities(data, rank < lengths[:, None, None])
    passes = shown.argmax(axis=1) == target
    shares = []
    for threshold in (0.0, 0.5):
        enough = passes & (shown[:, target] >= threshold * whole)
        shares.append(float(lengths[int(enough.argmax())] / order.size) if enough.any() else 1.0)
    return Worth(
        float(simpson(added, x=counts) / unit), float(simpson(taken, x=counts) / unit), *shares
    )
