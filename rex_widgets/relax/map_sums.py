"""Weighted sums over masks, kept per replicate: the part of an estimate that grows with the data.

A mask is a linear image of its grid, which depends on the shift alone. So Σ m·v over masks is
known at every place from Σ G·v over the grids of each shift: 2,401 numbers for 7 × 7 cells and as
many shifts, whatever the size of the picture. Where shifts times cells are more than the places
themselves (large grids, small inputs), the sums are kept per place instead.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import BLOCK, Draw

if TYPE_CHECKING:
    from rex_widgets.relax.mask_geometry import MaskGeometry

Array = NDArray[np.float64]


class MapSums(Protocol):
    """Sums of 1, d and d² over masks, by replicate, weighted by the masks."""

    def add(self, draw: Draw, values: Array) -> None:
        """Add masks in index order; ``values`` is (N, targets)."""

    def at_places(self, target: int) -> Array:
        """Σ m, Σ m·d, Σ m·d²: (replicates, 3, *space)."""

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything that is kept, by name."""

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take back what `arrays` gave."""


def map_sums(geometry: MaskGeometry, replicates: int, targets: int) -> MapSums:
    """Choose the way that takes less memory, by shift unless places are far fewer."""
    if prod(geometry.shifts) * prod(geometry.cells) <= 2 * prod(geometry.space):
        return GridSums(geometry, replicates, targets)
    return PlaceSums(geometry, replicates, targets)


class GridSums:
    """Sums of grids by shift; 8·replicates·(1 + 2·targets)·shifts·cells bytes."""

    def __init__(self, geometry: MaskGeometry, replicates: int, targets: int) -> None:
        self._geometry = geometry
        self._replicates = replicates
        cells = prod(geometry.cells)
        rows = replicates * prod(geometry.shifts)
        self._kept = np.zeros((rows, cells))
        self._first = np.zeros((rows, targets, cells))
        self._second = np.zeros((rows, targets, cells))

    def add(self, draw: Draw, values: Array) -> None:
        """Add masks in index order; all sums are made in that order, so batches do not show."""
        shifts = np.ravel_multi_index(tuple(draw.shifts.T), self._geometry.shifts)
        rows = draw.replicates * prod(self._geometry.shifts) + shifts
        grids = draw.grids.reshape(len(rows), 1, -1)
        for chosen in without_repeats(rows):
            at, kept, value = rows[chosen], grids[chosen], values[chosen, :, None]
            self._kept[at] += kept[:, 0]
            self._first[at] += value * kept
            self._second[at] += value**2 * kept

    def at_places(self, target: int) -> Array:
        """Σ m, Σ m·d, Σ m·d²: (replicates, 3, *space)."""
        shape = (self._replicates, 3, *self._geometry.shifts, *self._geometry.cells)
        by_shift = np.stack(self._by_row(target), axis=1)
        cells = by_shift.shape[-1]
        apart = by_shift.reshape(self._replicates, -1, 3, cells).swapaxes(1, 2)
        return self._geometry.spread(apart.reshape(shape))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything that is kept, by name."""
        return {"kept": self._kept, "first": self._first, "second": self._second}

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take back what `arrays` gave."""
        for name, own in self.arrays().items():
            own[...] = arrays[name]

    def _by_row(self, target: int) -> tuple[Array, Array, Array]:
        return self._kept, self._first[:, target], self._second[:, target]


class PlaceSums:
    """Sums of masks by place; 8·replicates·(1 + 2·targets)·places bytes.

    A product of matrices may round differently with another number of rows, so masks wait until a
    block is whole: whatever the batches, the same products are made.
    """

    def __init__(self, geometry: MaskGeometry, replicates: int, targets: int) -> None:
        self._geometry = geometry
        cells, axes = geometry.cells, len(geometry.space)
        self._sums = np.zeros((replicates, 1 + 2 * targets, prod(geometry.space)))
        self._targets = targets
        self._waiting = 0
        self._grids = np.zeros((BLOCK, *cells), np.bool_)
        self._shifts = np.zeros((BLOCK, axes), np.int64)
        self._replicate = np.zeros(BLOCK, np.int64)
        self._values = np.zeros((BLOCK, targets))

    def add(self, draw: Draw, values: Array) -> None:
        """Add masks in index order."""
        start = 0
        while start < len(values):
            taken = min(BLOCK - self._waiting, len(values) - start)
            into = slice(self._waiting, self._waiting + taken)
            of = slice(start, start + taken)
            self._grids[into], self._shifts[into] = draw.grids[of], draw.shifts[of]
            self._replicate[into], self._values[into] = draw.replicates[of], values[of]
            self._waiting += taken
            start += taken
            if self._waiting == BLOCK:
                self._add_waiting_to(self._sums)
                self._waiting = 0

    def at_places(self, target: int) -> Array:
        """Σ m, Σ m·d, Σ m·d²: (replicates, 3, *space); masks that still wait are counted."""
        sums = self._sums
        if self._waiting:
            sums = sums.copy()
            self._add_waiting_to(sums)
        found = sums[:, [0, 1 + target, 1 + self._targets + target]]
        return found.reshape(len(found), 3, *self._geometry.space)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything that is kept, by name."""
        return {
            "sums": self._sums,
            "waiting_grids": self._grids[: self._waiting],
            "waiting_shifts": self._shifts[: self._waiting],
            "waiting_replicates": self._replicate[: self._waiting],
            "waiting_values": self._values[: self._waiting],
        }

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take back what `arrays` gave."""
        self._sums[...] = arrays["sums"]
        self._waiting = len(arrays["waiting_values"])
        into = slice(0, self._waiting)
        self._grids[into] = arrays["waiting_grids"]
        self._shifts[into] = arrays["waiting_shifts"]
        self._replicate[into] = arrays["waiting_replicates"]
        self._values[into] = arrays["waiting_values"]

    def _add_waiting_to(self, sums: Array) -> None:
        of = slice(0, self._waiting)
        values = self._values[of]
        draw = Draw(self._grids[of], self._shifts[of], self._replicate[of])
        masks = self._geometry.masks(draw).reshape(len(values), -1).astype(np.float64)
        weights = np.concatenate([np.ones((len(values), 1)), values, values**2], axis=1)
        for replicate in np.unique(draw.replicates):
            mine = draw.replicates == replicate
            sums[replicate] += weights[mine].T @ masks[mine]


def without_repeats(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices in groups of different rows; the k-th group holds every row's k-th occurrence."""
    order = np.argsort(rows, kind="stable")
    ranked = rows[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    lengths = np.diff(np.r_[first, len(rows)])
    occurrence = np.arange(len(rows)) - np.repeat(first, lengths)
    return [order[occurrence == k] for k in range(int(occurrence.max(initial=-1)) + 1)]
