"""`ResponsibilityMaps`: the map of every class that a search has seen."""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rex_widgets.rex.search import Question

Map = NDArray[np.float32]


class ResponsibilityMaps:
    """Maps by class.

    Attributes
    ----------
    maps
        For each class, its map: float32, the shape of the input without channels.
    question
        What the maps answer: the input, the model, and all that it was asked so far.
    """

    def __init__(self, maps: Mapping[int, Map], question: Question) -> None:
        self.maps: dict[int, Map] = dict(maps)
        self.question = question

    def get(self, k: int, increment: bool = False) -> Map | None:
        """The map of class ``k``; ``None`` if no mutant was given it."""
        del increment
        return self.maps.get(k)

    def items(self) -> ItemsView[int, Map]:
        """Classes and maps."""
        return self.maps.items()

    def keys(self) -> KeysView[int]:
        """The classes that were seen."""
        return self.maps.keys()

    def len(self) -> int:
        """Number of classes that were seen."""
        return len(self.maps)

    __len__ = len

    def subset(self, id: int) -> None:
        """Keep the map of one class alone."""
        self.maps = {id: self.maps[id]} if id in self.maps else {}

    def merge(self, maps: Any) -> None:
        """Add the maps of another search."""
        for k, values in maps.items():
            self.maps[k] = self.maps[k] + values if k in self.maps else np.array(values, np.float32)

    def negative_responsibility(self, target: int) -> None:
        """Subtract the maps of all other classes from the target's."""
        others = [values for k, values in self.maps.items() if k != target]
        if target in self.maps and others:
            self.maps[target] = np.asarray(self.maps[target] - sum(others), np.float32)

    def __repr__(self) -> str:
        return f"<ResponsibilityMaps of the classes {sorted(self.maps)}>"
