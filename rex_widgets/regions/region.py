"""One named region of a picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rex_widgets.regions.morph import feathered
from rex_widgets.regions.runs import pixels_shape
from rex_widgets.regions.shapes import Shape


@dataclass(frozen=True, eq=False)
class Region:
    """A part of a picture, with what it was made of, as it is at one moment.

    Attributes
    ----------
    name
        1 to 64 characters.
    mask
        Bool (H, W), True inside; read-only.
    shapes
        What was drawn, in order, as `checked_shapes` returns it; ``rasterise`` makes the mask.
    feather
        Width of the soft border to either side, 0 to 1024 pixels.
    colour
        ``"#rrggbb"``, how it is shown.
    """

    name: str
    mask: NDArray[np.bool_] = field(repr=False)
    shapes: tuple[Shape, ...] = field(default=(), repr=False)
    feather: int = 0
    colour: str = "#2f9bff"

    def __post_init__(self) -> None:
        self.mask.setflags(write=False)

    @cached_property
    def soft_mask(self) -> NDArray[np.float32]:
        """Float32 (H, W), 0..1, read-only: above 1/2 just where the mask is set.

        Without a feather it is 0 and 1 alone. Made when it is first asked for.
        """
        soft = feathered(self.mask, self.feather)
        soft.setflags(write=False)
        return soft

    @property
    def pixels(self) -> int:
        """How many pixels the mask has."""
        return int(np.count_nonzero(self.mask))

    def with_mask(self, mask: NDArray[np.bool_]) -> Region:
        """Return a region of just these pixels, bool (H, W), as one shape; the rest is kept."""
        shapes = (pixels_shape(mask),) if mask.any() else ()
        return replace(self, mask=mask.copy(), shapes=shapes)
