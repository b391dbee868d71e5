"""From a heat map to a region: sign, outliers, smoothing, cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.areas.cells import CellGrid, checked_budget, keep_highest
from rex_widgets.bridge.areas.found import AreaFound
from rex_widgets.errors import InputError, SettingsError

SIGNS = {
    "absolute_value": "how much, whichever way it speaks",
    "positive": "what speaks for the class",
    "negative": "what speaks against the class",
    "all": "what speaks for the class, less what speaks against it",
}
"""What of an attribution counts, by name."""


FLAT_GIVEN = (
    "Give more iterations (or masks) to the explanation that it came from, take the map of another "
    "method, or draw the region."
)
"""What to do where a map that was given says nothing."""


def checked_map(values: Any, instead: str = FLAT_GIVEN) -> NDArray[np.float64]:
    """Return a heat map as float64 (H, W).

    Parameters
    ----------
    values
        The map.
    instead
        What to do where it is zero everywhere, in a sentence.

    Raises
    ------
    InputError
        If it is not two-dimensional, not finite, or zero everywhere.
    """
    given = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if given.ndim != 2 or given.size == 0:
        raise InputError(
            f"The map has the shape {given.shape}; expected one value a pixel, (H, W)."
        )
    if given.dtype.kind not in "biuf":
        raise InputError(f"The map holds {given.dtype}; expected real numbers.")
    given = given.astype(np.float64)
    if not np.isfinite(given).all():
        broken = int((~np.isfinite(given)).sum())
        raise InputError(
            f"{broken} of the map's {given.size} values are not finite, so that its highest cells "
            "are not defined. Replace them before, for example with numpy.nan_to_num."
        )
    if not given.any():
        raise InputError(
            f"The map is zero everywhere, so that no cell is higher than another. {instead}"
        )
    return given


def chosen_sign(values: NDArray[np.float64], sign: str) -> NDArray[np.float64]:
    """Return what of a signed map (H, W) counts, by a name from `SIGNS`.

    Raises
    ------
    SettingsError
        If the name is unknown.
    InputError
        If nothing of that sign is there.
    """
    if sign not in SIGNS:
        raise SettingsError(f"sign is {sign!r}; give one of {', '.join(SIGNS)}.")
    if sign == "all":
        return values
    if sign == "absolute_value":
        return np.abs(values)
    kept = np.maximum(values if sign == "positive" else -values, 0)
    if not kept.any():
        raise InputError(f"No value of the map is {sign}; give sign='absolute_value'.")
    return kept


def without_outliers(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Divide by the value below which `share` of the sorted mass lies, and clip to [-1, 1].

    The mass is that of the absolute values. With a share of 1 the largest of them becomes 1.

    Raises
    ------
    SettingsError
        If the share is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise SettingsError(
            f"outlier is {share}; give the share of the map's mass below which nothing is cut, "
            "above 0 and at most 1 (1 cuts nothing)."
        )
    ordered = np.sort(np.abs(values), axis=None)
    ordered = ordered / ordered[-1]
    mass = ordered.cumsum()
    place = min(int(np.searchsorted(mass, share * mass[-1])), ordered.size - 1)
    highest = np.abs(values).max()
    return np.asarray(np.clip(values / highest / ordered[place], -1, 1), np.float64)


def smoothed(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Smooth with a Gaussian of `sigma` pixels, mirrored at the borders; 0 leaves the map.

    Raises
    ------
    SettingsError
        If sigma is negative, not finite, or more than the picture's longer side.
    """
    if not 0 <= sigma <= max(values.shape):
        raise SettingsError(
            f"smoothing is {sigma}; give the width of a Gaussian in pixels, from 0 (none) to "
            f"{max(values.shape)}."
        )
    if sigma == 0:
        return values
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values, sigma, mode="reflect"), np.float64)


def ready_map(
    values: Any,
    *,
    sign: str = "all",
    outlier: float = 1.0,
    smoothing: float = 0.0,
    instead: str = FLAT_GIVEN,
) -> NDArray[np.float32]:
    """Return a map as cells are cut from it: float32 (H, W) in [-1, 1] (in [0, 1] without signs).

    In the order of METHODS: sign, outliers, smoothing. The errors are those of `checked_map`,
    `chosen_sign`, `without_outliers` and `smoothed`.
    """
    signed = chosen_sign(checked_map(values, instead), sign)
    return smoothed(without_outliers(signed, outlier), smoothing).astype(np.float32)


def region_of_map(
    map: Any,
    *,
    cell_size: int = 16,
    area: float = 0.3,
    half_stride: bool = False,
    sign: str = "all",
    outlier: float = 1.0,
    smoothing: float = 0.0,
) -> AreaFound:
    """Cut a region from any heat map: the highest cells that fit into an area.

    Parameters
    ----------
    map
        (H, W), array or tensor, higher where the picture should be changed rather: a causal map,
        an attribution, a saliency map of another tool.
    cell_size
        Side of a cell in pixels.
    area
        Share of the picture that may change, in (0, 1). The region never has more.
    half_stride
        Whether cells begin every half cell.
    sign
        What counts: "absolute_value", "positive", "negative" or "all" (as it is).
    outlier
        Share of the map's mass below which nothing is clipped; 1 clips nothing.
    smoothing
        Width of a Gaussian in pixels, laid over the map first; 0 for none.

    Returns
    -------
    AreaFound
        `map` is scaled so that its largest value is 1 or -1.

    Raises
    ------
    InputError
        If the map is not (H, W), not finite, or zero everywhere.
    SettingsError
        If a setting is out of its range, or no cell fits into the area.
    """
    values = checked_map(map)
    grid = CellGrid((values.shape[0], values.shape[1]), cell_size, half_stride)
    budget = checked_budget(grid, area)
    ready = ready_map(values, sign=sign, outlier=outlier, smoothing=smoothing)
    region, cells = keep_highest(ready, grid, budget)
    return AreaFound(region, ready, cells, source="a given map")
