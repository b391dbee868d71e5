"""Importance and uncertainty along a signal, and of the features of a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.errors import InputError
from rex_widgets.plots.relax_style import (
    CERTAIN,
    LESS_CERTAIN,
    UNCERTAIN,
    captioned,
    errors_of,
    limits_of,
)
from rex_widgets.plots.signal import draw_values, shade_kept
from rex_widgets.plots.style import SMALL, axis_words, finish, name_axes, new_figure, plain
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.places import edges_of, feature_name
from rex_widgets.report.relax_words import quantile_words
from rex_widgets.visual_settings import VisualSettings

MOST_FEATURES = 30
_MOST_POINTS = 4000
_WIDTH = 6.4


def relax_signal_figure(
    found: RelaxExplanation, visual: VisualSettings | None = None, *, certain: bool = True
) -> Figure:
    """Draw a signal or sound, its importance with the standard error, and the uncertainty.

    Parameters
    ----------
    found
        Of a signal or sound, ``importance`` of shape ``(L,)``.
    visual
        ``info`` and ``dpi`` are used.
    certain
        Draw the uncertainty too, and shade the places that U-RELAX keeps.

    Raises
    ------
    InputError
        If the importance has more than one axis.
    """
    _check(found, "a signal or sound")
    chosen = visual or VisualSettings()
    axes = found.axes or usual_axes(found.kind, 1)
    places = axes.along(len(found.importance))
    rows = 3 if certain else 2
    figure = new_figure(_WIDTH, 1.1 + 1.25 * rows, chosen)
    captioned(figure, found, chosen, 88)
    panels: Any = figure.subplots(rows, 1, sharex=True)
    draw_values(panels[0], found.values, places)
    _draw_band(panels[1], places, found.importance, found.importance_error)
    handles: list[Any] = []
    if certain:
        _draw_uncertainty(panels[2], found, places)
        for panel in panels[:2]:
            shade_kept(panel, places, found.certain, CERTAIN)
        words = f"U-RELAX: uncertainty ≤ {quantile_words(found)}"
        handles.append(Patch(facecolor=CERTAIN, alpha=0.32, label=words))
    handles.append(Patch(facecolor="#222222", alpha=0.3, label="± 1.96 standard errors"))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL
    )
    edges = edges_of(places)
    panels[-1].set_xlim(float(edges.min()), float(edges.max()))
    names = ["Amplitude" if found.kind == "audio" else "Value", "Importance", "Uncertainty"]
    for number, panel in enumerate(panels):
        name_axes(panel, axis_words(axes) if number == rows - 1 else "", names[number])
    figure.align_ylabels(list(panels))
    return finish(figure)


def relax_table_figure(
    found: RelaxExplanation, visual: VisualSettings | None = None, *, certain: bool = True
) -> Figure:
    """Draw the importance of features with its standard error, and their uncertainty beside it.

    Parameters
    ----------
    found
        Of a row of a table, ``importance`` of shape ``(F,)``; at most 30 features are drawn,
        those of the highest importance.
    visual
        ``info`` and ``dpi`` are used.
    certain
        Draw the uncertainty too, and the features that U-RELAX keeps in colour.

    Raises
    ------
    InputError
        If the importance has more than one axis.
    """
    _check(found, "a row of features")
    chosen = visual or VisualSettings()
    values = found.importance.astype(np.float64)
    shown = np.argsort(-values, kind="stable")[:MOST_FEATURES]
    kept = found.certain if certain else np.ones(len(values), np.bool_)
    figure = new_figure(_WIDTH, 1.3 + 0.24 * len(shown), chosen)
    captioned(figure, found, chosen, 88)
    columns = 2 if certain else 1
    panels: Any = figure.subplots(1, columns, sharey=True, squeeze=False)[0]
    heights = np.arange(len(shown))
    errors = errors_of(found.importance_error)[shown]
    colours = [CERTAIN if kept[i] else LESS_CERTAIN for i in shown]
    panels[0].hlines(
        heights, values[shown] - errors, values[shown] + errors, colors=colours, lw=1.6
    )
    panels[0].scatter(values[shown], heights, c=colours, s=26, zorder=3)
    panels[0].set_yticks(heights, [_feature(found, int(i)) for i in shown])
    panels[0].set_ylim(len(shown) - 0.4, -0.6)
    panels[0].grid(axis="y", color="#E4E4E4", linewidth=0.6)
    panels[0].set_axisbelow(True)
    left = len(values) - len(shown)
    more = (
        f"\nnot shown: {left} feature{'s' if left > 1 else ''} of less importance" if left else ""
    )
    name_axes(panels[0], f"Importance ± 1.96 standard errors{more}")
    if certain:
        panels[1].barh(heights, found.uncertainty[shown], color=UNCERTAIN, height=0.6)
        border = float(np.quantile(found.uncertainty, found.uncertainty_threshold))
        panels[1].axvline(border, color="#222222", linewidth=0.8, linestyle="--")
        panels[1].locator_params(axis="x", nbins=4)
        name_axes(panels[1], f"Uncertainty (dashed: {quantile_words(found)})")
        handles = [
            Line2D([], [], color=CERTAIN, marker="o", label="U-RELAX: certain enough"),
            Line2D([], [], color=LESS_CERTAIN, marker="o", label="less certain"),
        ]
        figure.legend(
            handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=SMALL
        )
    for panel in panels:
        panel.tick_params(axis="y", length=0)
    return finish(figure)


def _draw_band(
    panel: Any,
    places: NDArray[np.float64],
    values: NDArray[np.float32],
    errors: NDArray[np.float32],
) -> None:
    step = max(1, len(values) // _MOST_POINTS)
    line, band = values[::step].astype(np.float64), errors_of(errors)[::step]
    panel.fill_between(
        places[::step], line - band, line + band, color="#222222", alpha=0.3, linewidth=0
    )
    panel.plot(places[::step], line, color="#222222", linewidth=1.0)


def _draw_uncertainty(panel: Any, found: RelaxExplanation, places: NDArray[np.float64]) -> None:
    step = max(1, len(places) // _MOST_POINTS)
    panel.plot(places[::step], found.uncertainty[::step], color=UNCERTAIN, linewidth=1.0)
    border = float(np.quantile(found.uncertainty, found.uncertainty_threshold))
    panel.axhline(border, color="#222222", linewidth=0.7, linestyle="--")
    low, high = limits_of(found.uncertainty)
    margin = 0.06 * (high - low)
    panel.set_ylim(max(0.0, low - margin) if low >= 0 else low - margin, high + margin)


def _feature(found: RelaxExplanation, index: int) -> str:
    axes = found.axes or usual_axes(found.kind, 1)
    name = plain(feature_name(axes, index), 32)
    if found.values is None or found.values.shape[0] != 1:
        return name
    return f"{name} = {float(found.values[0, index]):.4g}"


def _check(found: RelaxExplanation, what: str) -> None:
    if found.importance.ndim != 1:
        raise InputError(
            f"The importance has shape {found.importance.shape}; expected one axis, of {what}."
        )
