"""Spectra, time series and sound: the values, the map below them, what is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.errors import InputError
from rex_widgets.plots.style import (
    SMALL,
    axis_words,
    caption,
    colour_map,
    colour_of,
    finish,
    name_axes,
    new_figure,
    parts_of,
    plain,
    range_of,
)
from rex_widgets.report.places import edges_of, intervals_of
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

_MOST_POINTS = 4000
_MOST_CHANNELS = 8
_MOST_PARTS = 10
_SHADE = 0.32


def signal_figure(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    *,
    show_mask: bool = True,
) -> Figure:
    """Draw a signal or a sound over its axis, with the responsibility below it.

    Parameters
    ----------
    explanation
        Of a signal or sound, ``map`` of shape ``(L,)``.
    visual
        ``heatmap_colours``, ``info`` and ``dpi`` are used.
    show_mask
        Shade what the explanation keeps; each part in its own colour.

    Returns
    -------
    matplotlib.figure.Figure
        Positions and units are those of ``explanation.axes``. Longer signals than 4,000 samples
        are drawn as the range of the values of every 1/2,000 of their length.

    Raises
    ------
    InputError
        If the map has more than one axis.
    """
    if explanation.map.ndim != 1:
        raise InputError(
            f"The map has shape {explanation.map.shape}; expected one axis, of a signal or sound."
        )
    chosen = visual or VisualSettings()
    length = len(explanation.map)
    axes = explanation.axes or usual_axes(explanation.kind, 1)
    places = axes.along(length)
    figure = new_figure(6.0, 3.9, chosen)
    caption(figure, explanation, chosen)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    draw_values(upper, explanation.values, places)
    _draw_map(lower, explanation, places, chosen)
    parts = parts_of(explanation)[:_MOST_PARTS] if show_mask else []
    handles = []
    for number, (name, mask) in enumerate(parts):
        colour = colour_of(number)
        shade_kept(upper, places, mask, colour)
        shade_kept(lower, places, mask, colour)
        handles.append(Patch(facecolor=colour, alpha=_SHADE, label=plain(name, 24)))
    left_out = len(parts_of(explanation)) - len(parts) if show_mask else 0
    if left_out:
        handles.append(Patch(facecolor="none", label=f"and {left_out} more"))
    channels = upper.get_legend_handles_labels()[0]
    if channels or handles:
        figure.legend(
            handles=[*channels, *handles], loc="outside lower center", ncols=4, frameon=False,
            fontsize=SMALL,
        )  # fmt: skip
    edges = edges_of(places)
    lower.set_xlim(float(edges.min()), float(edges.max()))
    name_axes(upper, "", "Amplitude" if explanation.kind == "audio" else "Value")
    name_axes(lower, axis_words(axes), "Responsibility")
    figure.align_ylabels([upper, lower])
    return finish(figure)


def shade_kept(
    panel: Any, places: NDArray[np.float64], mask: NDArray[np.bool_], colour: str
) -> None:
    """Shade the kept intervals over the full height of a panel."""
    edges = edges_of(places)
    spans = [(edges[a], edges[b] - edges[a]) for a, b in intervals_of(mask)]
    if spans:
        panel.broken_barh(
            spans, (0, 1), transform=panel.get_xaxis_transform(), facecolors=colour,
            alpha=_SHADE, linewidth=0, zorder=0,
        )  # fmt: skip


def draw_values(
    panel: Any, values: NDArray[np.float32] | None, places: NDArray[np.float64]
) -> None:
    """Draw the channels (C, L) of a signal over its axis; the first eight of more."""
    if values is None:
        panel.text(
            0.5, 0.5, "no values were kept", transform=panel.transAxes, ha="center", fontsize=SMALL
        )
        return
    channels = values[:_MOST_CHANNELS]
    for number, line in enumerate(channels):
        colour = "#222222" if len(values) == 1 else colour_of(number)
        label = f"channel {number + 1}" if len(values) > 1 else None
        if len(line) > _MOST_POINTS:
            where, low, high = _ranges(places, line)
            panel.fill_between(
                where, low, high, color=colour, linewidth=0.4, label=label, rasterized=False
            )
        else:
            panel.plot(places, line, color=colour, linewidth=0.9, label=label)
    if len(values) > _MOST_CHANNELS:
        panel.set_title(
            f"the first {_MOST_CHANNELS} of {len(values)} channels", fontsize=SMALL, loc="right"
        )


def _ranges(
    places: NDArray[np.float64], line: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Smallest and largest value of each of 2,000 stretches."""
    starts = np.linspace(0, len(line), _MOST_POINTS // 2 + 1).astype(int)[:-1]
    return places[starts], np.minimum.reduceat(line, starts), np.maximum.reduceat(line, starts)


def _draw_map(
    panel: Any,
    explanation: Explanation,
    places: NDArray[np.float64],
    visual: VisualSettings,
) -> None:
    """Columns as high as the map and coloured by it; joined to 2,000 where they are more."""
    values, edges = explanation.map.astype(np.float64), edges_of(places)
    if len(values) > _MOST_POINTS:
        starts = np.linspace(0, len(values), _MOST_POINTS // 2 + 1).astype(int)
        values = np.maximum.reduceat(values, starts[:-1])
        edges = edges[starts]
    low, high = range_of(explanation)
    floor = min(low, 0.0)
    corners = [
        [(a, floor), (a, v), (b, v), (b, floor)]
        for a, b, v in zip(edges[:-1], edges[1:], values, strict=True)
    ]
    columns = PolyCollection(
        corners, cmap=colour_map(visual), norm=Normalize(low, high), linewidths=0,
        # Antialiased neighbours would have pale seams between them.
        antialiaseds=False,
    )  # fmt: skip
    columns.set_array(values)
    panel.add_collection(columns)
    panel.set_ylim(floor, high * 1.05)
    panel.stairs(values, edges, baseline=None, color="#222222", linewidth=0.6)
