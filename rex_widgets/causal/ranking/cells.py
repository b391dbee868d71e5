"""Cells: an input's places pooled to a coarse grid, and values of the grid spread over them."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import Shape

LONG, SHORT = 3.0, 1.0
"""Lengths of the prior's two kernels, in cells."""

JITTER = 1e-4
"""Share of independent variance per cell; it also keeps the prior invertible."""


class Cells:
    """A grid of cells over an input.

    Parameters
    ----------
    shape
        Of the input, without channels.
    counts
        Cells along each axis, at most the axis' length.
    """

    def __init__(self, shape: Shape, counts: tuple[int, ...]) -> None:
        self.shape = shape
        self.counts = counts
        self._edges = [
            np.round(np.linspace(0, length, count + 1)).astype(np.int64)
            for length, count in zip(shape, counts, strict=True)
        ]

    @property
    def number(self) -> int:
        """Cells in all."""
        return prod(self.counts)

    def pooled(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Share of every cell that a mask keeps, flat, in [0, 1]."""
        sums = mask.astype(np.float32)
        for axis, edges in enumerate(self._edges):
            sums = np.add.reduceat(sums, edges[:-1], axis=axis)
            size = np.diff(edges).astype(np.float32)
            sums /= size.reshape([-1 if a == axis else 1 for a in range(sums.ndim)])
        return sums.astype(np.float64).reshape(-1)

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the cells, interpolated linearly between their centres, of ``shape``."""
        out = values.reshape(self.counts)
        for axis, edges in enumerate(self._edges):
            centres = (edges[:-1] + edges[1:] - 1) / 2
            places = np.clip(np.arange(self.shape[axis]), centres[0], centres[-1])
            after = np.clip(np.searchsorted(centres, places), 1, max(1, len(centres) - 1))
            if len(centres) == 1:
                out = np.repeat(out, self.shape[axis], axis=axis)
                continue
            share = (places - centres[after - 1]) / (centres[after] - centres[after - 1])
            share = share.reshape([-1 if a == axis else 1 for a in range(out.ndim)])
            out = np.take(out, after - 1, axis=axis) * (1 - share) + share * np.take(
                out, after, axis=axis
            )
        return out


@lru_cache(maxsize=8)
def prior_covariance(counts: tuple[int, ...]) -> NDArray[np.float64]:
    """What is expected of the cells' effects before any evaluation: neighbours are alike.

    The sum of two Gaussian kernels over the distance of cells and of a little
    independent variance, scaled to a mean variance of 1.

    Returns
    -------
    ndarray
        ``(n, n)`` for n cells; shared by all callers, never to be written to.
    """
    total: NDArray[np.float64] = np.zeros((prod(counts), prod(counts)))
    for length in (SHORT, LONG):
        kernel: NDArray[np.floating[Any]] = np.ones((1, 1))
        for count in counts:
            distance = np.arange(count)[:, None] - np.arange(count)[None]
            kernel = np.kron(kernel, np.exp(-0.5 * (distance / length) ** 2))
        total += kernel / 2
    total[np.diag_indices_from(total)] += JITTER
    total /= 1 + JITTER
    total.flags.writeable = False
    return total
