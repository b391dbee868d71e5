"""The random part of masks: which cells are kept, and by how much the grid is shifted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
"""Consecutive masks that belong to one replicate, before the next replicate has its turn."""


@dataclass(frozen=True, eq=False)
class Draw:
    """The random part of N masks; :class:`MaskGeometry` makes pictures of it.

    Parameters
    ----------
    grids
        Boolean, of shape ``(N, *cells)``: true for a cell that is kept.
    shifts
        int64, of shape ``(N, axes)``: along every axis, where the enlarged grid is cropped,
        ``0 <= shift < MaskGeometry.shifts[axis]``.
    replicates
        int64, of shape ``(N,)``: the independent group that each mask belongs to. Masks of one
        group may depend on each other, those of different groups never do.
    """

    grids: NDArray[np.bool_]
    shifts: NDArray[np.int64]
    replicates: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of masks."""
        return len(self.grids)


def replicates_of(indices: NDArray[np.int64], replicates: int) -> NDArray[np.int64]:
    """Which replicate masks belong to: replicates take turns, `BLOCK` masks at a time.

    Parameters
    ----------
    indices
        Of masks, from 0, of shape ``(N,)``.
    replicates
        Their number.

    Returns
    -------
    ndarray
        int64, of shape ``(N,)``, from 0 to ``replicates - 1``.
    """
    return (indices // BLOCK) % replicates


def places_of(indices: NDArray[np.int64], replicates: int) -> NDArray[np.int64]:
    """How many masks of their own replicate come before masks; see :func:`replicates_of`."""
    return (indices // (BLOCK * replicates)) * BLOCK + indices % BLOCK
