"""Masks that know nothing of each other, as the release of RELAX draws them."""

from __future__ import annotations

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.base import Block, BlockSampler


class IidSampler(BlockSampler):
    """Every cell kept with the given probability, every shift equally likely, all independent."""

    name = "iid"

    def _block(self, replicate: int, number: int) -> Block:
        generator = self._generator(replicate, number)
        grids = generator.random((BLOCK, self._size)) < self.probability
        return grids, self._offsets(generator.random((BLOCK, len(self.shifts))))
