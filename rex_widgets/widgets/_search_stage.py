"""Where an input of one, two or three axes is drawn, and where its boxes are then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.inputs import Sample

LONG_SIDE = 448
"""Pixels of the longer side of a picture on the canvas."""
_STRIP = (640, 160)
_VOLUME_SIDE = 208
_GAP = 8
_ACROSS_UP = ((1, 2), (0, 2), (0, 1))
"""For the projection along each axis: which axis runs to the right, which one up."""
_GROUND, _LINE, _ZERO = (24, 27, 32), (214, 220, 228), (70, 76, 86)
_MOST_BARS = 64

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Plane:
    """One rectangle of the canvas that shows the input along one or two of its axes.

    Attributes
    ----------
    left, top, width, height
        On the canvas, in pixels.
    across, along
        Axis that runs to the right, and the one that runs down or up; ``None`` for a strip.
    lengths
        Places along these axes.
    upwards
        The second axis runs up.
    """

    left: float
    top: float
    width: float
    height: float
    across: int
    along: int | None
    lengths: tuple[int, int]
    upwards: bool = False

    def rects(self, boxes: NDArray[Any]) -> Floats:
        """Left, top, width and height on the canvas of boxes ``(N, 2d)``, as ``(N, 4)``."""
        step = self.width / self.lengths[0]
        start, end = boxes[:, 2 * self.across], boxes[:, 2 * self.across + 1]
        left, width = self.left + step * start, step * (end - start)
        if self.along is None:
            top, height = np.full(len(boxes), self.top), np.full(len(boxes), self.height)
        else:
            step = self.height / self.lengths[1]
            start, end = boxes[:, 2 * self.along], boxes[:, 2 * self.along + 1]
            first = self.lengths[1] - end if self.upwards else start
            top, height = self.top + step * first, step * (end - start)
        return np.stack([left, top, width, height], axis=1).astype(np.float64)


class Stage:
    """The canvas of one sample.

    A picture is shown as it is; a signal, a row or a sound as a curve or bars, boxes then being
    bands; a volume by its three maximum intensity projections, a box by its outline in each.

    Parameters
    ----------
    sample
        What is explained.
    preprocessing
        The classifier's way from values to its input, for `picture_of`; ``None`` leaves values as
        they are.
    """

    def __init__(self, sample: Sample, preprocessing: Any = None) -> None:
        self.shape = sample.data.shape[1:]
        self._kind = sample.kind
        self._preprocessing = preprocessing
        self.planes = _planes(self.shape)
        self.width = round(max(plane.left + plane.width for plane in self.planes))
        self.height = round(max(plane.top + plane.height for plane in self.planes))
        shown = sample.data if sample.values is None else sample.values
        self._range = (float(np.min(shown)), float(np.max(shown)))
        self.picture = np.array(sample.picture) if len(self.shape) == 2 else self._drawn(shown)

    def picture_of(self, data: NDArray[np.float32]) -> Picture:
        """What the model saw, for people.

        Parameters
        ----------
        data
            Float32 ``(C, *space)`` as the model takes it.

        Returns
        -------
        ndarray
            uint8 (height, width, 3), of the proportions of the canvas.
        """
        if self._preprocessing is None:
            return self._drawn(data)
        if len(self.shape) == 2 and self._kind == "image":
            made: Picture = self._preprocessing.picture(data)
            return made
        return self._drawn(self._preprocessing.values(data))

    def rects(self, boxes: NDArray[Any]) -> Floats:
        """Rectangles ``(N · planes, 4)`` of boxes ``(N, 2d)``: left, top, width, height."""
        boxes = np.asarray(boxes).reshape(-1, 2 * len(self.shape))
        return np.concatenate([plane.rects(boxes) for plane in self.planes])

    def inside(self, boxes: NDArray[Any], x: float, y: float) -> NDArray[np.bool_]:
        """Which of the boxes ``(N, 2d)`` are seen at a point of the canvas, ``(N,)``."""
        boxes = np.asarray(boxes).reshape(-1, 2 * len(self.shape))
        found = np.zeros(len(boxes), np.bool_)
        for plane in self.planes:
            left, top, width, height = plane.rects(boxes).T
            across = (left <= x) & (x < left + width)
            found |= across & (top <= y) & (y < top + height)
        return found

    def _drawn(self, values: NDArray[np.float32]) -> Picture:
        if len(self.shape) == 1:
            return _strip(values, (self.width, self.height), self._range, self._kind == "table")
        first = np.nan_to_num(values[0].astype(np.float64))
        low, high = self._range
        grey = np.clip((first - low) / (high - low or 1.0) * 255, 0, 255).astype(np.uint8)
        if len(self.shape) == 2:
            return np.repeat(grey[:, :, None], 3, axis=2)
        return self._projections(grey)

    def _projections(self, grey: NDArray[np.uint8]) -> Picture:
        from PIL import Image

        whole = Image.new("RGB", (self.width, self.height), _GROUND)
        for axis, plane in enumerate(self.planes):
            # the first axis left runs to the right, the second up
            shown = np.ascontiguousarray(grey.max(axis=axis).T[::-1])
            size = (max(1, round(plane.width)), max(1, round(plane.height)))
            part = Image.fromarray(shown).resize(size, Image.Resampling.BILINEAR)
            whole.paste(part.convert("RGB"), (round(plane.left), round(plane.top)))
        return np.asarray(whole)


def _planes(shape: tuple[int, ...]) -> tuple[Plane, ...]:
    if len(shape) == 1:
        return (Plane(0, 0, *_STRIP, 0, None, (shape[0], 1)),)
    if len(shape) == 2:
        scale = LONG_SIDE / max(shape)
        # a thin picture is still wide enough to be clicked
        width, height = max(16.0, shape[1] * scale), max(16.0, shape[0] * scale)
        return (Plane(0, 0, round(width), round(height), 1, 0, (shape[1], shape[0])),)
    scale = _VOLUME_SIDE / max(shape)
    planes, left = [], 0.0
    for across, up in _ACROSS_UP:
        lengths = (shape[across], shape[up])
        width, height = (max(16, round(length * scale)) for length in lengths)
        planes.append(Plane(left, 0, width, height, across, up, lengths, upwards=True))
        left += width + _GAP
    return tuple(planes)


def _strip(
    values: NDArray[np.float32], size: tuple[int, int], span: tuple[float, float], bars: bool
) -> Picture:
    """The first channels of a signal as curves, or a row's features as bars."""
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(image)
    low, high = min(span[0], float(values.min())), max(span[1], float(values.max()))

    def level(value: Any) -> Any:
        return height - 8 - (value - low) / (high - low or 1.0) * (height - 16)

    base = float(np.clip(level(0.0), 0, height - 1))
    draw.line([(0, base), (width, base)], fill=_ZERO)
    length = values.shape[1]
    if bars and length <= _MOST_BARS:
        step = width / length
        for place, value in enumerate(values[0].tolist()):
            ends = sorted((base, level(value)))
            edges = (place * step + step * 0.15, ends[0], (place + 1) * step - step * 0.15, ends[1])
            draw.rectangle(edges, fill=_LINE)
        return np.asarray(image)
    places = (np.arange(length) + 0.5) * width / length
    for row in values[:3]:
        heights = level(np.nan_to_num(row.astype(np.float64)))
        if length > 4 * width:
            _envelope(draw, heights, width)
        elif length == 1:
            draw.line([(0, heights[0]), (width, heights[0])], fill=_LINE)
        else:
            draw.line(list(zip(places.tolist(), heights.tolist(), strict=True)), fill=_LINE)
    return np.asarray(image)


def _envelope(draw: Any, heights: Floats, width: int) -> None:
    """A long sound: from the lowest to the highest value of every column of pixels."""
    edges = np.linspace(0, len(heights), width + 1).astype(int)[:-1]
    lowest = np.minimum.reduceat(heights, edges)
    highest = np.maximum.reduceat(heights, edges)
    for column, (top, bottom) in enumerate(zip(lowest.tolist(), highest.tolist(), strict=True)):
        draw.line([(column, top), (column, bottom)], fill=_LINE)
