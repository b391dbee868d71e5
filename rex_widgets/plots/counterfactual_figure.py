"""Pictures of samples with their counterfactuals below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.plots.style import SMALL, finish, new_figure
from rex_widgets.visual_settings import VisualSettings

Batch = tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]], NDArray[np.integer[Any]]]

_COLUMN, _ROW = 0.55, 0.55
"""Inches of a picture, each way."""

_FRAME, _GREY = 1, 0.7
"""Pixels round a picture, and their brightness: a white picture has to end somewhere."""


def counterfactual_figure(batches: Sequence[Batch], visual: VisualSettings | None = None) -> Figure:
    """Draw batches one below the other; a column holds a sample and then its counterfactuals.

    Parameters
    ----------
    batches
        For each the samples ``(S, C, H, W)`` in [-1, 1], their counterfactuals ``(M, C, H, W)``,
        and which of the samples each of these belongs to, ``(M,)``. C is 1 or 3.
    visual
        Resolution.

    Raises
    ------
    InputError
        There is no batch, or a batch without samples.
    """
    if not batches or any(len(samples) == 0 for samples, _, _ in batches):
        raise InputError("There are no samples to draw; expected one in every batch at least.")
    mosaics = [counterfactual_mosaic(*batch) for batch in batches]
    heights = [mosaic.shape[0] for mosaic in mosaics]
    side = batches[0][0].shape[-1]
    width = max(mosaic.shape[1] for mosaic in mosaics) / side * _COLUMN
    figure = new_figure(max(width, 3), sum(heights) / side * _ROW + 0.4, visual or VisualSettings())
    panels = figure.subplots(len(mosaics), 1, squeeze=False, height_ratios=heights)[:, 0]
    for panel, mosaic in zip(panels, mosaics, strict=True):
        panel.imshow(mosaic, interpolation="nearest")
        panel.set_axis_off()
        panel.set_anchor("W")
    panels[0].set_title("Samples, and below each its counterfactuals", fontsize=SMALL, loc="left")
    return finish(figure)


def counterfactual_mosaic(
    samples: NDArray[np.floating[Any]],
    counterfactuals: NDArray[np.floating[Any]],
    owners: NDArray[np.integer[Any]],
) -> NDArray[np.float32]:
    """Lay out one batch as a picture, float32 ``(height, width, 3)`` in [0, 1]."""
    count, _, height, width = samples.shape
    most = int(np.bincount(owners, minlength=count).max(initial=0))
    shape = ((most + 1) * (height + 2 * _FRAME), count * (width + 2 * _FRAME), 3)
    mosaic = np.ones(shape, np.float32)
    filled = np.zeros(count, int)
    for column, sample in enumerate(samples):
        _lay(mosaic, sample, 0, column)
    for picture, owner in zip(counterfactuals, owners, strict=True):
        filled[owner] += 1
        _lay(mosaic, picture, int(filled[owner]), int(owner))
    return mosaic


def _lay(
    mosaic: NDArray[np.float32], picture: NDArray[np.floating[Any]], row: int, column: int
) -> None:
    _, height, width = picture.shape
    high, wide = height + 2 * _FRAME, width + 2 * _FRAME
    cell = mosaic[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
    cell[:] = _GREY
    light = np.clip(picture / 2 + 0.5, 0, 1).transpose(1, 2, 0)
    cell[_FRAME:-_FRAME, _FRAME:-_FRAME] = light
