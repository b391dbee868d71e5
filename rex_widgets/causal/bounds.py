"""Where a search may look: all of an input, or a region of it.

Inside `rex_widgets.causal` a mask that answers for a part of the input never has
a place outside the region. What the model is shown for it is decided here alone:
the part and nothing else (``outside`` hidden), or the part and everything
outside the region (``outside`` visible).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError
from rex_widgets.masks import (
    Box,
    Mask,
    Shape,
    box_of,
    extent_of,
    full_mask,
    mask_of,
    slices_of,
)
from rex_widgets.ordering import rank_pixels
from rex_widgets.regions.asked import region_read

OUTSIDE = ("hidden", "visible")
"""What becomes of the places outside a region, in every mutant."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """A region of an input, and what becomes of the rest.

    Attributes
    ----------
    shape
        Of the input without channels.
    inside
        Bool of ``shape``, with at least one place; ``None`` for all of the input.
    outside
        "hidden" or "visible"; without a region it says nothing.
    """

    shape: Shape
    inside: NDArray[np.bool_] | None = None
    outside: str = "hidden"

    @cached_property
    def everything(self) -> Mask:
        """The largest part there is."""
        return full_mask(self.shape) if self.inside is None else mask_of(self.inside)

    @cached_property
    def box(self) -> Box:
        """The smallest box that holds the region."""
        box = self.fitted(box_of(self.shape))
        assert box is not None
        return box

    @property
    def noun(self) -> str:
        """What an explanation is a part of, in a sentence."""
        return "input" if self.inside is None else "region"

    @property
    def by_itself(self) -> str:
        """How a part is shown, in a sentence."""
        if self.inside is None or self.outside == "hidden":
            return "by itself"
        return "with everything outside the region visible"

    def part(self, mask: Mask) -> Mask:
        """The places of a mask that lie in the region."""
        if self.inside is None:
            return mask
        bits = np.frombuffer(mask.bits, np.uint8) & self._inside_bits
        # a mask that is whole inside keeps its boxes
        same = bits.tobytes() == mask.bits
        return mask if same else Mask(bits.tobytes(), mask.shape)

    def shown(self, mask: Mask) -> Mask:
        """What the model is shown for a part; what lies outside the region is not asked for."""
        if self.inside is None:
            return mask
        if self.outside == "hidden":
            return self.part(mask)
        bits = (np.frombuffer(mask.bits, np.uint8) | self._outside_bits).tobytes()
        return Mask(bits, mask.shape)

    def fitted(self, box: Box) -> Box | None:
        """The smallest box around what a box holds of the region; ``None`` for nothing."""
        if self.inside is None:
            return box
        part = self.inside[slices_of(box)]
        edges: list[int] = []
        for axis in range(part.ndim):
            others = tuple(other for other in range(part.ndim) if other != axis)
            lines = np.flatnonzero(part.any(axis=others))
            if not len(lines):
                return None
            edges += [box[2 * axis] + int(lines[0]), box[2 * axis] + int(lines[-1]) + 1]
        return tuple(edges)

    def places(self, box: Box) -> int:
        """Number of the region's places in a box."""
        if self.inside is None:
            return prod(extent_of(box))
        return int(np.count_nonzero(self.inside[slices_of(box)]))

    def only(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of the input's shape, zero outside the region."""
        if self.inside is None:
            return values
        return np.where(self.inside, values, np.zeros((), values.dtype))

    def ranked(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A ranking of the input's shape that puts no place outside before one inside."""
        if self.inside is None:
            return values
        return np.where(self.inside, values, min(0.0, float(values[self.inside].min())))

    def order(self, ranking: NDArray[np.float64]) -> NDArray[np.int64]:
        """Flat indices of the region's places, highest rank first."""
        order = rank_pixels(ranking)
        return order if self.inside is None else order[self.inside.ravel()[order]]

    def numbered(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Flat indices counted among the region's places alone."""
        if self.inside is None:
            return order
        return (np.cumsum(self.inside.ravel()) - 1)[order]

    def within(self, local: Mask) -> Mask:
        """A part from a mask of the region's `box` alone."""
        if self.inside is None:
            return local
        array = np.zeros(self.shape, np.bool_)
        array[slices_of(self.box)] = local.array()
        return mask_of(array & self.inside)

    def cropped(self, array: NDArray[Any]) -> NDArray[Any]:
        """What lies in the region's `box`."""
        return array[slices_of(self.box)]

    def random_place(self, generator: np.random.Generator) -> tuple[int, ...]:
        """One place of the region, each as likely as the others."""
        if self.inside is None:
            return tuple(int(generator.integers(length)) for length in self.shape)
        places = np.flatnonzero(self.inside)
        flat = places[int(generator.integers(len(places)))]
        return tuple(int(i) for i in np.unravel_index(flat, self.shape))

    @cached_property
    def _inside_bits(self) -> NDArray[np.uint8]:
        return np.packbits(self.inside) if self.inside is not None else np.zeros(0, np.uint8)

    @cached_property
    def _outside_bits(self) -> NDArray[np.uint8]:
        return np.packbits(~self.inside) if self.inside is not None else np.zeros(0, np.uint8)


def bounds_of(region: Any, shape: Shape, outside: str = "hidden") -> Bounds:
    """The bounds that the settings ``region`` and ``outside`` ask for.

    Parameters
    ----------
    region
        ``None``, or anything that `rex_widgets.regions.as_mask` takes.
    shape
        Of the input without channels.
    outside
        "hidden" or "visible".

    Returns
    -------
    Bounds
        Without a region where it covers all of the input.

    Raises
    ------
    InputError
        The region cannot be read, or has another shape.
    SettingsError
        It is empty.
    """
    inside = region_mask(region, shape)
    if inside is None or inside.all():
        return Bounds(shape)
    return Bounds(shape, inside, outside)


def region_mask(region: Any, shape: Shape) -> NDArray[np.bool_] | None:
    """The setting ``region`` as a mask that cannot be written to; raises as `bounds_of` does."""
    if region is None:
        return None
    inside = region_read(region, shape)
    if not inside.any():
        raise SettingsError(
            f"The region is empty: none of its {inside.size} places is set, so that there is "
            "nothing to search. Draw a region, or leave region out to search all of the input."
        )
    inside.flags.writeable = False
    return inside
