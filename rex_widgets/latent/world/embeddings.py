"""Three coordinates for every character and every font, near where the shapes are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

APART = 0.75
"""Nearest that two embeddings may come, in standard deviations of a coordinate."""

_STEPS = 2000
_RATE = 0.02


def embed(pictures: NDArray[np.floating]) -> NDArray[np.float32]:
    """Place pictures in three dimensions by how different they are.

    Classical scaling of the distances between the pictures gives the layout; points that come
    nearer than `APART` are then pushed from each other, because a renderer that mixes glyphs by
    their distance must be able to tell them apart.

    Parameters
    ----------
    pictures
        ``(count, height, width)``.

    Returns
    -------
    ndarray
        Float32 ``(count, 3)``; each column has mean 0 and variance 1.
    """
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    squared = ((flat[:, None] - flat[None]) ** 2).sum(-1)
    middle = np.eye(len(flat)) - 1 / len(flat)
    values, vectors = np.linalg.eigh(-0.5 * middle @ squared @ middle)
    places = vectors[:, -3:] * np.sqrt(np.maximum(values[-3:], 0))
    # eigenvectors have no sign of their own: the largest entry is made positive
    places *= np.sign(places[np.abs(places).argmax(0), np.arange(3)])
    places = _standardised(places)
    for _ in range(_STEPS):
        between = places[:, None] - places[None]
        distance = np.sqrt((between**2).sum(-1)) + np.eye(len(places))
        push = np.maximum(APART - distance, 0) * (1 - np.eye(len(places)))
        places = _standardised(places + _RATE * ((push / distance)[..., None] * between).sum(1))
    return places.astype(np.float32)


def _standardised(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((places - places.mean(0)) / places.std(0))
