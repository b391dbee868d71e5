"""The control variate: a model of the similarity in the cells of the grid and their neighbours.

A cell is kept with probability p, all independently. With g = G - p, the model is
ŝ = b₀ + Σ b_c g_c + Σ a_cd g_c g_d over pairs of neighbouring cells, and its averages are known:
E[m ŝ] = p b₀ + p (1 - p) Σ w_c b_c at a place whose mask is Σ w_c G_c (the weights sum to 1; pairs
count nothing on average). What the masks drawn say about m·ŝ is replaced by the truth, and only
what the model leaves over, m·(s - ŝ), is estimated from the masks: its spread is smaller, and so is
the error. (Regression estimator: Owen, Monte Carlo theory, methods and examples, section 8.9.)

It is used for the importance alone: squares of s follow no such model, and a fit to them was
measured to add more error to the uncertainty than it took away.

The coefficients come from the same masks. That biases the estimate by O(1/N), far below its
standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import Draw
from rex_widgets.relax.map_sums import without_repeats
from rex_widgets.relax.mask_geometry import MaskGeometry

Array = NDArray[np.float64]

MAX_TERMS = 512
"""Of the model, at most: with more cells than this there is no control variate, with more cells and
pairs of neighbours the pairs are left out. Products of all terms take 17 MB then (8 replicates)."""

MASKS_PER_CELL = 2
"""With fewer masks than this for each cell the fit would add more error than it takes away."""

RIDGE = 5.0
"""Added for cells, in masks: what the fit leaves of a cell's effect stays in the residuals, so that
nothing is lost of it, and a fit to few masks does not follow the noise."""

PAIR_RIDGE = 30.0
"""Added for pairs, in masks: there are several times as many of them as of cells."""


class Terms:
    """Sums of products of the model's terms, by replicate.

    The terms are kept as products of zeros and ones, so their sums are whole numbers and exact.
    """

    def __init__(self, cells: tuple[int, ...], replicates: int, targets: int) -> None:
        self.neighbours = neighbours(cells)
        if prod(cells) + len(self.neighbours) > MAX_TERMS:
            self.neighbours = self.neighbours[:0]
        terms = 1 + prod(cells) + len(self.neighbours)
        self.gram = np.zeros((replicates, terms, terms))
        self.products = np.zeros((replicates, terms, targets))

    def add(self, draw: Draw, values: Array) -> None:
        """Add masks in index order; ``values`` is (N, targets)."""
        grids = draw.grids.reshape(len(draw), -1)
        first, second = self.neighbours.T
        ones = np.ones((len(draw), 1), np.bool_)
        terms = np.concatenate([ones, grids, grids[:, first] & grids[:, second]], axis=1)
        for replicate in np.unique(draw.replicates):
            mine = draw.replicates == replicate
            chosen = terms[mine].astype(np.float32)
            self.gram[replicate] += chosen.T @ chosen
        for masks in without_repeats(draw.replicates):
            at = draw.replicates[masks]
            self.products[at] += terms[masks, :, None] * values[masks, None]


@dataclass(frozen=True, eq=False)
class Fit:
    """Models of one or more values for several sets of masks; the leading axes are (sets, values).

    Attributes
    ----------
    intercept
        b₀.
    slopes
        b_c, (sets, values, cells).
    drawn
        Σ G·(ŝ - b₀) over the masks of the set, (sets, values, cells): with a place's mean weights,
        what the model says of Σ m·(s - b₀).
    """

    intercept: Array
    slopes: Array
    drawn: Array


def fit(
    gram: Array, products: Array, cells: int, pairs: NDArray[np.intp], probability: float
) -> Fit:
    """Fit values by least squares with a penalty on cells and pairs.

    Parameters
    ----------
    gram
        Σ t tᵀ of the terms t = (1, G, G_c G_d), (sets, terms, terms).
    products
        Σ t d of every value d, (sets, terms, values).
    cells
        Number of cells.
    pairs
        Cells of every pair, (pairs, 2).
    probability
        With which a cell is kept.
    """
    p = probability
    variance = p * (1 - p)
    half = _centred(gram, cells, pairs, p)
    matrix = _centred(half.swapaxes(1, 2), cells, pairs, p)
    right = _centred(products, cells, pairs, p)
    penalty = np.zeros(gram.shape[1])
    penalty[1 : 1 + cells] = RIDGE * variance
    penalty[1 + cells :] = PAIR_RIDGE * variance**2
    penalised = matrix + np.diag(penalty)
    found: Array = np.linalg.solve(penalised, right).astype(np.float64)
    # of G itself with the terms about p: those of g, and p times those of 1
    inner = found.copy()
    inner[:, 0] = 0
    with_terms = matrix @ inner
    drawn = with_terms[:, 1 : 1 + cells] + p * with_terms[:, :1]
    slopes = found[:, 1 : 1 + cells]
    return Fit(found[:, 0], slopes.swapaxes(1, 2), drawn.swapaxes(1, 2))


def variances(gram: Array, cells: int, pairs: NDArray[np.intp], probability: float) -> Array:
    """Variances of the model's intercept and slopes for masks whose noise has variance 1.

    Parameters
    ----------
    gram, cells, pairs, probability
        As in `fit`; of the pairs' sums nothing is used.

    Returns
    -------
    ndarray
        (sets, 1 + cells).
    """
    p = probability
    half = _centred(gram, cells, pairs, p)
    matrix = _centred(half.swapaxes(1, 2), cells, pairs, p)[:, : 1 + cells, : 1 + cells]
    penalty = np.r_[0.0, np.full(cells, RIDGE * p * (1 - p))]
    inverse = np.linalg.inv(matrix + np.diag(penalty))
    return np.asarray(np.diagonal(inverse, axis1=1, axis2=2), np.float64)


def neighbours(cells: tuple[int, ...]) -> NDArray[np.intp]:
    """Pairs of cells that touch, also at a corner: flat indices, (pairs, 2), the smaller first."""
    index = np.arange(prod(cells)).reshape(cells)
    found = []
    for step in product((-1, 0, 1), repeat=len(cells)):
        if step > (0,) * len(cells):
            here = tuple(slice(max(-s, 0), n - max(s, 0)) for s, n in zip(step, cells, strict=True))
            there = tuple(
                slice(max(s, 0), n - max(-s, 0)) for s, n in zip(step, cells, strict=True)
            )
            found.append(np.stack([index[here].ravel(), index[there].ravel()], axis=1))
    return np.concatenate(found)


def at_places(geometry: MaskGeometry, cells: Array) -> Array:
    """Numbers of cells, (…, cells), as their mean over shifts at every place, (…, *space)."""
    leading = cells.shape[:-1]
    part = cells.reshape(prod(leading), *geometry.cells)
    for axis in range(len(geometry.cells)):
        part = np.moveaxis(
            np.tensordot(part, geometry.mean_weights(axis), axes=([axis + 1], [1])), -1, axis + 1
        )
    return part.reshape(*leading, *geometry.space)


def _centred(terms: Array, cells: int, pairs: NDArray[np.intp], p: float) -> Array:
    """Sums with (1, G, G_c G_d) as sums with (1, g, g_c g_d), along the second axis."""
    one, single, double = np.split(terms, [1, 1 + cells], axis=1)
    about = double - p * (single[:, pairs[:, 0]] + single[:, pairs[:, 1]]) + p * p * one
    return np.concatenate([one, single - p * one, about], axis=1)
