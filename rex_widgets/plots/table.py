"""Rows of a table: which features the answer hangs on."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.errors import InputError
from rex_widgets.plots.style import (
    KEPT,
    REST,
    SMALL,
    caption,
    colour_of,
    finish,
    name_axes,
    new_figure,
    plain,
)
from rex_widgets.report.places import feature_name
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

MOST_FEATURES = 20
"""Features drawn; the kept ones come first, and the rest is said."""


def table_figure(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    *,
    show_mask: bool = True,
    features: int = MOST_FEATURES,
) -> Figure:
    """Draw the responsibility of features as horizontal bars, the kept ones in colour.

    Parameters
    ----------
    explanation
        Of a row of a table, ``map`` of shape ``(F,)``; names come from its axes, values from
        ``values``.
    visual
        ``info`` and ``dpi`` are used.
    show_mask
        Colour what the explanation keeps; each part in its own colour.
    features
        Most bars drawn. What the explanation keeps has precedence, then high responsibility.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If the map has more than one axis.
    """
    if explanation.map.ndim != 1:
        raise InputError(
            f"The map has shape {explanation.map.shape}; expected one axis, of features."
        )
    chosen = visual or VisualSettings()
    values = explanation.map.astype(np.float64)
    kept = explanation.mask if show_mask else np.zeros(len(values), bool)
    shown = _shown(values, kept, features)
    figure = new_figure(5.0, 0.9 + 0.24 * len(shown), chosen)
    caption(figure, explanation, chosen)
    panel = figure.add_subplot()
    colours = _colours(explanation, shown, kept)
    heights = np.arange(len(shown))
    panel.barh(heights, values[shown], color=colours, height=0.72)
    panel.set_yticks(heights, [feature_words(explanation, int(i)) for i in shown])
    panel.set_ylim(len(shown) - 0.4, -0.6)
    panel.set_xlim(0, max(float(values.max()), 1e-12) * 1.05)
    for label, index in zip(panel.get_yticklabels(), shown, strict=True):
        # A kept feature of no responsibility has no bar that could be coloured.
        label.set_fontweight("bold" if kept[index] else "normal")
    name_axes(panel, "\n".join(["Responsibility", *_rest(values, kept, shown)]))
    panel.tick_params(axis="y", length=0)
    _legend(figure, explanation, show_mask)
    return finish(figure)


def feature_words(explanation: Explanation, index: int) -> str:
    """Return a feature's name and value, as in "alcohol = 13.2"."""
    axes = explanation.axes or usual_axes(explanation.kind, 1)
    name = feature_name(axes, index)
    if explanation.values is None or explanation.values.shape[0] != 1:
        return plain(name, 32)
    return f"{plain(name, 32)} = {float(explanation.values[0, index]):.4g}"


def _rest(
    values: NDArray[np.float64], kept: NDArray[np.bool_], shown: NDArray[np.int64]
) -> list[str]:
    """What is said of the features that are not drawn."""
    others = np.setdiff1d(np.arange(len(values)), shown)
    if not len(others):
        return []
    words = f"not shown: {len(others)} feature{'s' if len(others) > 1 else ''}"
    words += f" of responsibility up to {values[others].max():.3g}"
    if kept[others].any():
        words += f", {int(kept[others].sum())} of them kept"
    return [words]


def _shown(values: NDArray[np.float64], kept: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """The features drawn, by falling responsibility."""
    first = np.lexsort((np.arange(len(values)), -values, ~kept))[:most]
    return first[np.lexsort((first, -values[first]))]


def _colours(
    explanation: Explanation, shown: NDArray[np.int64], kept: NDArray[np.bool_]
) -> list[str]:
    if len(explanation.parts) < 2 or not kept.any():
        return [KEPT if kept[i] else REST for i in shown]
    colours = []
    for i in shown:
        within = [n for n, part in enumerate(explanation.parts) if part.mask[i]]
        colours.append(colour_of(within[0]) if within else REST)
    return colours


def _legend(figure: Figure, explanation: Explanation, show_mask: bool) -> None:
    if not show_mask or not explanation.mask.any():
        return
    entries = [("kept", KEPT)]
    if len(explanation.parts) > 1:
        entries = [(plain(p.name, 24), colour_of(n)) for n, p in enumerate(explanation.parts)][:8]
    handles = [Patch(facecolor=colour, label=name) for name, colour in entries]
    handles.append(Patch(facecolor=REST, label="not kept"))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=SMALL
    )
