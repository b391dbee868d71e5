"""Regions of small models of every kind, and the rule that everything they saw must obey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.verify import TRUST
from rex_widgets.masks import full_mask
from rex_widgets.occlusion import background_of
from tests.synthetic import RegionClassifier, Synthetic
from tests.synthetic_kinds import BallModel, RowRule, SpikeModel

SQUARE = (10, 18, 12, 20)
"""Rows and columns that the model of pictures looks at."""

Case = tuple[Any, NDArray[np.float32], NDArray[np.bool_]]


def square_model(**options: Any) -> RegionClassifier:
    """Class 1 where half of `SQUARE` is bright."""
    return RegionClassifier((28, 30), [[SQUARE]], **{"need": 0.4, **options})


def ragged(shape: tuple[int, ...], around: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """A region with holes and no straight border that holds all of ``around``."""
    generator = np.random.default_rng([5, seed])
    noise = generator.random(shape) < 0.35
    middle = np.argwhere(around).mean(axis=0)
    axes = zip(np.indices(shape), middle, shape, strict=True)
    far = sum(((axis - m) / n) ** 2 for axis, m, n in axes)
    return np.asarray(around | (noise & (far < 0.12)), np.bool_)


def case(kind: str) -> Case:
    """A model, its input, and a region that holds what it looks at."""
    if kind == "image":
        model: Any = square_model()
        data = model.picture()
        truth = data[0] > 0.5
    else:
        made = {
            "signal": lambda: SpikeModel(90, 50, 60),
            "table": lambda: RowRule(14, (3, 8)),
            "volume": lambda: BallModel((8, 7, 6), (4, 3, 2), 2.0),
        }
        model = made[kind]()
        data, truth = model.data(), model.truth()
    return model, data, ragged(data.shape[1:], truth, 1)


def shown_outside(
    model: Synthetic, data: NDArray[np.float32], region: NDArray[np.bool_]
) -> dict[str, int]:
    """What the model saw outside a region: how many inputs were hidden, visible, or else there.

    Hidden is any of the backgrounds that a run tries, of mask_value 0.
    """
    outside = ~region
    backgrounds = [
        np.broadcast_to(background_of(value, data)(full_mask(region.shape)), data.shape)
        for _, value in TRUST
    ]
    counts = {"hidden": 0, "visible": 0, "else": 0}
    for content, times in model.seen.items():
        row = np.frombuffer(content, np.float32).reshape(data.shape)
        there = row[:, outside]
        if np.array_equal(there, data[:, outside]):
            counts["visible"] += times
        elif any(np.array_equal(there, b[:, outside]) for b in backgrounds):
            counts["hidden"] += times
        else:
            counts["else"] += times
    return counts
