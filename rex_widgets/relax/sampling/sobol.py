"""Masks from scrambled Sobol' sequences: cells and shifts evenly covered, alone and together."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler

LONGEST_TURN = 256
"""With grids that need more masks than this for a turn, replicates take turns block by block."""

SEARCHED = 4
"""Coordinates among which those of the cells are chosen, per cell."""

LONGEST = 1 << 30
"""Points of one sequence; a replicate that needs more goes on with another scramble."""


class SobolSampler(BlockSampler):
    """One independently scrambled Sobol' sequence a replicate.

    A mask is one point: its first coordinates, one a cell, say which cells are kept (those below
    the probability), its last ones, one an axis, give the shift. Scrambled points are uniform
    each, so nothing is biased. Among the first 2^k masks of a replicate each cell is kept in
    exactly half with probability 1/2, and in p 2^k with any p that is a multiple of 2^-k. Uses
    ``scipy.stats.qmc.Sobol`` (direction numbers of Joe and Kuo, 2008; linear matrix scramble and
    digital shift of Matoušek, 1998).

    With probability 1/2 only the first bit of a coordinate counts, which the scramble may flip
    and nothing else: a cell is then kept in the same masks of every replicate, or in exactly the
    others. Replicates are independent all the same, since the flips are.

    These bits are words of a linear code, and successive masks (0 and 1, 2 and 3, …) are
    complements. Among 2^k masks there are 2^(k-1) different coordinates; with no more cells than
    that, and a different coordinate for each, every three cells show all eight combinations
    equally often: the effect of a cell is free of those of all others and of all their pairs
    (strength 3, see `OrthogonalSampler`). A part of these masks has little of that. So a
    replicate's turn is the least such 2^k (at least a block), and coordinates that repeat another
    among so many masks are passed over.
    """

    name = "sobol"

    def __init__(
        self,
        cells: tuple[int, ...],
        probability: float,
        shifts: tuple[int, ...],
        seed: int,
        replicates: int,
    ) -> None:
        super().__init__(cells, probability, shifts, seed, replicates)
        whole = max(BLOCK, 2 << (self._size - 1).bit_length())
        self.turn = whole if whole <= LONGEST_TURN else BLOCK
        # By replicate: which sequence, how many points were taken of it, and itself.
        self._sequences: dict[int, tuple[int, int, Any]] = {}

    def _block(self, replicate: int, number: int) -> Block:
        points = self._points(replicate, *divmod(number * BLOCK, LONGEST))
        offsets = self._offsets(points[:, -len(self.shifts) :])
        return points[:, self._coordinates] < self.probability, offsets

    @cached_property
    def _coordinates(self) -> NDArray[np.int64]:
        """Which coordinate of a point is a cell's, (cells,), rising."""
        from scipy.stats.qmc import Sobol

        if self.turn < 2 * self._size:
            return np.arange(self._size)
        dimensions = SEARCHED * self._size
        kept = Sobol(dimensions, scramble=False, bits=30).random(self.turn) < 0.5
        # a column and its complement tell the same, once signs are chosen at random
        columns = np.packbits(kept ^ kept[0], axis=0)
        _, first = np.unique(columns, axis=1, return_index=True)
        repeated = np.setdiff1d(np.arange(dimensions), first)
        return np.sort(np.concatenate([np.sort(first), repeated])[: self._size])

    def _points(self, replicate: int, which: int, first: int) -> NDArray[np.float64]:
        """Points `first` and the following of a sequence, as many as a block has."""
        from scipy.stats.qmc import Sobol

        held, taken, sequence = self._sequences.get(replicate, (-1, 0, None))
        if held != which or taken > first:
            generator = self._generator(replicate, which)
            dimensions = int(self._coordinates[-1]) + 1 + len(self.shifts)
            taken, sequence = 0, Sobol(dimensions, scramble=True, bits=30, seed=generator)
        if taken < first:
            sequence.fast_forward(first - taken)
        points: NDArray[np.float64] = sequence.random(BLOCK)
        self._sequences[replicate] = which, first + BLOCK, sequence
        return points
