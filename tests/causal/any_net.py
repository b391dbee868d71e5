"""The networks of `tests.synthetic` over inputs of one, two or three dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.masks import Box, Shape, slices_of
from tests.synthetic import Synthetic, softmax


class AnyNet(Synthetic):
    """A small random network: one hidden layer of rectified units.

    `bias` is added to class 0, so that little evidence is not enough for the others.
    """

    def __init__(
        self,
        shape: Shape,
        classes: int = 4,
        seed: int = 0,
        gain: float = 2.0,
        bias: float = 0.0,
    ) -> None:
        super().__init__((1, 1))
        self.shape = shape
        generator = np.random.default_rng([77, seed])
        places = math.prod(shape)
        self._first = generator.normal(size=(6, places)) * gain / np.sqrt(places)
        self._second = generator.normal(size=(classes, 6)) * gain
        self._bias = np.zeros(classes)
        self._bias[0] = bias

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        hidden = np.maximum(self._first @ data.reshape(-1), 0)
        return softmax(self._second @ hidden + self._bias)

    def picture(self) -> NDArray[np.float32]:
        """A random input without zeros, so that different masks give different inputs."""
        generator = np.random.default_rng([78, 0])
        return generator.uniform(0.2, 1.0, (1, *self.shape)).astype(np.float32)


class AnyRegions(Synthetic):
    """Class k (from 1) where enough of box k is visible and bright; class 0 otherwise."""

    def __init__(
        self, shape: Shape, boxes: Sequence[Box], need: float = 0.5, gain: float = 8.0
    ) -> None:
        super().__init__((1, 1))
        self.shape = shape
        self.boxes = list(boxes)
        self.need = need
        self.gain = gain

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        bright = np.clip(data.mean(axis=0), 0, 1)
        seen = (float(bright[slices_of(box)].mean()) for box in self.boxes)
        return softmax([0.0, *(self.gain * (share - self.need) for share in seen)])

    def picture(self, dim: float = 0.02) -> NDArray[np.float32]:
        """An input with all boxes bright and the rest dim, ``(1, *shape)``."""
        data = np.full((1, *self.shape), dim, np.float32)
        for box in self.boxes:
            data[0][slices_of(box)] = 1.0
        return data
