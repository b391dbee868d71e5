"""A tiny linear classifier that needs nothing but numpy, so that both environments have it.

24×24 pixels in three channels, four classes. Everything comes from whole numbers, and sums are
exact in float64, so that the same mask gives the same answer wherever and however it is batched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIZE = 24
CLASSES = 4
SHARPNESS = 1 / 16384
BIASES = (0.0, 0.0, 0.0, 5.0)


def picture() -> NDArray[np.float32]:
    """The input, ``(3, SIZE, SIZE)``: whole numbers from 1 to 8."""
    channel, row, column = np.indices((3, SIZE, SIZE))
    return (1 + (7 * row + 5 * column + 3 * channel) % 8).astype(np.float32)


def weights() -> NDArray[np.float64]:
    """Whole numbers ``(CLASSES, SIZE, SIZE)``.

    Class 0 has two blobs of evidence far apart, and needs some of both to beat the blobs of
    classes 1 and 2 and what class 3 is given for nothing.
    """
    row, column = np.indices((SIZE, SIZE))
    blobs = ((0, 6, 7, 12), (0, 17, 16, 13), (1, 5, 17, 11), (2, 18, 5, 10))
    planes = np.zeros((CLASSES, SIZE, SIZE))
    for index, r, c, strength in blobs:
        planes[index] += strength * np.maximum(0, 36 - (row - r) ** 2 - (column - c) ** 2)
    for index in range(CLASSES):
        planes[index] += 4 * ((3 * row + (2 + index) * column) % 5 - 2)
    return planes


def probabilities(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities ``(N, CLASSES)`` of a batch ``(N, 3, SIZE, SIZE)``."""
    grey = np.asarray(batch, np.float64).sum(axis=1)
    scores = np.einsum("nhw,khw->nk", grey, weights()) * SHARPNESS + BIASES
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def hill() -> NDArray[np.float64]:
    """A map ``(SIZE, SIZE)`` without a zero and without ties, high where class 1 has its blob."""
    row, column = np.indices((SIZE, SIZE))
    height = np.exp(-((row - 5) ** 2 + (column - 17) ** 2) / 60)
    return np.asarray(height + (row * SIZE + column + 1) / 10_000, np.float64)
