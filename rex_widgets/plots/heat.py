"""The responsibility map of a picture: flat, and as a landscape."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.plots.image import figure_for
from rex_widgets.plots.style import (
    NORMAL,
    SMALL,
    caption,
    colour_bar,
    colour_map,
    fading,
    finish,
    new_figure,
    range_of,
)
from rex_widgets.report.picture import shown_picture
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

_MESH = 72
_FLOOR = 128
_CLEAR_BELOW = 0.06
_GAP = 0.7
"""Height of the landscape above the picture, as a share of its own."""
_RIGHT = (0.85, -0.53)
"""What is right on the page, in columns and rows, for the direction that one looks from."""


def picture_heatmap(explanation: Explanation, visual: VisualSettings | None = None) -> Figure:
    """Draw the map of a picture over the picture in grey, with a colour bar.

    Low values let the picture shine through; a white line surrounds the explanation.

    Parameters
    ----------
    explanation
        Of a picture.
    visual
        ``heatmap_colours``, ``info`` and ``dpi`` are used.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If it is no picture.
    SettingsError
        If matplotlib has no such colour map.
    """
    _check(explanation)
    chosen = visual or VisualSettings()
    colours = fading(colour_map(chosen))
    picture = shown_picture(explanation)
    grey = picture @ np.array([0.299, 0.587, 0.114])
    figure = figure_for(picture, chosen, extra=0.8)
    caption(figure, explanation, chosen)
    panel = figure.add_subplot()
    panel.imshow(grey, cmap="gray", vmin=-40, vmax=295, interpolation="none")
    low, high = range_of(explanation)
    drawn = panel.imshow(explanation.map, cmap=colours, vmin=low, vmax=high, interpolation="none")
    if explanation.mask.any() and not explanation.mask.all():
        padded = np.pad(explanation.mask, 1).astype(float)
        rows, columns = (np.arange(-1, side + 1) for side in explanation.mask.shape)
        panel.contour(columns, rows, padded, [0.5], colors="white", linewidths=0.9)
        panel.set_xlim(-0.5, picture.shape[1] - 0.5)
        panel.set_ylim(picture.shape[0] - 0.5, -0.5)
    panel.set_axis_off()
    colour_bar(figure, drawn, panel)
    return finish(figure)


def surface_figure(explanation: Explanation, visual: VisualSettings | None = None) -> Figure:
    """Draw the map of a picture as a landscape above the picture.

    The map is averaged to at most 72 points a side. Its highest point and its centre of mass
    are marked if ``visual.info`` is set.

    Parameters, errors and result as `picture_heatmap`.
    """
    _check(explanation)
    chosen = visual or VisualSettings()
    colours = colour_map(chosen)
    low, high = range_of(explanation)
    span = high - min(low, 0.0)
    figure = new_figure(5.0, 4.2, chosen)
    caption(figure, explanation, chosen)
    # The picture lies below the landscape wherever one looks from: nothing to be computed.
    panel: Any = figure.add_subplot(projection="3d", computed_zorder=False)
    height, width = explanation.map.shape
    floor = low - _GAP * span
    _lay_picture(panel, shown_picture(explanation), floor)
    values = _averaged(explanation.map.astype(np.float64), _MESH)
    y = (np.arange(values.shape[0]) + 0.5) * (height / values.shape[0])
    x = (np.arange(values.shape[1]) + 0.5) * (width / values.shape[1])
    norm = Normalize(low, high)
    faces = colours(norm(values))
    # Where the map is low the picture below it is seen.
    faces[..., 3] = values > low + _CLEAR_BELOW * (high - low)
    panel.plot_surface(
        x[None, :], y[:, None], values, facecolors=faces, rcount=_MESH, ccount=_MESH,
        linewidth=0, antialiased=False, shade=False, rasterized=True, zorder=2,
    )  # fmt: skip
    if chosen.info and explanation.map.any():
        _mark(panel, x, y, values, span)
    panel.set_xlim(0, width)
    panel.set_ylim(height, 0)
    panel.set_zlim(floor, high + 0.3 * span)
    panel.set_xlabel("Column", fontsize=NORMAL)
    panel.set_ylabel("Row", fontsize=NORMAL)
    panel.set_zticks([])
    panel.tick_params(labelsize=SMALL, pad=0)
    for axis in (panel.xaxis, panel.yaxis, panel.zaxis):
        axis.pane.set_facecolor("none")
    panel.set_box_aspect((width / max(height, width), height / max(height, width), 0.85))
    panel.view_init(elev=30, azim=-58)
    colour_bar(figure, ScalarMappable(norm, colours), panel)
    return finish(figure)


def _mark(
    panel: Any, x: NDArray[np.float64], y: NDArray[np.float64], values: Any, span: float
) -> None:
    """Pins at the highest point and over the centre of mass."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    weights = values - min(0.0, float(values.min()))
    centre = (
        float((weights.sum(axis=0) * x).sum() / weights.sum()),
        float((weights.sum(axis=1) * y).sum() / weights.sum()),
    )
    below = values[np.abs(y - centre[1]).argmin(), np.abs(x - centre[0]).argmin()]
    peak = float(values.max())
    pins = (
        ("highest", x[column], y[row], values[row, column], "#D55E00", 0.1),
        ("centre of mass", *centre, below, "#0072B2", 0.26),
    )
    sides = [_RIGHT[0] * pin[1] + _RIGHT[1] * pin[2] for pin in pins]
    for (name, across, along, height, colour, lift), side in zip(pins, sides, strict=True):
        left = side < max(sides)
        words = f"{name}  " if left else f"  {name}"
        top = peak + lift * span
        panel.plot([across] * 2, [along] * 2, [height, top], color=colour, lw=1, zorder=20)
        panel.plot([across], [along], [top], "o", color=colour, ms=4, zorder=21)
        panel.text(
            across, along, top, words, color=colour, fontsize=SMALL, zorder=22,
            ha="right" if left else "left", va="center",
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip


def _lay_picture(panel: Any, picture: NDArray[np.uint8], level: float) -> None:
    small = np.stack(
        [_averaged(picture[..., c].astype(np.float64), _FLOOR) for c in range(3)], axis=-1
    )
    rows, columns = small.shape[:2]
    y = np.linspace(0, picture.shape[0], rows + 1)
    x = np.linspace(0, picture.shape[1], columns + 1)
    panel.plot_surface(
        x[None, :], y[:, None], np.full((rows + 1, columns + 1), level),
        facecolors=np.clip(small / 255, 0, 1), rcount=rows + 1, ccount=columns + 1,
        linewidth=0, antialiased=False, shade=False, rasterized=True, zorder=1,
    )  # fmt: skip


def _averaged(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Means over blocks, so that at most ``most`` points a side remain."""
    for axis in (0, 1):
        length = values.shape[axis]
        if length > most:
            edges = np.linspace(0, length, most + 1).astype(int)
            sums = np.add.reduceat(values, edges[:-1], axis=axis)
            shape = [1, 1]
            shape[axis] = most
            values = sums / np.diff(edges).reshape(shape)
    return values


def _check(explanation: Explanation) -> None:
    if explanation.kind != "image" or explanation.map.ndim != 2:
        raise InputError(
            f"An explanation of kind {explanation.kind!r} was given; a landscape and a flat map "
            "need a picture. plots.heatmap_figure draws the maps of other kinds."
        )
