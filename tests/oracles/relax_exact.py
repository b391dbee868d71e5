"""Exact importance and uncertainty of a function of the cells, by going through all grids.

No samples are drawn: every one of the 2^cells grids is weighed with its probability, at every
shift.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import Draw
from rex_widgets.relax.mask_geometry import MaskGeometry

Function = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Grids (N, cells) to similarities (N,)."""


def exact(
    geometry: MaskGeometry, function: Function, probability: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """E[m s] / E[m] and E[m s²] / E[m] - (E[m s] / E[m])², each (*space)."""
    cells = int(np.prod(geometry.cells))
    grids = np.array(list(product([False, True], repeat=cells)))
    chances = np.prod(np.where(grids, probability, 1 - probability), axis=1)
    values = function(grids)
    weighed = np.stack([chances, chances * values, chances * values**2])
    sums = np.zeros((3, *geometry.space))
    for shift in product(*(range(count) for count in geometry.shifts)):
        shifts = np.tile(np.array(shift, np.int64), (len(grids), 1))
        draw = Draw(grids.reshape(-1, *geometry.cells), shifts, np.zeros(len(grids), np.int64))
        sums += np.tensordot(weighed, geometry.masks(draw).astype(np.float64), 1)
    mean = sums[1] / sums[0]
    return mean, sums[2] / sums[0] - mean**2


def straight(cells: int) -> Function:
    """A similarity that is a straight line in the cells."""
    slopes = np.random.default_rng(0).normal(size=cells)
    return lambda grids: 0.7 + 0.05 * (grids @ slopes)


def with_pairs(cells: int) -> Function:
    """The same with a term for every pair of cells."""
    pairs = np.random.default_rng(1).normal(size=(cells, cells)) * 0.02
    line = straight(cells)
    return lambda grids: line(grids) + np.einsum("nc,cd,nd->n", grids, pairs, grids)


def rough(cells: int) -> Function:
    """The same with an arbitrary number for every grid."""
    table = np.random.default_rng(2).normal(size=2**cells) * 0.05
    line = straight(cells)
    return lambda grids: line(grids) + table[grids @ (1 << np.arange(cells))]
