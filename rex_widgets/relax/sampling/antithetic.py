"""Masks in pairs that show opposite cells."""

from __future__ import annotations

import numpy as np

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler


class AntitheticSampler(BlockSampler):
    """Masks 2j and 2j + 1 are a pair with the same shift; pairs are independent.

    With probability 1/2 the second of a pair keeps exactly the cells that the first hides, so
    that both together show every place once. With another probability p, a cell that got the
    uniform number u is kept by the first if u < p and by the second if u >= 1 - p.
    """

    name = "antithetic"

    def _block(self, replicate: int, number: int) -> Block:
        generator = self._generator(replicate, number)
        uniform = generator.random((BLOCK // 2, self._size))
        grids = np.empty((BLOCK, self._size), np.bool_)
        grids[0::2] = uniform < self.probability
        grids[1::2] = uniform >= 1.0 - self.probability
        offsets = self._offsets(generator.random((BLOCK // 2, len(self.shifts))))
        return grids, np.repeat(offsets, 2, axis=0)
