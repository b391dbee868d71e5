"""Discs around a place: intervals on one axis, balls in a volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.masks import Mask, Shape, mask_of

Place = tuple[int, ...]
"""Indices of one pixel, sample or voxel."""


def disc(centre: Place, radius: float, shape: Shape) -> NDArray[np.bool_]:
    """All places whose centre is at most ``radius`` away (Euclidean, in places).

    Returns
    -------
    ndarray
        Bool, of ``shape``; what lies outside the input is cut off.
    """
    squares: NDArray[np.float64] = np.zeros((1,) * len(shape))
    for axis, (middle, length) in enumerate(zip(centre, shape, strict=True)):
        along = [-1 if a == axis else 1 for a in range(len(shape))]
        squares = squares + (np.arange(length, dtype=np.float64).reshape(along) - middle) ** 2
    return np.asarray(squares <= radius**2)


def reach(centre: Place, shape: Shape) -> float:
    """Distance to the farthest place."""
    return float(np.sqrt(sum(max(c, n - 1 - c) ** 2 for c, n in zip(centre, shape, strict=True))))


def growing_discs(
    centre: Place,
    first: float,
    eta: float,
    shape: Shape,
    count: int | None = None,
    bounds: Bounds | None = None,
) -> Iterator[Mask]:
    """Discs of radius ``first``, ``first``·(1 + ``eta``), …, each larger than the one before.

    Parameters
    ----------
    centre
        Of all discs.
    first
        First radius, in places.
    eta
        Share by which the radius grows.
    shape
        Of the input.
    count
        Radii at most; without it they grow until the disc is the whole input.
        Discs that are no larger than the one before are left out, and count.
    bounds
        What lies outside its region is cut off, too.
    """
    radius, farthest, before, number = first, reach(centre, shape), 0, 0
    while count is None or number < count:
        mask = mask_of(disc(centre, radius, shape))
        mask = mask if bounds is None else bounds.part(mask)
        if mask.area > before:
            yield mask
        if radius >= farthest:
            return
        before, number, radius = mask.area, number + 1, radius * (1 + eta)


def value_of_disc(
    values: NDArray[np.float64], centre: Place, radius: float, objective: str
) -> float:
    """Mean or largest value in a disc; ``objective`` is "mean" or "max"."""
    edge = int(radius) + 1
    window = tuple(
        slice(max(0, c - edge), min(n, c + edge + 1))
        for c, n in zip(centre, values.shape, strict=True)
    )
    part = values[window]
    inner = tuple(c - s.start for c, s in zip(centre, window, strict=True))
    inside = part[disc(inner, radius, part.shape)]
    return float(inside.max() if objective == "max" else inside.mean())


def uphill(
    values: NDArray[np.float64], centre: Place, radius: float, step: int, objective: str
) -> Place | None:
    """The diagonal neighbour, ``step`` places away along every axis, with the best disc.

    Neighbours beyond the edge are moved back onto it. ``None`` when no
    neighbour's disc is better than the one at ``centre``.
    """
    best, best_value = None, value_of_disc(values, centre, radius, objective)
    for signs in product((-1, 1), repeat=len(centre)):
        there = _moved(centre, signs, step, values.shape)
        value = value_of_disc(values, there, radius, objective)
        if value > best_value:
            best, best_value = there, value
    return best


def _moved(centre: Place, signs: Sequence[int], step: int, shape: Shape) -> Place:
    return tuple(
        min(max(c + s * step, 0), n - 1) for c, s, n in zip(centre, signs, shape, strict=True)
    )
