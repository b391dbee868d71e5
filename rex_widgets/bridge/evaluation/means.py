"""From rows to the means of a set of images, with their standard errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.evaluation.rows import Row


@dataclass(frozen=True)
class Mean:
    """A mean over images.

    Parameters
    ----------
    value
        The mean.
    error
        Its standard error; NaN where it cannot be told (one image).
    """

    value: float
    error: float


Counts = Callable[[Row], tuple[float, float]]


def _share(name: str, of: str = "samples") -> Counts:
    return lambda row: (float(getattr(row, name)), float(getattr(row, of)))


def _value(name: str) -> Counts:
    return lambda row: (float(getattr(row, name)), 1.0)


MEASURES: Final[dict[str, tuple[str, Counts]]] = {
    "flip_rate": ("flipped", _share("flipped")),
    "reached": ("reached", _share("reached")),
    "reached_of_flipped": ("reached", _share("reached", "flipped")),
    "best_reached": ("best_reached", _value("best_reached")),
    "second_reached": ("second_reached", _share("second_reached")),
    "second_agrees": ("second_agreed", _share("second_agreed", "reached")),
    **{
        name: (name, _value(name))
        for name in (
            "p_source_before",
            "p_source_after",
            "p_target_before",
            "p_target_after",
            "area",
            "l1",
            "l2",
            "ssim",
            "lpips",
            "loss",
            "s3",
            "cout",
            "seconds",
        )
    },
}
"""Column of the means: which entry of a row must be there, and a row's share of the two sums that
are divided. ``reached_of_flipped`` is of the flipped samples; ``second_agrees`` of those that
reached the class; the other shares are of all samples."""


def means_of(rows: Sequence[Row]) -> dict[str, Mean]:
    """Means of rows of the same control.

    Each mean is a sum over a sum, both over all rows; its standard error is the jackknife's over
    images (leaving out one image with all its rows), since the questions put to one image do not
    answer independently. For one row an image that is the ordinary standard error of the mean.

    Returns
    -------
    dict
        `Mean` by the names in `MEASURES`; left out where rows have no such entry, NaN where the
        divisor is 0.
    """
    found = {}
    images, places = np.unique([row.image for row in rows], return_inverse=True)
    for name, (needed, counts) in MEASURES.items():
        if not rows or any(getattr(row, needed) is None for row in rows):
            continue
        sums = np.zeros((len(images), 2))
        np.add.at(sums, places, np.array([counts(row) for row in rows], float))
        found[name] = _jackknife(sums)
    return found


def _jackknife(sums: NDArray[np.float64]) -> Mean:
    """Ratio of two sums over images ``(N, 2)``, and its standard error."""
    count, total = len(sums), sums.sum(0)
    value = _ratio(total[None])[0]
    rest = _ratio(total - sums)
    if count < 2 or not np.isfinite(rest).all():
        return Mean(float(value), float("nan"))
    error = np.sqrt((count - 1) / count * np.square(rest - rest.mean()).sum())
    return Mean(float(value), float(error))


def _ratio(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    divisor = np.where(pairs[:, 1] == 0, np.nan, pairs[:, 1])
    return np.asarray(pairs[:, 0] / divisor)
