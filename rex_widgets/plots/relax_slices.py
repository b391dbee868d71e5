"""Importance, uncertainty and U-RELAX of a volume: three slices of each."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rex_widgets.axes import usual_axes
from rex_widgets.errors import InputError
from rex_widgets.plots.relax_style import captioned, limits_of, uncertainty_colours
from rex_widgets.plots.slices import SliceLayers, slice_sizes, slice_title
from rex_widgets.plots.style import (
    SMALL,
    colour_bar,
    colour_map,
    fading,
    finish,
    new_figure,
)
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.visual_settings import VisualSettings

_WIDTH = 7.0
_MAPS = ("importance", "uncertainty", "U-RELAX")


def relax_slices_figure(
    found: RelaxExplanation,
    visual: VisualSettings | None = None,
    *,
    maps: tuple[str, ...] = _MAPS,
) -> Figure:
    """Draw three orthogonal slices of each map over the volume, through the highest importance.

    Parameters
    ----------
    found
        Of a volume, ``importance`` of shape ``(D1, D2, D3)``.
    visual
        ``heatmap_colours``, ``info`` and ``dpi`` are used.
    maps
        Some of "importance", "uncertainty" and "U-RELAX".

    Raises
    ------
    InputError
        If the importance has not three axes.
    """
    shape = found.importance.shape
    if len(shape) != 3:
        raise InputError(f"The importance has shape {shape}; expected three axes, of a volume.")
    chosen = visual or VisualSettings()
    axes = found.axes or usual_axes("volume", 3)
    a, b, c = np.unravel_index(int(found.importance.argmax()), shape)
    middle = (
        (int(a), int(b), int(c)) if found.masks else (shape[0] // 2, shape[1] // 2, shape[2] // 2)
    )
    widths, tallest = slice_sizes(shape, axes)
    height = min(2.6, (_WIDTH - 1.6) * tallest / sum(widths) + 0.35)
    figure = new_figure(_WIDTH, height * len(maps) + 0.7, chosen)
    captioned(figure, found, chosen, 96)
    rows = figure.subplots(len(maps), 3, width_ratios=widths, squeeze=False)
    for row, (panels, name) in enumerate(zip(rows, maps, strict=True)):
        drawn = None
        layers = _layers(found, name, chosen)
        for axis, panel in enumerate(panels):
            drawn = layers.draw(panel, axis, middle, axes)
            if row == 0:
                panel.set_title(slice_title(axes, axis, middle), fontsize=SMALL, pad=4)
        colour_bar(figure, drawn, list(panels), name[0].upper() + name[1:])
    return finish(figure)


def _layers(found: RelaxExplanation, name: str, visual: VisualSettings) -> SliceLayers:
    values = found.uncertainty if name == "uncertainty" else found.importance
    colours = uncertainty_colours(visual) if name == "uncertainty" else colour_map(visual)
    shown = np.ma.masked_where(~found.certain, values) if name == "U-RELAX" else values
    return SliceLayers(shown, found.values, fading(colours), limits_of(values))
