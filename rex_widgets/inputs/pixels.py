"""A picture in memory before it has a model's size, and how it gets there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing

PixelValues = NDArray[np.uint8] | NDArray[np.float32]
"""(H, W, C) values 0..255."""
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class Pixels:
    """Values 0..255, uint8 or float32 (finer than 8 bits): (H, W, 1), (H, W, 3), or (H, W, 4).

    The fourth channel, how opaque a pixel is, is kept for models that take it alone.
    """

    values: PixelValues
    notes: tuple[str, ...] = ()


def fit(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Give a picture the channels and the size that a model takes.

    The whole picture is resized, with no regard to its proportions, unless the preprocessing
    crops: then the shorter side is resized and the centre kept.
    """
    values, notes = pixels.values, pixels.notes
    if preprocessing.channels >= 3 and values.shape[2] == 1:
        values = values[:, :, [0, 0, 0]]
    elif preprocessing.channels == 1 and values.shape[2] == 3:
        values = grey(values)
        notes = (*notes, "converted to grey")
    if preprocessing.channels == 4 and values.shape[2] == 3:
        opaque = np.full((*values.shape[:2], 1), 255, values.dtype)
        values = np.concatenate([values, opaque], axis=2)
    return Pixels(_resize(values, preprocessing), notes)


def on_white(values: NDArray[Any]) -> NDArray[np.float32]:
    """Put a picture (H, W, 4) on white: (H, W, 3) float32 in 0..255."""
    alpha = values[:, :, 3:].astype(np.float32) / np.float32(255)
    colour: NDArray[np.float32] = values[:, :, :3] * alpha + np.float32(255) * (1 - alpha)
    return colour


def grey(
    values: PixelValues,
) -> PixelValues:
    """Turn colours to grey by their luma (ITU-R 601): (H, W, 3) to (H, W, 1)."""
    luma = values.astype(np.float32) @ _LUMA
    if values.dtype == np.uint8:
        whole: NDArray[np.uint8] = np.rint(luma).astype(np.uint8)[:, :, None]
        return whole
    fine: NDArray[np.float32] = luma.astype(np.float32)[:, :, None]
    return fine


def _resize(values: PixelValues, preprocessing: Preprocessing) -> PixelValues:
    if preprocessing.size is None:
        return values
    height, width = preprocessing.size[0], preprocessing.size[1]
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
