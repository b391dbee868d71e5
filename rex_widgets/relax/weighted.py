"""Weighted sums of similarities at every place, which can be put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Weighted:
    """What some masks say of every place; float64 ``(*space)`` each.

    Attributes
    ----------
    weights
        Σ m.
    mean
        Σ m s / Σ m, the importance.
    squares
        Σ m (s - mean)², the uncertainty before it is divided.
    """

    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]

    @property
    def variance(self) -> NDArray[np.float64]:
        """The uncertainty, squares / weights; 0 where nothing has any weight."""
        empty = self.weights <= 0
        return np.where(empty, 0.0, self.squares / np.where(empty, 1.0, self.weights))


def of_batch(masks: NDArray[np.float32], similarities: NDArray[np.float64]) -> Weighted:
    """Sum up one batch: masks ``(N, *space)``, similarities ``(N,)``."""
    count, *space = masks.shape
    flat = masks.reshape(count, prod(space)).astype(np.float64)
    weights = flat.sum(axis=0)
    safe = np.where(weights > 0, weights, 1.0)
    # about their mean, so that no large numbers are subtracted
    middle = float(similarities.mean()) if count else 0.0
    apart = similarities - middle
    first = apart @ flat
    squares = (apart * apart) @ flat - first * first / safe
    mean = np.where(weights > 0, middle + first / safe, 0.0)
    shaped = (array.reshape(space) for array in (weights, mean, np.maximum(squares, 0.0)))
    return Weighted(*shaped)


def together(parts: Sequence[Weighted]) -> Weighted:
    """Put the sums of several sets of masks together (Chan, Golub, LeVeque 1983, equation 2.1)."""
    weights, mean, squares = parts[0].weights, parts[0].mean, parts[0].squares
    for part in parts[1:]:
        total = weights + part.weights
        safe = np.where(total > 0, total, 1.0)
        apart = part.mean - mean
        mean = mean + apart * part.weights / safe
        squares = squares + part.squares + apart * apart * weights * part.weights / safe
        weights = total
    return Weighted(weights, mean, squares)
