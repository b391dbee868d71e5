"""Which pixels a shape covers, in whole numbers only.

A pixel is covered if its middle lies in the shape or on its border. ``js/src/region-raster.ts``
follows the same rules, and both give the same masks bit for bit. All products stay below 2^53
(`rex_widgets.regions.shapes.MOST_COORDINATE`); what does not is done with Python's whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.regions.shapes import UNIT, Shape

Rect = tuple[int, int, int, int]
"""Half-open ranges of pixels: ``(x0, y0, x1, y1)``."""

_Ints = NDArray[np.int64]
_HALF = UNIT // 2
_MOST_ROWS = 1 << 20
"""Rows of pieces worked on at once: bounds the memory that long strokes take."""


def bounds(shape: Shape, height: int, width: int) -> Rect | None:
    """Return the pixels that a shape (not of the kind "pixels") can cover, or None if none."""
    points = np.array(shape["points"], np.int64).reshape(-1, 2)
    size = _size(shape) if shape["kind"] == "brush" else 0
    low, high = 2 * points.min(axis=0) - size, 2 * points.max(axis=0) + size
    x0, y0 = (max(0, int(v)) for v in _first(low, 2))
    x1, y1 = (min(most, int(v)) for v, most in zip(_end(high, 2), (width, height), strict=True))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def cover(shape: Shape, rect: Rect) -> NDArray[np.bool_]:
    """Return what a brush, box, ellipse or polygon covers in a rectangle, bool (rows, columns)."""
    points = np.array(shape["points"], np.int64).reshape(-1, 2)
    canvas = _Canvas(rect)
    if shape["kind"] == "brush":
        _brush(points, _size(shape), canvas)
    elif shape["kind"] == "box":
        _box(points, canvas)
    elif shape["kind"] == "ellipse":
        _ellipse(points, canvas)
    else:
        return _polygon(points, canvas)
    return canvas.covered()


class _Canvas:
    """Collects spans of rows: how many begin, less how many end, at each pixel."""

    def __init__(self, rect: Rect) -> None:
        self.x0, self.y0, self.x1, self.y1 = rect
        self.steps = np.zeros((self.y1 - self.y0, self.x1 - self.x0 + 1), np.int32)

    def spans(self, rows: Any, first: Any, end: Any) -> None:
        """Cover pixels ``first`` to ``end - 1`` of rows; arrays of one length."""
        first, end = np.maximum(first, self.x0), np.minimum(end, self.x1)
        good = (first < end) & (rows >= self.y0) & (rows < self.y1)
        rows = rows[good] - self.y0
        np.add.at(self.steps, (rows, first[good] - self.x0), 1)
        np.add.at(self.steps, (rows, end[good] - self.x0), -1)

    def covered(self) -> NDArray[np.bool_]:
        return np.cumsum(self.steps[:, :-1], axis=1, dtype=np.int32) > 0

    def rows(self, low: _Ints, high: _Ints, divisor: int = 1) -> Iterator[tuple[_Ints, _Ints]]:
        """Give rows whose middles lie in ``low / divisor`` to ``high / divisor`` for every piece.

        Yields the indices of pieces and the rows, in portions of bounded size.
        """
        first = np.maximum(_first(low, divisor), self.y0)
        counts = np.maximum(np.minimum(_end(high, divisor), self.y1) - first, 0)
        totals = np.cumsum(counts)
        begin = 0
        while begin < len(counts):
            done = int(totals[begin - 1]) if begin else 0
            stop = max(begin + 1, int(np.searchsorted(totals, done + _MOST_ROWS, "right")))
            part = counts[begin:stop]
            pieces = np.repeat(np.arange(begin, stop), part)
            within = np.arange(len(pieces)) - np.repeat(np.cumsum(part) - part, part)
            if len(pieces):
                yield pieces, first[pieces] + within
            begin = stop


def _size(shape: Shape) -> int:
    # A brush finer than a pixel would slip between the middles of pixels.
    return max(int(shape["size"]), UNIT)


def _first(numerator: Any, denominator: Any) -> Any:
    """The first pixel whose middle is at or after ``numerator / denominator``."""
    return -((_HALF * denominator - numerator) // (UNIT * denominator))


def _end(numerator: Any, denominator: Any) -> Any:
    """The pixel after the last one whose middle is at or before ``numerator / denominator``."""
    return (numerator - _HALF * denominator) // (UNIT * denominator) + 1


def _brush(points: _Ints, size: int, canvas: _Canvas) -> None:
    x, y = points[:, 0], points[:, 1]
    # The pixel under a point always counts, wherever in the pixel the point is.
    canvas.spans(y // UNIT, x // UNIT, x // UNIT + 1)
    for piece, row in canvas.rows(2 * y - size, 2 * y + size, 2):
        dy = 2 * (UNIT * row + _HALF - y[piece])
        # Exact: roots of whole numbers below 2^52 are rounded to no other whole number.
        reach = np.floor(np.sqrt((size * size - dy * dy).astype(np.float64))).astype(np.int64)
        canvas.spans(row, _first(2 * x[piece] - reach, 2), _end(2 * x[piece] + reach, 2))
    moving = (points[1:] != points[:-1]).any(axis=1)
    if moving.any():
        _strips(points[:-1][moving], points[1:][moving], size, canvas)


def _strips(start: _Ints, stop: _Ints, size: int, canvas: _Canvas) -> None:
    """Cover what lies beside lines, at most half a brush away, and between their ends."""
    ax, ay = start.T
    dx, dy = (stop - start).T
    length2 = dx * dx + dy * dy
    # Twice the cross product with the line, at a distance of half a brush.
    most = np.array([isqrt(size * size * int(length)) for length in length2], np.int64)
    low, high = np.minimum(ay, ay + dy), np.maximum(ay, ay + dy)
    for k, row in canvas.rows(2 * low - size, 2 * high + size, 2):
        across, down = dx[k], dy[k]
        py = UNIT * row + _HALF - ay[k]
        first = np.full(len(row), canvas.x0)
        end = np.full(len(row), canvas.x1)
        # |2 (px dy - py dx)| <= most
        sign = np.sign(down)
        middle = 2 * sign * (py * across + ax[k] * down)
        divisor = np.maximum(2 * sign * down, 1)
        slanted = down != 0
        first = np.where(slanted, np.maximum(first, _first(middle - most[k], divisor)), first)
        end = np.where(slanted, np.minimum(end, _end(middle + most[k], divisor)), end)
        good = slanted | (np.abs(2 * py * across) <= most[k])
        # 0 <= px dx + py dy <= length2
        along = py * down
        nearest, farthest = ax[k] * across - along, ax[k] * across + length2[k] - along
        left, right = across < 0, across > 0
        low_end = np.where(left, -farthest, nearest)
        high_end = np.where(left, -nearest, farthest)
        divisor = np.maximum(np.abs(across), 1)
        slanted = left | right
        first = np.where(slanted, np.maximum(first, _first(low_end, divisor)), first)
        end = np.where(slanted, np.minimum(end, _end(high_end, divisor)), end)
        good &= slanted | ((along >= 0) & (along <= length2[k]))
        canvas.spans(row[good], first[good], end[good])


def _box(points: _Ints, canvas: _Canvas) -> None:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    rows = np.arange(max(_first(top, 1), canvas.y0), min(_end(bottom, 1), canvas.y1))
    canvas.spans(rows, np.full(len(rows), _first(left, 1)), np.full(len(rows), _end(right, 1)))


def _ellipse(points: _Ints, canvas: _Canvas) -> None:
    (ax, ay), (bx, by) = points.tolist()
    width, height = abs(bx - ax), abs(by - ay)
    rows = np.arange(max(_first(min(ay, by), 1), canvas.y0), min(_end(max(ay, by), 1), canvas.y1))
    # The largest x with x² height² <= width² (height² - y²), in half units.
    reach = np.full(len(rows), width)
    if height:
        for i, row in enumerate(rows.tolist()):
            y = 2 * (UNIT * row + _HALF) - ay - by
            reach[i] = isqrt(width * width * (height * height - y * y) // (height * height))
    canvas.spans(rows, _first(ax + bx - reach, 2), _end(ax + bx + reach, 2))


def _polygon(points: _Ints, canvas: _Canvas) -> NDArray[np.bool_]:
    start, stop = np.roll(points, 1, axis=0), points
    _borders(start, stop, canvas)
    crossed = np.zeros_like(canvas.steps)
    upward = (start[:, 1] > stop[:, 1])[:, None]
    (x, y), (bx, by) = np.where(upward, stop, start).T, np.where(upward, start, stop).T
    dx, dy = bx - x, by - y
    # The upper end belongs to an edge and the lower does not: a corner counts once.
    for k, row in canvas.rows(y, by - 1):
        across = x[k] * dy[k] + (UNIT * row + _HALF - y[k]) * dx[k]
        column = np.clip(_first(across, dy[k]), canvas.x0, canvas.x1)
        np.add.at(crossed, (row - canvas.y0, column - canvas.x0), 1)
    inside = np.cumsum(crossed[:, :-1], axis=1, dtype=np.int32) & 1
    return inside.astype(np.bool_) | canvas.covered()


def _borders(start: _Ints, stop: _Ints, canvas: _Canvas) -> None:
    """Cover middles of pixels that lie just on an edge."""
    ax, ay = start.T
    dx, dy = (stop - start).T
    for pieces, rows in canvas.rows(np.minimum(ay, ay + dy), np.maximum(ay, ay + dy)):
        level = dy[pieces] == 0
        k = pieces[level]
        low, high = np.minimum(ax, ax + dx)[k], np.maximum(ax, ax + dx)[k]
        canvas.spans(rows[level], _first(low, 1), _end(high, 1))
        k, row = pieces[~level], rows[~level]
        steps, rest = np.divmod((UNIT * row + _HALF - ay[k]) * dx[k], dy[k])
        beyond = ax[k] + steps - _HALF
        exact = (rest == 0) & (beyond % UNIT == 0)
        column = beyond[exact] // UNIT
        canvas.spans(row[exact], column, column + 1)
