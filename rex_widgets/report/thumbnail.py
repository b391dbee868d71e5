"""An explanation as a picture of a few kilobytes, to be told apart from others in a list."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rex_widgets.inputs.built import picture_of
from rex_widgets.report.picture import shown_picture, with_rest_dimmed
from rex_widgets.results import Explanation

SIDE = 144
"""Longest side in pixels: twice what a list shows, for screens with fine pixels."""

_GROUND = (246, 247, 249)
_KEPT = (255, 221, 128)
_INK = (58, 66, 76)
_STRIP = (SIDE, 96)
_BARS_UP_TO = 32


def thumbnail_png(explanation: Explanation) -> bytes:
    """Draw what is explained, and which part of it explains.

    A photograph is shown with the rest dimmed; so is the slice of a volume that holds most of
    the explanation. Signals and sounds are curves, rows of a table bars, the kept places marked.

    Parameters
    ----------
    explanation
        Any explanation, of any kind.

    Returns
    -------
    bytes
        A PNG of at most 144 × 144 pixels.
    """
    from PIL import Image

    if explanation.mask.ndim == 1:
        pixels = _strip(explanation)
    else:
        flat = _plane(explanation) if explanation.mask.ndim == 3 else explanation
        pixels = with_rest_dimmed(shown_picture(flat), flat)
    image = Image.fromarray(pixels)
    if explanation.mask.ndim == 3:
        # The second axis of a slice goes up.
        image = image.transpose(Image.Transpose.ROTATE_90)
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    smooth = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    buffer = io.BytesIO()
    image.resize(size, smooth).save(buffer, format="PNG")
    return buffer.getvalue()


def _plane(explanation: Explanation) -> Explanation:
    """Return the slice across the last axis that holds most of the explanation."""
    found = explanation
    masks = [part.mask for part in found.parts] or [found.mask]
    weight: NDArray[np.float64] = np.logical_or.reduce(masks).sum(axis=(0, 1), dtype=np.float64)
    if not weight.any():
        weight = found.map.sum(axis=(0, 1), dtype=np.float64)
    at = int(weight.argmax()) if weight.any() else found.mask.shape[2] // 2
    values = found.map[None] if found.values is None else found.values
    parts = tuple(replace(part, mask=part.mask[..., at]) for part in found.parts)
    picture = picture_of(np.ascontiguousarray(values[..., at : at + 1]))
    return replace(
        found, map=found.map[..., at], mask=found.mask[..., at], parts=parts, picture=picture
    )


def _strip(explanation: Explanation) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    width, height = _STRIP
    values = explanation.map if explanation.values is None else explanation.values.mean(axis=0)
    masks = [part.mask for part in explanation.parts] or [explanation.mask]
    kept = np.logical_or.reduce(masks)
    edges = np.linspace(0, width, len(values) + 1)
    image = Image.new("RGB", _STRIP, _GROUND)
    draw = ImageDraw.Draw(image)
    for place in np.flatnonzero(kept):
        # At least a pixel: one sample of thousands is still to be seen.
        right = max(edges[place], edges[place + 1] - 1)
        draw.rectangle((edges[place], 0, right, height), fill=_KEPT)
    low, high = float(values.min()), float(values.max())
    if len(values) <= _BARS_UP_TO:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low or 1.0
    heights = (height - 8) * (1 - (values.astype(np.float64) - low) / span) + 4
    if len(values) <= _BARS_UP_TO:
        zero = (height - 8) * (1 - (0 - low) / span) + 4
        gap = (edges[1] - edges[0]) / 6
        for left, right, top in zip(edges[:-1], edges[1:], heights, strict=True):
            draw.rectangle((left + gap, min(top, zero), right - gap, max(top, zero)), fill=_INK)
    else:
        middles = (edges[:-1] + edges[1:]) / 2
        draw.line(list(zip(middles.tolist(), heights.tolist(), strict=True)), fill=_INK, width=2)
    return np.asarray(image)
