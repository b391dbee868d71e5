"""Responsibility maps, accumulated in integers.

Whatever the batch size and whatever the order in which trees finish, the sum is
the same to the last bit: 1/1, 1/2 and 1/3 are multiples of 1/12, and confidence
weights are rounded to 2⁻³². A box costs as many corner updates of a
difference array as it has corners (2, 4 or 8); cumulative sums give the map.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.partition import area_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.masks import Box, Shape

FRACTION = 2**32
SCALE = 12 * FRACTION
"""Integer units of a responsibility of 1."""

MAX_MAPS = 32
"""Maps kept at most; beyond it the class with the fewest mutants is dropped
(never the target). At 224×224 a map takes 0.4 MB, at 64×64×64 2.2 MB."""


@dataclass(frozen=True)
class Update:
    """What one mutant adds: ``units`` on each of ``boxes``, in the map of ``given``."""

    given: int
    boxes: tuple[Box, ...]
    units: tuple[int, ...]


def update_of(
    given: int,
    confidence: float,
    boxes: tuple[Box, ...],
    depth: int,
    settings: CausalSettings,
    places: tuple[int, ...] | None = None,
) -> Update:
    """Responsibility that a mutant gives to each of its kept children.

    1 over the number of kept children; ``weighted`` multiplies by the mutant's
    confidence, ``concentrate`` divides by the box's area (by its ``places``, if
    only these are searched) or multiplies by its depth in the tree.
    """
    base = SCALE // len(boxes)
    if settings.weighted:
        base = base * round(confidence * FRACTION) // FRACTION
    if settings.concentrate == "area":
        units = tuple(base // area for area in places or map(area_of, boxes))
    elif settings.concentrate == "depth":
        units = (base * depth,) * len(boxes)
    else:
        units = (base,) * len(boxes)
    return Update(given, boxes, units)


class ResponsibilityMaps:
    """One map per class seen, each the merger of finished and running trees.

    ``additive`` merges as updates arrive. ``multiplicative`` needs whole trees
    in order: M ← M·(1 + Σ)/max, once per tree that saw the class. Outside the
    ``bounds`` every map is zero.
    """

    def __init__(
        self,
        shape: Shape,
        settings: CausalSettings,
        target: int,
        bounds: Bounds | None = None,
    ) -> None:
        self.shape = shape
        self._bounds = bounds or Bounds(shape)
        self.target = target
        self.counts: dict[int, int] = {}
        self._settings = settings
        self._corners: dict[int, NDArray[np.int64]] = {}
        self._products: dict[int, NDArray[np.float64]] = {}

    @property
    def classes(self) -> tuple[int, ...]:
        """Classes that have a map, most often given first."""
        return tuple(sorted(self.counts, key=lambda c: (-self.counts[c], c)))

    def add(self, updates: Iterable[Update]) -> None:
        """Add a running tree's updates (additive merging)."""
        for update in updates:
            corners = self._corners.get(update.given)
            if corners is None:
                corners = self._corners[update.given] = self._blank()
            _accumulate(corners, update)
            self.counts[update.given] = self.counts.get(update.given, 0) + 1
        self._bound()

    def multiply(self, updates: Iterable[Update]) -> None:
        """Merge one whole tree multiplicatively; trees must come in order."""
        sums: dict[int, NDArray[np.int64]] = {}
        for update in updates:
            _accumulate(sums.setdefault(update.given, self._blank()), update)
            self.counts[update.given] = self.counts.get(update.given, 0) + 1
        for given, corners in sums.items():
            product = self._products.get(given, np.ones(self.shape))
            product = product * (1.0 + self._bounds.only(integrate(corners)) / SCALE)
            self._products[given] = product / product.max()
        self._bound()

    def map(self, index: int) -> NDArray[np.float64]:
        """Responsibility for a class, float64, of the input's shape, at least 0.

        Zero everywhere for a class that no mutant was given. With
        ``negative_responsibility`` the other classes' maps are subtracted.
        """
        own = self._one(index)
        if self._settings.negative_responsibility:
            for other in self.counts:
                if other != index:
                    own = own - self._one(other)
            own = np.maximum(own, 0.0)
        return own

    def exact(self, index: int) -> NDArray[np.int64]:
        """The additive map in integer units of 1/`SCALE`."""
        corners = self._corners.get(index)
        if corners is None:
            return np.zeros(self.shape, np.int64)
        return self._bounds.only(integrate(corners))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Plain arrays, for saving."""
        stored: dict[str, NDArray[np.generic]] = {
            f"corners_{index}": corners for index, corners in self._corners.items()
        }
        stored |= {f"product_{index}": product for index, product in self._products.items()}
        stored["counts"] = np.array(sorted(self.counts.items()), np.int64).reshape(-1, 2)
        return stored

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave."""
        self.counts = {int(index): int(count) for index, count in arrays["counts"].tolist()}
        for name, array in arrays.items():
            kind, _, index = name.partition("_")
            if kind == "corners":
                self._corners[int(index)] = np.array(array, np.int64)
            elif kind == "product":
                self._products[int(index)] = np.array(array, np.float64)

    def _one(self, index: int) -> NDArray[np.float64]:
        if index in self._products:
            return self._bounds.only(self._products[index])
        return self.exact(index) / SCALE

    def _blank(self) -> NDArray[np.int64]:
        return blank_corners(self.shape)

    def _bound(self) -> None:
        while len(self.counts) > MAX_MAPS:
            others = (index for index in self.counts if index != self.target)
            least = min(others, key=lambda c: (self.counts[c], -c))
            del self.counts[least]
            self._corners.pop(least, None)
            self._products.pop(least, None)


def blank_corners(shape: Shape) -> NDArray[np.int64]:
    """A difference array for a map of ``shape``: one longer along every axis."""
    return np.zeros(tuple(length + 1 for length in shape), np.int64)


def add_box(corners: NDArray[np.int64], box: Box, units: int) -> None:
    """Add ``units`` to every place of a box, in a difference array: signs alternate by corner."""
    if len(box) == 2:
        corners[box[0]] += units
        corners[box[1]] -= units
    elif len(box) == 4:
        r0, r1, c0, c1 = box
        corners[r0, c0] += units
        corners[r0, c1] -= units
        corners[r1, c0] -= units
        corners[r1, c1] += units
    else:
        add_box(corners[box[0]], box[2:], units)
        add_box(corners[box[1]], box[2:], -units)


def integrate(corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """The map of a difference array."""
    for axis in range(corners.ndim):
        corners = corners.cumsum(axis=axis)
    return corners[(slice(-1),) * corners.ndim]


def _accumulate(corners: NDArray[np.int64], update: Update) -> None:
    for box, units in zip(update.boxes, update.units, strict=True):
        add_box(corners, box, units)
