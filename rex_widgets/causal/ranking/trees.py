"""Every tree's own map, as far as the standard error over trees needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking.base import Arrays
from rex_widgets.causal.ranking.spread import standard_error
from rex_widgets.causal.responsibility import SCALE, Update, add_box, blank_corners, integrate
from rex_widgets.masks import Shape


class TreeSpread:
    """Sums and squares over the trees' maps of one class.

    Running trees are held as the boxes that they have added so far; a finished
    one is added to the sums, in the order of the trees, and forgotten.
    """

    def __init__(self, shape: Shape, target: int) -> None:
        self.trees = 0
        self._target = target
        self._total: NDArray[np.float64] = np.zeros(shape)
        self._squares: NDArray[np.float64] = np.zeros(shape)
        self._running: dict[int, list[Update]] = {}

    def add(self, number: int, updates: Iterable[Update]) -> None:
        """What a running tree has added, of any class."""
        own = [update for update in updates if update.given == self._target]
        self._running.setdefault(number, []).extend(own)

    def close(self, number: int) -> None:
        """Account for a finished tree; trees must come in order."""
        corners = blank_corners(self._total.shape)
        for update in self._running.pop(number, []):
            for box, units in zip(update.boxes, update.units, strict=True):
                add_box(corners, box, units)
        own = integrate(corners) / SCALE
        self._total += own
        self._squares += own**2
        self.trees += 1

    def error(self) -> NDArray[np.float64]:
        """Standard error of the additive map, in its units; NaN below two finished trees."""
        return standard_error(self._total, self._squares, self.trees)

    def state(self) -> dict[str, Any]:
        """JSON values that, with `arrays`, hold everything."""
        running = {
            str(number): [(update.given, update.boxes, update.units) for update in updates]
            for number, updates in self._running.items()
        }
        return {"trees": self.trees, "running": running}

    def arrays(self) -> Arrays:
        """The sums."""
        return {"total": self._total, "squares": self._squares}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` and `arrays` gave."""
        self.trees = int(state["trees"])
        self._total = np.array(arrays["total"], np.float64)
        self._squares = np.array(arrays["squares"], np.float64)
        self._running = {
            int(number): [
                Update(int(given), tuple(map(tuple, boxes)), tuple(map(int, units)))
                for given, boxes, units in updates
            ]
            for number, updates in state["running"].items()
        }
