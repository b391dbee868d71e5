"""What a rectangle holds of each view: the numbers that the browser shows, too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rectangle = tuple[int, int, int, int]

_BRIGHTNESS = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True)
class ViewStatistics:
    """One view inside a rectangle.

    Attributes
    ----------
    mean, max
        Mean and largest value: of a picture its brightness (0 to 255), of a mask 0 or 1, of a
        difference with its sign.
    share
        What of the whole view lies inside, in [0, 1]: of a map the values above zero, of a
        difference the sizes, of a mask its pixels. NaN for pictures, and where the whole is zero.
    """

    mean: float
    max: float
    share: float


def statistics_in(kind: str, values: NDArray[Any], rectangle: Rectangle) -> ViewStatistics:
    """Sum up a view inside a rectangle.

    Parameters
    ----------
    kind
        "picture", "map", "difference" or "mask".
    values
        (H, W), or (H, W, 3) for a picture.
    rectangle
        x0, y0, x1, y1 in pixels; column x1 and row y1 are not inside.
    """
    single = values @ np.array(_BRIGHTNESS) if kind == "picture" else values.astype(np.float64)
    x0, y0, x1, y1 = rectangle
    inside = single[y0:y1, x0:x1]
    if kind == "picture":
        return ViewStatistics(float(inside.mean()), float(inside.max()), math.nan)
    size = np.abs if kind == "difference" else _above_zero
    whole = float(size(single).sum())
    share = float(size(inside).sum()) / whole if whole > 0 else math.nan
    return ViewStatistics(float(inside.mean()), float(inside.max()), share)


def _above_zero(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(values, 0.0)
