"""Splitting a box into four children at random coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.masks import Box


def area_of(box: Box) -> int:
    """Pixels of a box."""
    return (box[1] - box[0]) * (box[3] - box[2])


def can_split(box: Box, depth: int, settings: CausalSettings) -> bool:
    """Whether a box at ``depth`` of its tree may be split further.

    A box needs two rows, two columns and at least ``min_box_size`` pixels, so
    that none of the children is empty.
    """
    tall, wide = box[1] - box[0] >= 2, box[3] - box[2] >= 2
    return depth < settings.tree_depth and tall and wide and area_of(box) >= settings.min_box_size


def split(
    box: Box,
    generator: np.random.Generator,
    settings: CausalSettings,
    weight: NDArray[np.float64] | None = None,
) -> tuple[Box, Box, Box, Box]:
    """Cut a box once across its rows and once across its columns.

    Parameters
    ----------
    box
        The box; at least 2×2.
    generator
        Source of the cuts: one draw for the row, then one for the column.
    settings
        ``distribution``, ``distribution_args`` and ``blend`` are read.
    weight
        For the adaptive distribution, the responsibility map so far
        ``(H, W)``; cuts are drawn in proportion to it.

    Returns
    -------
    tuple
        Top left, top right, bottom left, bottom right.
    """
    r0, r1, c0, c1 = box
    rows = columns = None
    if settings.distribution == "adaptive" and weight is not None:
        inside = weight[r0:r1, c0:c1]
        rows, columns = inside.sum(axis=1)[1:], inside.sum(axis=0)[1:]
    row = r0 + _cut(r1 - r0, generator, settings, rows)
    column = c0 + _cut(c1 - c0, generator, settings, columns)
    return (
        (r0, row, c0, column),
        (r0, row, column, c1),
        (row, r1, c0, column),
        (row, r1, column, c1),
    )


def _cut(
    length: int,
    generator: np.random.Generator,
    settings: CausalSettings,
    weight: NDArray[np.float64] | None,
) -> int:
    """A cut in ``1..length − 1``: both parts have at least one line."""
    match settings.distribution:
        case "binom":
            p = settings.distribution_args[0] if settings.distribution_args else 0.5
            return 1 + int(generator.binomial(length - 2, p))
        case "betabinom":
            assert settings.distribution_args is not None
            a, b = settings.distribution_args
            return 1 + int(generator.binomial(length - 2, generator.beta(a, b)))
        case "adaptive" if weight is not None and weight.sum() > 0:
            uniform = 1.0 / (length - 1)
            p = (1 - settings.blend) * weight / weight.sum() + settings.blend * uniform
            position = np.searchsorted(np.cumsum(p), generator.random() * p.sum(), side="right")
            return 1 + min(int(position), length - 2)
        case _:
            return int(generator.integers(1, length))
