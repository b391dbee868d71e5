"""Large inputs are ranked on a coarser grid of places, so that masks stay cheap to make."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import Shape

PLACES = 65_536
"""Most places that are told apart: all of a 256×256 picture, every eighth of a 64³ volume."""

_Value = TypeVar("_Value", bound=np.generic)


class Grain:
    """Blocks of equal places: cubes of ``factor`` places along every axis.

    Parameters
    ----------
    shape
        Of the input, without channels.
    places
        Most blocks.
    """

    def __init__(self, shape: Shape, places: int = PLACES) -> None:
        self.full = shape
        self.factor = 1
        while np.prod(self._blocks()) > places:
            self.factor += 1
        self.shape = self._blocks()

    def fine(self, values: NDArray[_Value]) -> NDArray[_Value]:
        """Values of the blocks at every place of the input."""
        if self.factor == 1:
            return values
        for axis in range(len(self.full)):
            values = np.repeat(values, self.factor, axis=axis)
        return values[tuple(slice(length) for length in self.full)]

    def coarse(self, values: NDArray[_Value]) -> NDArray[_Value]:
        """Values of the blocks, read off the first place of each."""
        return values[(slice(None, None, self.factor),) * len(self.full)]

    def touched(self, values: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The blocks of which a mask has any place."""
        for axis, length in enumerate(self.full):
            starts = np.arange(0, length, self.factor)
            values = np.logical_or.reduceat(values, starts, axis=axis)
        return values

    def _blocks(self) -> Shape:
        return tuple(-(-length // self.factor) for length in self.full)
