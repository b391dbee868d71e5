"""What a search for a region gives: the region, the map that it was cut from, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class AreaFound:
    """A region in which a picture may change, and where it comes from.

    Attributes
    ----------
    region
        Bool (H, W); True may change.
    map
        Float32 (H, W): what the region was cut from, in [0, 1], or in [-1, 1] when signs were
        kept. Regions that come from a text have the segmenter's logits here.
    cells
        Int64 (k, 4): first row, row after the last, first column, column after the last of each
        kept cell, the highest first. (0, 4) for regions that are not made of cells.
    source
        What gave the region, in words.
    evaluations
        How many pictures the classifier was shown.
    notes
        What a reader should know before trusting the map, one sentence each.
    """

    region: NDArray[np.bool_]
    map: NDArray[np.float32]
    cells: NDArray[np.int64]
    source: str = ""
    evaluations: int = 0
    notes: tuple[str, ...] = ()

    @property
    def area(self) -> float:
        """The share of the picture that may change, in [0, 1]."""
        return float(self.region.mean())
