"""RELAX's importance and uncertainty by loops over masks and places, in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def west(
    masks: NDArray[np.floating], similarities: NDArray[np.float64], initial_weight: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, running mean, and running sum of squares (not divided), as METHODS has them."""
    shape = masks.shape[1:]
    weights, mean, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for place in np.ndindex(shape):
        w, r, u = float(initial_weight), 0.0, 0.0
        for mask, s in zip(masks, similarities, strict=True):
            m = float(mask[place])
            if w + m == 0:
                continue
            w = w + m
            new = r + m * (float(s) - r) / w
            u = u + m * (float(s) - r) * (float(s) - new)
            r = new
        weights[place], mean[place], squares[place] = w, r, u
    return weights, mean, squares
