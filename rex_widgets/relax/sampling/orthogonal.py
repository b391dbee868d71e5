"""Masks from randomised orthogonal arrays: any three cells take all eight values equally often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError
from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler, Sampler
from rex_widgets.relax.sampling.sobol import SobolSampler


class OrthogonalSampler(BlockSampler):
    """One independently drawn orthogonal array of strength 3 after the other; probability 1/2.

    An array has 2^k runs, the fewest (at least 2 `BLOCK`) with ``cells <= 2^(k-1)``. Run x, a
    number of k bits, keeps cell c if the parity of ``x & column_c`` and a random bit of the cell's
    differ. All columns have their lowest bit set and are otherwise distinct, so that no two and no
    three of them add up to zero over GF(2): among the runs of an array, any three cells show all
    eight combinations equally often (A. S. Hedayat, N. J. A. Sloane and J. Stufken, Orthogonal
    Arrays, 1999, theorem 3.29: a fold-over has strength 3). The effect of a cell is then estimated
    free of the effects of all others and of all their pairs.

    What is random, afresh for every array: the columns, the cells' bits (which alone make every
    mask uniform, so nothing is biased) and the order. Runs that differ in the lowest bit of x are
    complements; they follow one another and share their shift, so that an array that is cut short
    still has the balance of antithetic pairs. Shifts are a Latin hypercube over the pairs.
    """

    name = "orthogonal"

    def __init__(
        self,
        cells: tuple[int, ...],
        probability: float,
        shifts: tuple[int, ...],
        seed: int,
        replicates: int,
    ) -> None:
        super().__init__(cells, probability, shifts, seed, replicates)
        if probability != 0.5:
            raise SettingsError(
                f"orthogonal masks need a probability of 0.5, got {probability}; "
                "choose the sampling 'sobol'"
            )
        self.runs = max(2 * BLOCK, 2 << (self._size - 1).bit_length())
        self._pairs = self.runs // 2
        # By replicate: which array, and what is random of it. Not the array itself, which has
        # gigabytes for the largest grids.
        self._arrays: dict[int, tuple[int, _Array]] = {}

    def _block(self, replicate: int, number: int) -> Block:
        which, first = divmod(number * BLOCK // 2, self._pairs)
        held = self._arrays.get(replicate)
        if held is None or held[0] != which:
            held = self._arrays[replicate] = which, self._array(replicate, which)
        array = held[1]
        mine = slice(first, first + BLOCK // 2)
        # The lowest bit is 0 here; setting it turns every cell around.
        kept = _parity(array.order[mine, None] & array.columns) ^ array.flipped
        grids = np.empty((BLOCK, self._size), np.bool_)
        grids[0::2] = kept
        grids[1::2] = ~kept
        return grids, np.repeat(array.offsets[mine], 2, axis=0)

    def _array(self, replicate: int, which: int) -> _Array:
        generator = self._generator(replicate, which)
        strata = np.stack([generator.permutation(self._pairs) for _ in self.shifts], axis=1)
        return _Array(
            columns=generator.permutation(self._pairs)[: self._size],
            flipped=generator.random(self._size) < 0.5,
            order=generator.permutation(self._pairs),
            offsets=self._offsets((strata + generator.random(strata.shape)) / self._pairs),
        )


@dataclass(frozen=True, eq=False)
class _Array:
    """What is random of one array: cells' columns and bits, pairs' order and shifts.

    Columns and order are without the lowest bit, which all columns have.
    """

    columns: NDArray[np.int64]
    flipped: NDArray[np.bool_]
    order: NDArray[np.int64]
    offsets: NDArray[np.int64]


def orthogonal_or_sobol(
    cells: tuple[int, ...],
    probability: float,
    shifts: tuple[int, ...],
    seed: int,
    replicates: int,
) -> Sampler:
    """Orthogonal arrays where the probability is 1/2, else Sobol' sequences with a note."""
    if probability == 0.5:
        return OrthogonalSampler(cells, probability, shifts, seed, replicates)
    sampler = SobolSampler(cells, probability, shifts, seed, replicates)
    sampler.note = (
        f"orthogonal masks need a probability of 0.5, and {probability:g} was asked for: "
        "Sobol' masks were taken"
    )
    return sampler


def _parity(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the number of set bits is odd, for numbers from 0 to 2^16 - 1."""
    folded = values
    for shift in (8, 4, 2, 1):
        folded = folded ^ (folded >> shift)
    odd: NDArray[np.bool_] = (folded & 1).astype(np.bool_)
    return odd
