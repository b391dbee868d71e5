"""A picture in memory before it has a model's size, and how it gets there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing

PixelValues = NDArray[np.uint8] | NDArray[np.float32]
"""(H, W, C) values 0..255."""
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class Pixels:
    """Values 0..255 of shape (H, W, 1) or (H, W, 3), uint8 or float32 (finer than 8 bits)."""

    values: PixelValues
    notes: tuple[str, ...] = ()


def fit(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Give a picture the channels and the size that a model takes.

    The whole picture is resized, with no regard to its proportions, unless the preprocessing
    crops: then the shorter side is resized and the centre kept.
    """
    values, notes = pixels.values, pixels.notes
    if preprocessing.channels == 3 and values.shape[2] == 1:
        values = values[:, :, [0, 0, 0]]
    elif preprocessing.channels == 1 and values.shape[2] == 3:
        values = _grey(values)
        notes = (*notes, "converted to grey")
    return Pixels(_resize(values, preprocessing), notes)


def _grey(
    values: PixelValues,
) -> PixelValues:
    luma = values.astype(np.float32) @ _LUMA
    if values.dtype == np.uint8:
        whole: NDArray[np.uint8] = np.rint(luma).astype(np.uint8)[:, :, None]
        return whole
    grey: NDArray[np.float32] = luma.astype(np.float32)[:, :, None]
    return grey


def _resize(values: PixelValues, preprocessing: Preprocessing) -> PixelValues:
    if preprocessing.size is None:
        return values
    height, width = preprocessing.size
    if preprocessing.crop >= 1:
        return _resample(values, height, width, preprocessing.interpolation)
    # The tolerance undoes rounding in a share such as 224/232.
    need_h = math.floor(height / preprocessing.crop + 1e-6)
    need_w = math.floor(width / preprocessing.crop + 1e-6)
    ratio = max(need_h / values.shape[0], need_w / values.shape[1])
    full_h = max(round(values.shape[0] * ratio), need_h)
    full_w = max(round(values.shape[1] * ratio), need_w)
    if full_h * full_w > 16 * need_h * need_w:
        # A ribbon would become huge on its long side: cut before enlarging, not after.
        values = _centre(
            values,
            min(values.shape[0], math.ceil(need_h / ratio)),
            min(values.shape[1], math.ceil(need_w / ratio)),
        )
        full_h, full_w = need_h, need_w
    return _centre(_resample(values, full_h, full_w, preprocessing.interpolation), height, width)


def _centre(values: PixelValues, height: int, width: int) -> PixelValues:
    top = round((values.shape[0] - height) / 2)
    left = round((values.shape[1] - width) / 2)
    return values[top : top + height, left : left + width]


def _resample(values: PixelValues, height: int, width: int, filter_name: str) -> PixelValues:
    if values.shape[:2] == (height, width):
        return values
    kind = Image.Resampling[filter_name.upper()]
    if values.dtype == np.uint8:
        plain = values[:, :, 0] if values.shape[2] == 1 else values
        resized = np.asarray(Image.fromarray(plain).resize((width, height), kind))
        return resized.reshape(height, width, values.shape[2])
    # Pillow has no colour pictures of floats: each channel alone.
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(values[:, :, c], dtype=np.float32)).resize(
                (width, height), kind
            )
        )
        for c in range(values.shape[2])
    ]
    stacked: NDArray[np.float32] = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.float32)
    return stacked
