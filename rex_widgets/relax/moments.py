"""Weighted mean and variance by place, for masks at hand: the definitions, in float64.

`sums` and `estimate` reach the same numbers without making masks; these are for few masks, for
weights that are no masks of a grid, and to check the others against.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted mean and sum of squares by place, after any number of masks.

    Attributes
    ----------
    weights
        Sum of the weights W, (*space).
    mean
        Importance R, (*space).
    squares
        Σ m (s - R)², (*space): what the release of RELAX calls uncertainty.
    """

    weights: Array
    mean: Array
    squares: Array

    @property
    def variance(self) -> Array:
        """Uncertainty, ``squares / weights``; 0 where nothing was seen."""
        return _divided(self.squares, self.weights)

    @classmethod
    def nothing(cls, space: tuple[int, ...], initial_weight: float = 0.0) -> Moments:
        """Before the first mask.

        Parameters
        ----------
        space
            Shape of the input without channels.
        initial_weight
            What the sum of weights starts at, as if a similarity of 0 had been seen with it.
        """
        return cls(np.full(space, float(initial_weight)), np.zeros(space), np.zeros(space))

    def after(self, masks: ArrayLike, similarities: ArrayLike) -> Moments:
        """Moments after more masks, a batch at a time.

        West's update (Communications of the ACM 22, 1979) one mask at a time gives the same up to
        rounding; this merges a batch's own moments (Chan, Golub and LeVeque 1979).

        Parameters
        ----------
        masks
            Weights, at least 0, (N, *space).
        similarities
            (N,).
        """
        batch = weighted_moments(masks, similarities)
        total = self.weights + batch.weights
        change = batch.mean - self.mean
        mean = self.mean + change * _divided(batch.weights, total)
        between = change**2 * _divided(self.weights * batch.weights, total)
        return Moments(total, mean, self.squares + batch.squares + between)


def weighted_moments(masks: ArrayLike, similarities: ArrayLike) -> Moments:
    """Weighted mean and squares of similarities at every place, in two passes.

    Parameters
    ----------
    masks
        Weights, at least 0, (N, *space).
    similarities
        (N,).

    Returns
    -------
    Moments
        Of these masks alone; where all weights are 0, mean and squares are 0.
    """
    values = np.asarray(similarities, np.float64)
    weights = np.asarray(masks, np.float64)
    space = weights.shape[1:]
    flat = weights.reshape(len(values), prod(space))
    total = flat.sum(axis=0)
    reference = values.mean() if len(values) else 0.0
    mean = _divided((values - reference) @ flat, total)
    squares = np.einsum("np,np->p", flat, (values[:, None] - reference - mean) ** 2)
    seen = np.where(total > 0, mean + reference, 0.0)
    return Moments(total.reshape(space), seen.reshape(space), squares.reshape(space))


def _divided(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
