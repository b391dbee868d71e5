"""The gallery's inputs, sorted by how similar the explained input is to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.explanation import Neighbour
from rex_widgets.relax.references import Reference


def ranked(similarities: NDArray[np.float64]) -> list[int]:
    """Indices of a gallery's inputs, the most similar first; among equals as given."""
    return [int(index) for index in np.argsort(-similarities, kind="stable")]


def neighbours(
    gallery: Sequence[Reference],
    similarities: NDArray[np.float64],
    importance: Callable[[int], NDArray[np.float32]],
) -> tuple[Neighbour, ...]:
    """Put a gallery's inputs together with their maps.

    Parameters
    ----------
    gallery
        The inputs, as given.
    similarities
        Float64, one each, of the whole inputs.
    importance
        Gives the map of the input with that index.

    Returns
    -------
    tuple of Neighbour
        The most similar first.
    """
    return tuple(
        Neighbour(
            gallery[index].name,
            float(similarities[index]),
            gallery[index].thumbnail,
            importance(index),
        )
        for index in ranked(similarities)
    )
