"""Regions to train with: like those that are drawn by hand, and like those found by attribution."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

_Region = npt.NDArray[np.bool_]
_Picture = npt.NDArray[np.float32]
_Generator = np.random.Generator
_CELLS = (2, 3, 4, 4, 4, 5, 6, 8)
_AREAS = (0.1, 0.6)
_SMALLEST = 6


def draw_region(random: _Generator, picture: _Picture) -> _Region:
    """Draw one region for a picture, True where it may change; never empty.

    Parameters
    ----------
    random : Generator
        What is drawn depends on it alone.
    picture : ndarray of float32, (H, W)
        Cells are laid where its ink is, half of the time.
    """
    names = list(_SHARES)
    kind = random.choice(len(names), p=[_SHARES[name] for name in names])
    return names[kind](random, picture)


def ink_of(picture: npt.NDArray[np.float32]) -> _Picture:
    """Where a picture ``(C, H, W)`` has ink, ``(H, W)``.

    Of a grey one its values; of one in colour how far each pixel is from the paper, which is the
    colour of the corner.
    """
    if len(picture) == 1:
        grey: _Picture = picture[0]
        return grey
    away = np.abs(picture - picture[:, :1, :1]).mean(0)
    ink: _Picture = (away / max(float(away.max()), 1e-6)).astype(np.float32)
    return ink


def _cells(random: _Generator, picture: _Picture) -> _Region:
    """Cells up to a share of the picture: scattered, in clouds, or about the ink."""
    cell = int(random.choice(_CELLS))
    shape = tuple(-(-side // cell) for side in picture.shape)
    scores = random.standard_normal(shape)
    way = random.integers(4)
    if way == 1:
        scores = gaussian_filter(scores, 1.0)
    elif way > 1:
        padded = np.pad(
            picture, [(0, n * cell - s) for n, s in zip(shape, picture.shape, strict=True)]
        )
        ink = padded.reshape(shape[0], cell, shape[1], cell).mean((1, 3))
        scores = ink + 0.15 * scores
    many = max(1, round(float(random.uniform(*_AREAS)) * scores.size))
    chosen = np.zeros(scores.size, bool)
    chosen[np.argsort(scores, axis=None)[-many:]] = True
    large = chosen.reshape(shape).repeat(cell, 0).repeat(cell, 1)
    return large[: picture.shape[0], : picture.shape[1]]


def _strokes(random: _Generator, picture: _Picture) -> _Region:
    """One or two bent strokes of a thick pen."""
    height, width = picture.shape
    rows, columns = np.mgrid[:height, :width]
    drawn = np.zeros(picture.shape, bool)
    for _ in range(random.integers(1, 3)):
        points = random.uniform(0.1, 0.9, (random.integers(2, 6), 2)) * (height, width)
        reach = random.uniform(2.0, 5.0)
        for (top, left), (bottom, right) in pairwise(points):
            long = max((bottom - top) ** 2 + (right - left) ** 2, 1e-9)
            along = ((rows - top) * (bottom - top) + (columns - left) * (right - left)) / long
            along = along.clip(0, 1)
            away = (rows - top - along * (bottom - top)) ** 2
            away += (columns - left - along * (right - left)) ** 2
            drawn |= away <= reach**2
    return drawn


def _rectangle(random: _Generator, picture: _Picture) -> _Region:
    drawn = np.zeros(picture.shape, bool)
    spans = []
    for side in picture.shape:
        long = int(random.integers(_SMALLEST, max(side - 3, _SMALLEST + 1)))
        start = int(random.integers(0, side - long + 1))
        spans.append(slice(start, start + long))
    drawn[spans[0], spans[1]] = True
    return drawn


def _half(random: _Generator, picture: _Picture) -> _Region:
    """Everything on one side of a line."""
    height, width = picture.shape
    rows, columns = np.mgrid[:height, :width]
    turn = random.uniform(0, 2 * np.pi)
    off = random.uniform(-0.2, 0.2) * height
    return np.asarray(
        (rows - height / 2 + 0.5) * np.sin(turn) + (columns - width / 2 + 0.5) * np.cos(turn) >= off
    )


def _everything(random: _Generator, picture: _Picture) -> _Region:
    del random
    return np.ones(picture.shape, bool)


_SHARES: dict[Callable[[_Generator, _Picture], _Region], float] = {
    _cells: 0.4,
    _strokes: 0.2,
    _rectangle: 0.2,
    _half: 0.08,
    _everything: 0.12,
}
