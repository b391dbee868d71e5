"""A view that shows one map only where another is small, as U-RELAX does with the uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.ordering import lower_quantile
from rex_widgets.widgets._linked_data import LinkedView, checked_words


@dataclass(frozen=True)
class Filter:
    """One view more: a map where another map is at most its quantile, and nothing elsewhere.

    With the quantile 0.5 it is U-RELAX (Wickstrøm et al., IJCV 131, 2023, arXiv 2112.10161): the
    importance where the uncertainty is at most its median.

    Attributes
    ----------
    map : str
        Name of the map (or signed map) that is shown.
    by : str
        Name of the map that decides where.
    name : str
        What the view is called.
    quantile : float
        Where the slider starts, 0 (the smallest value alone) to 1 (everything).

    Raises
    ------
    InputError
        If a name is no text, two of them are equal, or the quantile is not from 0 to 1.
    """

    map: str
    by: str
    name: str = "filtered"
    quantile: float = 0.5

    def __post_init__(self) -> None:
        for field in ("map", "by", "name"):
            checked_words(f"filter's {field}", getattr(self, field))
        if len({self.map, self.by, self.name}) < 3:
            raise InputError(
                f"The filter's names are {self.map!r}, {self.by!r} and {self.name!r}; expected "
                "three that differ: the map shown, the map that decides where, and the new view."
            )
        number = isinstance(self.quantile, (int, float)) and not isinstance(self.quantile, bool)
        if not number or not (math.isfinite(self.quantile) and 0 <= self.quantile <= 1):
            raise InputError(f"The filter's quantile is {self.quantile!r}; expected 0 to 1.")


def kept_where(values: NDArray[Any], by: NDArray[Any], quantile: float) -> NDArray[Any]:
    """Return a read-only copy of ``values``, zero where ``by`` is above its quantile.

    Ties at the quantile are kept, so more places than its share may be.
    """
    kept = np.where(by <= lower_quantile(by, quantile), values, values.dtype.type(0))
    kept.setflags(write=False)
    return kept


def pair_of(
    chosen: Filter | None, views: tuple[LinkedView, ...]
) -> tuple[LinkedView, LinkedView] | None:
    """Return the map and what it is filtered by, where both are here and can be."""
    if chosen is None:
        return None
    known = {view.name: view for view in views}
    shown, by = known.get(chosen.map), known.get(chosen.by)
    if shown is None or by is None:
        return None
    if shown.kind not in ("map", "difference") or by.kind != "map":
        return None
    return shown, by


def filtered(pair: tuple[LinkedView, LinkedView], name: str, quantile: float) -> LinkedView:
    """Return the view that a filter makes of two."""
    shown, by = pair
    note = f"{shown.name} where {by.name} is in its lowest {quantile:.0%}"
    values = kept_where(shown.values, by.values, quantile)
    return replace(shown, id=0, name=name, values=values, note=note, of=None, scaled=False)


def heading_of(pair: tuple[LinkedView, LinkedView], name: str) -> dict[str, Any]:
    """What the browser is told: it makes the view itself, of arrays that it has."""
    shown, by = pair
    return {
        "id": 0, "name": name, "kind": shown.kind, "note": "", "filter": [shown.id, by.id],
    }  # fmt: skip
