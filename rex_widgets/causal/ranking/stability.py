"""How much of the ranking's top stays from one wave to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking.base import Arrays
from rex_widgets.causal.ranking.spread import STABLE, overlap, top_places


class Stability:
    """The top of the ranking at the last wave border, and the overlaps so far.

    Attributes
    ----------
    overlaps
        Share of the top 5 % of each wave border that was in the top 5 % at the
        border before, from the second border on.
    """

    def __init__(self) -> None:
        self.overlaps: list[float] = []
        self._top: NDArray[np.bool_] | None = None
        self._border = 0

    @property
    def stable(self) -> bool:
        """Whether the last overlap was at least `STABLE`."""
        return bool(self.overlaps) and self.overlaps[-1] >= STABLE

    def note(self, border: int, order: NDArray[np.int64]) -> None:
        """Compare the ranking at a wave border; noting a border again changes nothing."""
        if border <= self._border:
            return
        top = top_places(order)
        if self._top is not None:
            self.overlaps.append(overlap(top, self._top))
        self._top, self._border = top, border

    def state(self) -> dict[str, Any]:
        """JSON values that, with `arrays`, hold everything."""
        return {"overlaps": self.overlaps, "border": self._border}

    def arrays(self) -> Arrays:
        """The last top, one byte per place."""
        return {} if self._top is None else {"top": self._top}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` and `arrays` gave."""
        self.overlaps = [float(value) for value in state["overlaps"]]
        self._border = int(state["border"])
        if "top" in arrays:
            self._top = np.array(arrays["top"], np.bool_)
