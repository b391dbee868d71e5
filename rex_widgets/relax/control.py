"""The control variate: a straight-line model of the similarity in the cells of the grid.

A cell is kept with probability p, all independently, so the model ŝ = b₀ + Σ b_c (G_c - p) has
known averages: E[m ŝ] = p b₀ + p (1 - p) Σ w_c b_c at a place whose mask is Σ w_c G_c (the weights
sum to 1). What the masks drawn say about m·ŝ is replaced by the truth, and only what the model
leaves over, m·(s - ŝ), is estimated from the masks: its spread is smaller, and so is the error.
(Regression estimator: Owen, Monte Carlo theory, methods and examples, section 8.9.)

The coefficients come from the same masks. That biases the estimate by O(1/N), far below its
standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import Draw
from rex_widgets.relax.mask_geometry import MaskGeometry

Array = NDArray[np.float64]

MAX_CELLS = 512
"""With more cells there is no control variate: the products of all pairs would take more memory
(17 MB for 8 replicates), and the fit more masks than anybody evaluates."""

MASKS_PER_CELL = 3
"""With fewer masks than this for each cell the fit would add more error than it takes away."""

RIDGE = 1e-9
"""Added to the diagonal, relative to its expectation, so that no set of masks is singular."""


class Pairs:
    """How often two cells are kept together, by replicate; whole numbers, so sums are exact."""

    def __init__(self, replicates: int, cells: int) -> None:
        self.counts = np.zeros((replicates, cells, cells))

    def add(self, draw: Draw) -> None:
        """Count the pairs of masks."""
        grids = draw.grids.reshape(len(draw), -1)
        for replicate in np.unique(draw.replicates):
            chosen = grids[draw.replicates == replicate].astype(np.float32)
            self.counts[replicate] += chosen.T @ chosen


@dataclass(frozen=True, eq=False)
class Line:
    """Coefficients of a fit, and what they say about masks; the leading axes are (sets, 2).

    A set is a selection of replicates; the two fits are of d and of d².
    """

    intercept: Array
    slopes: Array
    noise: Array
    """Σ (G·(slopes·(G - p))): with a place's mean weights, Σ m·(ŝ - b₀) over the masks drawn."""


def line(counts: Array, pairs: Array, cells: Array, values: Array, probability: float) -> Line:
    """Fit d and d² by least squares.

    Parameters
    ----------
    counts
        Number of masks, (sets,).
    pairs
        Σ G Gᵀ, (sets, cells, cells).
    cells
        Σ G, Σ G·d, Σ G·d², (sets, 3, cells).
    values
        Σ d, Σ d², (sets, 2).
    probability
        With which a cell is kept.

    Returns
    -------
    Line
        Of every set.
    """
    p = probability
    kept = cells[:, 0]
    total = counts[:, None]
    # moments about p, the known mean of a cell, rather than about the mean drawn
    centred = kept - p * total
    square = pairs - p * (kept[:, :, None] + kept[:, None, :]) + p * p * total[:, :, None]
    right = cells[:, 1:] - p * values[:, :, None]
    size = 1 + kept.shape[1]
    matrix = np.empty((len(counts), size, size))
    matrix[:, 0, 0] = counts
    matrix[:, 0, 1:] = matrix[:, 1:, 0] = centred
    matrix[:, 1:, 1:] = square
    diagonal = np.arange(1, size)
    matrix[:, diagonal, diagonal] += RIDGE * p * (1 - p) * total
    wanted = np.concatenate([values[:, :, None], right], axis=2)
    found = np.linalg.solve(matrix, wanted.swapaxes(1, 2)).swapaxes(1, 2)
    slopes = found[:, :, 1:]
    noise = slopes @ pairs - p * slopes.sum(axis=2)[:, :, None] * kept[:, None, :]
    return Line(found[:, :, 0], slopes, noise)


def at_places(geometry: MaskGeometry, cells: Array) -> Array:
    """Numbers of cells, (…, cells), as their mean over shifts at every place, (…, *space)."""
    leading = cells.shape[:-1]
    part = cells.reshape(prod(leading), *geometry.cells)
    for axis in range(len(geometry.cells)):
        part = np.moveaxis(
            np.tensordot(part, geometry.mean_weights(axis), axes=([axis + 1], [1])), -1, axis + 1
        )
    return part.reshape(*leading, *geometry.space)
