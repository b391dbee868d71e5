"""What every sampler of masks has in common: blocks, replicates, numbers for any index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError
from rex_widgets.relax.draws import BLOCK, Draw, replicates_of

Block = tuple[NDArray[np.bool_], NDArray[np.int64]]
"""Grids ``(BLOCK, cells)``, flattened, and shifts ``(BLOCK, axes)`` of consecutive masks of one
replicate."""


class Sampler(Protocol):
    """A source of masks without end.

    Attributes
    ----------
    name
        Of the sampler, as in the setting that chose it.
    replicates
        Number of independent groups; see :class:`~rex_widgets.relax.draws.Draw`.
    note
        A sentence for the user where another sampler than the one asked for was taken, else
        empty.
    """

    name: str
    replicates: int
    note: str

    def draw(self, start: int, count: int) -> Draw:
        """Masks ``start`` to ``start + count - 1``, the same whatever was drawn before."""
        ...


class BlockSampler(ABC):
    """A sampler that is written as one function: the n-th block of a replicate.

    Parameters
    ----------
    cells
        Shape of the grid.
    probability
        That a cell is kept, between 0 and 1, both excluded.
    shifts
        Number of offsets along every axis.
    seed
        At least 0; equal seeds give equal masks.
    replicates
        Number of independent groups, at least 1.

    Raises
    ------
    SettingsError
        If one of them is out of range.
    """

    name: str
    note: str = ""

    def __init__(
        self,
        cells: tuple[int, ...],
        probability: float,
        shifts: tuple[int, ...],
        seed: int,
        replicates: int,
    ) -> None:
        _check(cells, probability, shifts, seed, replicates)
        self.cells = cells
        self.probability = float(probability)
        self.shifts = shifts
        self.seed = seed
        self.replicates = replicates
        self._size = prod(cells)
        # The block in which the last request ended: the next one usually begins there.
        self._last: tuple[int, Block] | None = None

    @abstractmethod
    def _block(self, replicate: int, number: int) -> Block:
        """Block `number` of a replicate, a pure function of the two and of the seed."""

    def draw(self, start: int, count: int) -> Draw:
        """Masks ``start`` to ``start + count - 1``, the same whatever was drawn before.

        Parameters
        ----------
        start
            Index of the first mask, at least 0.
        count
            Number of masks, at least 0.

        Raises
        ------
        ValueError
            If one of them is negative.
        """
        if start < 0 or count < 0:
            raise ValueError(f"masks are counted from 0, got start {start} and count {count}")
        indices = np.arange(start, start + count, dtype=np.int64)
        grids = np.empty((count, self._size), np.bool_)
        shifts = np.empty((count, len(self.shifts)), np.int64)
        filled = 0
        while filled < count:
            number, inside = divmod(start + filled, BLOCK)
            block_grids, block_shifts = self._at(number)
            taken = min(BLOCK - inside, count - filled)
            grids[filled : filled + taken] = block_grids[inside : inside + taken]
            shifts[filled : filled + taken] = block_shifts[inside : inside + taken]
            filled += taken
        return Draw(
            grids.reshape(count, *self.cells), shifts, replicates_of(indices, self.replicates)
        )

    def _at(self, number: int) -> Block:
        """The block that is `number` among those of all replicates."""
        if self._last is None or self._last[0] != number:
            inside, replicate = divmod(number, self.replicates)
            self._last = (number, self._block(replicate, inside))
        return self._last[1]

    def _generator(self, replicate: int, number: int) -> np.random.Generator:
        """Numbers of a replicate's part `number`, independent of those of every other."""
        source = np.random.SeedSequence([self.seed, replicate, number])
        return np.random.Generator(np.random.Philox(source))

    def _offsets(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Points ``(N, axes)`` in [0, 1) as shifts."""
        counts = np.array(self.shifts)
        # The product of a number just below 1 may round up to the number of shifts.
        offsets: NDArray[np.int64] = np.minimum((points * counts).astype(np.int64), counts - 1)
        return offsets


def _check(
    cells: tuple[int, ...],
    probability: float,
    shifts: tuple[int, ...],
    seed: int,
    replicates: int,
) -> None:
    if not cells or min(cells) < 1:
        raise SettingsError(f"a grid has at least one cell along every axis, got {cells}")
    if len(shifts) != len(cells) or min(shifts) < 1:
        raise SettingsError(
            f"every axis of the grid {cells} needs a number of offsets of at least 1, got {shifts}"
        )
    if not 0.0 < probability < 1.0:
        raise SettingsError(
            f"the probability that a cell is kept is {probability}; it has to lie between 0 and 1, "
            "both excluded: with 0 or 1 all masks would be the same (the usual value is 0.5)"
        )
    if seed < 0:
        raise SettingsError(f"the seed of the masks is {seed}; give a whole number from 0")
    if replicates < 1:
        raise SettingsError(
            f"replicates is {replicates}; give at least 1 (at least 2 for error estimates)"
        )
