"""Masks from scrambled Sobol' sequences: cells and shifts evenly covered, alone and together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler

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
        # By replicate: which sequence, how many points were taken of it, and itself.
        self._sequences: dict[int, tuple[int, int, Any]] = {}

    def _block(self, replicate: int, number: int) -> Block:
        points = self._points(replicate, *divmod(number * BLOCK, LONGEST))
        return points[:, : self._size] < self.probability, self._offsets(points[:, self._size :])

    def _points(self, replicate: int, which: int, first: int) -> NDArray[np.float64]:
        """Points `first` and the following of a sequence, as many as a block has."""
        from scipy.stats.qmc import Sobol

        held, taken, sequence = self._sequences.get(replicate, (-1, 0, None))
        if held != which or taken > first:
            generator = self._generator(replicate, which)
            dimensions = self._size + len(self.shifts)
            taken, sequence = 0, Sobol(dimensions, scramble=True, bits=30, seed=generator)
        if taken < first:
            sequence.fast_forward(first - taken)
        points: NDArray[np.float64] = sequence.random(BLOCK)
        self._sequences[replicate] = which, first + BLOCK, sequence
        return points
