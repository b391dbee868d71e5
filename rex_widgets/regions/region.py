"""One named region of a picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rex_widgets.regions.shapes import Shape


@dataclass(frozen=True, eq=False)
class Region:
    """A part of a picture, with what it was made of.

    Attributes
    ----------
    name
        Of the region.
    mask
        Bool (H, W).
    soft_mask
        Float32 (H, W), 0..1, above 1/2 just where the mask is set; None for a hard border.
    shapes
        What was drawn, in order, as `checked_shapes` returns it; ``rasterise`` makes the mask.
    """

    name: str
    mask: NDArray[np.bool_] = field(repr=False)
    soft_mask: NDArray[np.float32] | None = field(default=None, repr=False)
    shapes: tuple[Shape, ...] = field(default=(), repr=False)

    @property
    def pixels(self) -> int:
        """How many pixels the mask has."""
        return int(np.count_nonzero(self.mask))
