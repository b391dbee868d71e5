"""The order in which a map ranks the places of an input: extraction and curves share it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def rank_pixels(ranking: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order pixels by a map, highest first.

    Ties are common, since maps are piecewise constant; they are ordered by the
    distance to the map's weighted centre, then by index.

    Parameters
    ----------
    ranking
        ``(L,)``, ``(H, W)`` or ``(D1, D2, D3)``; where it is negative it does
        not pull at the centre.

    Returns
    -------
    ndarray
        Flat indices, one per pixel, voxel or sample.
    """
    weight = np.maximum(ranking, 0)
    total = weight.sum()
    weight = weight / total if total > 0 else np.full(ranking.shape, 1 / ranking.size)
    distance: NDArray[np.float64] = np.zeros(ranking.shape)
    for axis, length in enumerate(ranking.shape):
        places = np.arange(length).reshape([-1 if a == axis else 1 for a in range(ranking.ndim)])
        distance = distance + (places - (weight * places).sum()) ** 2
    return np.lexsort((distance.ravel(), -ranking.ravel()))


def lower_quantile(values: NDArray[Any], quantile: float) -> Any:
    """Return one of the values: rank ``floor(quantile × (n − 1))``, counted from 0 at the smallest.

    At 0.5 it is the lower of the two middle values, as ``torch.median`` has it. The front end finds
    the same rank in the same way; numpy's quantiles of float32 arrays round the rank otherwise.

    Parameters
    ----------
    values : float array
        Any shape, at least one value, finite.
    quantile : float
        0 to 1.

    Returns
    -------
    scalar
        Of the array's own type.
    """
    flat = np.asarray(values).ravel()
    rank = math.floor(float(quantile) * (flat.size - 1))
    return np.partition(flat, rank)[rank]
