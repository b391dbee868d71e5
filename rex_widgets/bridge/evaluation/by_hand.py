"""Regions as a person would draw them over a character: boxes and strokes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

_NEAR = 3.0
_THICK = (3.0, 5.0)
_LONGEST = 1.8


def by_hand(seed: int, area: float) -> Callable[[torch.Tensor, int], NDArray[np.bool_]]:
    """Return a function that draws a box or a stroke over the middle of a picture's ink.

    Parameters
    ----------
    seed
        Of the first picture; each one that is asked for draws on.
    area
        Share of the picture that a region has, as nearly as a box or a stroke can.

    Returns
    -------
    function
        Of a picture ``(C, H, W)`` in [0, 1] and its class, to a region, bool ``(H, W)``. Half of
        them are boxes with sides up to 1.8 to 1, half are bent strokes of a pen 6 to 10 pixels
        wide. Their middles lie within 3 pixels of the middle of the ink, each way.
    """
    random = np.random.default_rng(seed)

    def drawn(picture: torch.Tensor, source: int) -> NDArray[np.bool_]:
        del source
        middle = _middle_of_ink(picture.cpu().numpy()) + random.uniform(-_NEAR, _NEAR, 2)
        draw = _box if random.random() < 0.5 else _stroke
        return draw(random, middle, (picture.shape[1], picture.shape[2]), area)

    return drawn


def _middle_of_ink(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    ink = np.abs(picture - picture[:, :1, :1]).mean(0)
    total = float(ink.sum())
    if not total:
        return np.array(ink.shape) / 2
    rows, columns = np.indices(ink.shape)
    return np.array([(rows * ink).sum() / total, (columns * ink).sum() / total])


def _box(
    random: np.random.Generator, middle: NDArray[np.float64], shape: tuple[int, int], area: float
) -> NDArray[np.bool_]:
    taller = _LONGEST ** random.uniform(-1, 1)
    wide = np.sqrt(area * shape[0] * shape[1] / taller)
    sides = np.array([wide * taller, wide]).round().clip(1, shape).astype(int)
    first = (middle - sides / 2).round().astype(int).clip(0, np.array(shape) - sides)
    region = np.zeros(shape, np.bool_)
    region[first[0] : first[0] + sides[0], first[1] : first[1] + sides[1]] = True
    return region


def _stroke(
    random: np.random.Generator, middle: NDArray[np.float64], shape: tuple[int, int], area: float
) -> NDArray[np.bool_]:
    """Three points joined by a thick line; the nearest pixels to it, as many as the area is."""
    reach = random.uniform(*_THICK)
    long = max(area * shape[0] * shape[1] / (2 * reach) - 2 * reach, 1.0) / 2
    turns = random.uniform(0, 2 * np.pi) + np.array([0.0, np.pi + random.uniform(-1, 1)])
    ends = [middle + long * np.array([np.sin(turn), np.cos(turn)]) for turn in turns]
    rows, columns = np.indices(shape)
    away = np.full(shape, np.inf)
    for start, end in pairwise([ends[0], middle, ends[1]]):
        length = max(float(((end - start) ** 2).sum()), 1e-9)
        along = (rows - start[0]) * (end[0] - start[0]) + (columns - start[1]) * (end[1] - start[1])
        share = (along / length).clip(0, 1)
        across = (rows - start[0] - share * (end[0] - start[0])) ** 2
        across += (columns - start[1] - share * (end[1] - start[1])) ** 2
        away = np.minimum(away, across)
    count = max(1, round(area * shape[0] * shape[1]))
    region = np.zeros(away.size, np.bool_)
    region[np.argsort(away, axis=None, kind="stable")[:count]] = True
    return region.reshape(shape)
