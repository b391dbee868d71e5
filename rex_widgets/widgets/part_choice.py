"""Which of several masks a panel shows: names for a list, and the mask behind each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.results import Explanation

EXPLANATION = "the explanation"
ALL = "all together"
MOST_SETS = 10
"""Sets of separate explanations that are offered."""


def part_names(explanation: Explanation) -> list[str]:
    """What can be shown of an explanation; empty where there is only one mask.

    "the explanation" itself, every part by its name, and for multiple explanations all of them
    together and the largest sets that do not overlap.
    """
    parts = explanation.parts
    if len(parts) < 2:
        return []
    names = [EXPLANATION]
    if explanation.strategy == "multi":
        names = [ALL, *(_set_name(chosen) for chosen in separate_sets(explanation))]
    return [*names, *(part.name for part in parts)]


def part_mask(explanation: Explanation, name: str) -> NDArray[np.bool_]:
    """Return the mask of a name that `part_names` gave; the explanation's own for another."""
    parts = explanation.parts
    if name == ALL and parts:
        return _union(explanation, range(len(parts)))
    for part in parts:
        if part.name == name:
            return part.mask
    if name.startswith("separate: "):
        for chosen in separate_sets(explanation):
            if _set_name(chosen) == name:
                return _union(explanation, chosen)
    return explanation.mask


def separate_sets(explanation: Explanation) -> tuple[tuple[int, ...], ...]:
    """Largest sets of parts that do not overlap, as numbers from 0; at most `MOST_SETS`."""
    overlap = float(getattr(explanation.settings, "permitted_overlap", 0.0))
    found = explanation.separate_by(overlap).sets[:MOST_SETS]
    return tuple(chosen for chosen in found if len(chosen) > 1)


def _set_name(chosen: tuple[int, ...]) -> str:
    return "separate: " + ", ".join(str(number + 1) for number in chosen)


def _union(explanation: Explanation, chosen: range | tuple[int, ...]) -> NDArray[np.bool_]:
    union: NDArray[np.bool_] = np.any([explanation.parts[number].mask for number in chosen], axis=0)
    return union
