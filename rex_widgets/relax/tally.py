"""The least and the most similarity, and how often it was undefined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Tally:
    """What is counted of the masked inputs beside the maps.

    Attributes
    ----------
    least, most
        Of the similarities; NaN before the first.
    undefined
        Representations that were zero vectors, where the cosine counts as 0.
    """

    def __init__(self) -> None:
        self.least = self.most = float("nan")
        self.undefined = 0

    def add(self, similarities: NDArray[np.float64], undefined: int) -> None:
        """Count those of N masked inputs, at least one."""
        self.least = float(np.fmin(self.least, similarities.min()))
        self.most = float(np.fmax(self.most, similarities.max()))
        self.undefined += undefined

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        known = not np.isnan(self.least)
        return {
            "least": self.least if known else None,
            "most": self.most if known else None,
            "undefined": self.undefined,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        for name in ("least", "most"):
            value = state[name]
            setattr(self, name, float("nan") if value is None else float(value))
        self.undefined = int(state["undefined"])
