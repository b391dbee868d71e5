"""Contrast: a second map from the same mutants, for ranking.

Whenever a box is split, each of its four children is visible in 7 of the 14
mutants and hidden in the other 7. The difference of the target's mean
probability between the two says how much the answer depends on that child, all
else being equal, whether or not a mutant passed. Summed over all splits this
ranks pixels by evaluations that were made anyway. How it compares with the
responsibility map is measured by ``python -m tests.benchmarks --only 6``
(insertion and deletion); it was chosen among several such rankings on five of
the six photographs used there. Short ranked prefixes are not always shorter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.responsibility import FRACTION, add_box, blank_corners, integrate
from rex_widgets.masks import Box, Shape

HALF = 7
"""Mutants of a split in which a child is visible, and in which it is hidden."""


def contrast_units(visible: Sequence[Sequence[bool]], confidences: Sequence[float]) -> list[int]:
    """Contrast of each child of one split, as integers.

    Parameters
    ----------
    visible
        For each child, in which of the mutants it is kept: in as many as it is hidden.
    confidences
        The target's probability in each mutant.

    Returns
    -------
    list of int
        Sum over the mutants with the child minus sum over those without, in
        units of 2⁻³²; divided by `HALF` it is a difference of means. Of fewer
        than four children (at a region's border) it is scaled to that.
    """
    rounded = [round(confidence * FRACTION) for confidence in confidences]
    sums = [
        sum(value if kept else -value for kept, value in zip(row, rounded, strict=True))
        for row in visible
    ]
    return [value * HALF // sum(row) for value, row in zip(sums, visible, strict=True)]


class ContrastMap:
    """Contrast summed over all splits, accumulated in integers like responsibility."""

    def __init__(self, shape: Shape) -> None:
        self.corners = blank_corners(shape)

    def add(self, boxes: Sequence[Box], units: Sequence[int]) -> None:
        """Add one split's children."""
        for box, value in zip(boxes, units, strict=True):
            add_box(self.corners, box, value)

    def map(self) -> NDArray[np.float64]:
        """Summed differences of mean probability, of the input's shape; may be negative."""
        return integrate(self.corners) / (HALF * FRACTION)
