"""Importance, uncertainty and U-RELAX of a representation, in the way that suits the input."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.plots.relax_lines import relax_signal_figure, relax_table_figure
from rex_widgets.plots.relax_slices import relax_slices_figure
from rex_widgets.plots.relax_style import (
    captioned,
    limits_of,
    uncertainty_colours,
)
from rex_widgets.plots.style import NORMAL, SMALL, colour_map, fading, finish, new_figure, plain
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.relax_words import measure_words, quantile_words
from rex_widgets.visual_settings import VisualSettings

_WIDTH = 2.6
"""Of one map, in inches."""
_LETTERS_AN_INCH = 13.5
_WASHED = 0.78
"""How much white covers the places that U-RELAX leaves out."""


def relax_figure(found: RelaxExplanation, visual: VisualSettings | None = None) -> Figure:
    """Draw importance, uncertainty and U-RELAX.

    Parameters
    ----------
    found
        Of any kind of input. Pictures: three maps over the picture in grey, with colour bars.
        Signals, sound and tables: the importance with its standard error, and the uncertainty
        below or beside it. Volumes: three slices of each map.
    visual
        ``heatmap_colours`` (of importance), ``info`` and ``dpi`` are used.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If matplotlib has no such colour map.
    """
    if found.kind in ("signal", "audio"):
        return relax_signal_figure(found, visual)
    if found.kind == "table":
        return relax_table_figure(found, visual)
    if found.kind == "volume":
        return relax_slices_figure(found, visual)
    return _pictures(found, visual or VisualSettings(), ("importance", "uncertainty", "U-RELAX"))


def relax_heatmap(found: RelaxExplanation, visual: VisualSettings | None = None) -> Figure:
    """Draw the importance alone; parameters, result and errors as `relax_figure`."""
    if found.kind in ("signal", "audio"):
        return relax_signal_figure(found, visual, certain=False)
    if found.kind == "table":
        return relax_table_figure(found, visual, certain=False)
    if found.kind == "volume":
        return relax_slices_figure(found, visual, maps=("importance",))
    return _pictures(found, visual or VisualSettings(), ("importance",))


def _pictures(found: RelaxExplanation, visual: VisualSettings, maps: tuple[str, ...]) -> Figure:
    if found.importance.ndim != 2:
        raise InputError(
            f"The importance has shape {found.importance.shape}; expected two axes, of a picture."
        )
    colours = {
        "importance": colour_map(visual),
        "uncertainty": uncertainty_colours(visual),
        "U-RELAX": colour_map(visual),
    }
    height, width = found.importance.shape
    side = _WIDTH if len(maps) > 1 else 1.5 * _WIDTH
    tall = min(2.2 * side, max(0.4 * side, side * height / width))
    across = tall * width / height if tall < side * height / width else side
    figure = new_figure(max(2.4, across) * len(maps) + 0.3, tall + 1.15, visual)
    captioned(figure, found, visual, int(_LETTERS_AN_INCH * figure.get_figwidth()))
    for panel, name in zip(figure.subplots(1, len(maps), squeeze=False)[0], maps, strict=True):
        _draw(figure, panel, found, name, colours[name])
    return finish(figure)


def _draw(figure: Figure, panel: Any, found: RelaxExplanation, name: str, map_: Colormap) -> None:
    values = found.uncertainty if name == "uncertainty" else found.importance
    low, high = limits_of(values)
    panel.imshow(_grey(found), cmap="gray", vmin=-40, vmax=295, interpolation="none")
    shown = values
    if name == "U-RELAX":
        kept = found.certain
        washed = np.zeros((*kept.shape, 4))
        washed[~kept] = (1, 1, 1, _WASHED)
        panel.imshow(washed, interpolation="none")
        shown = np.ma.masked_where(~kept, values)

    drawn = panel.imshow(shown, cmap=fading(map_), vmin=low, vmax=high, interpolation="none")
    panel.set_title(name[0].upper() + name[1:], fontsize=NORMAL, pad=5)
    panel.set_axis_off()
    bar = figure.colorbar(drawn, ax=panel, location="bottom", fraction=0.05, pad=0.03, aspect=26)
    bar.set_label(_LABELS[name](found), fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    bar.ax.locator_params(nbins=5)
    bar.outline.set_linewidth(0.6)  # type: ignore[operator]
    # What fades lets grey shine through, as it does where it is drawn.
    bar.ax.set_facecolor("#808080")
    if bar.solids is not None:
        bar.solids.set_rasterized(True)


_LABELS = {
    "importance": lambda found: f"weighted mean of the {plain(measure_words(found), 30)}",
    "uncertainty": lambda found: "weighted variance",
    "U-RELAX": lambda found: f"where uncertainty ≤ {quantile_words(found)}",
}


def _grey(found: RelaxExplanation) -> NDArray[np.float64]:
    if found.picture is None:
        return np.full(found.importance.shape, 128.0)
    return np.asarray(found.picture @ np.array([0.299, 0.587, 0.114]))
