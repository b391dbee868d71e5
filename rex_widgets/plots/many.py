"""Several explanations of one picture, together or side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from rex_widgets.errors import InputError
from rex_widgets.plots.image import Pixels, explanation_image, figure_for, legend_of, show_pixels
from rex_widgets.plots.style import (
    SMALL,
    caption,
    colour_of,
    finish,
    new_figure,
    parts_of,
    plain,
)
from rex_widgets.report.numbers import percent
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

_MOST_COLUMNS = 5
_SIDE = 1.5
MOST_PANELS = 50
"""Panels in one figure; more would be too small to see."""


def multi_figure(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    sets: Sequence[Sequence[int]] | None = None,
    *,
    original: Pixels | None = None,
) -> Figure:
    """Draw several explanations of a picture.

    Parameters
    ----------
    explanation
        Of a picture, with parts; without, its one explanation is drawn.
    visual
        ``multi_style`` "composite" outlines all parts in one picture, each in its own colour;
        "separate" gives each its own panel.
    sets
        Numbers of parts that belong together, from 0, as ``explanation.separate_by`` finds them
        (its ``sets``). Each set gets a composite panel of its own, or, with "separate", each
        part that is in one of them.
    original
        As in `explanation_image`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If it is no picture, a set names a part that does not exist, or there are more than 50
        panels.
    """
    chosen = visual or VisualSettings()
    names = [name for name, _ in parts_of(explanation)]
    groups = groups_of(explanation, chosen, sets)
    if len(groups) > MOST_PANELS:
        raise InputError(
            f"{len(groups)} panels were asked for; at most {MOST_PANELS} fit one figure. "
            "Give fewer sets."
        )
    drawn = [
        explanation_image(explanation, chosen, original=original, parts=group) for group in groups
    ]
    if len(groups) <= 1:
        return _composite(explanation, chosen, drawn[0] if drawn else None, original, names)
    columns = _columns(len(groups))
    rows = math.ceil(len(groups) / columns)
    height, width = drawn[0].shape[:2]
    together = sets is not None and any(len(group) > 1 for group in groups)
    figure = new_figure(
        columns * _SIDE + (1.3 if together else 0.0),
        rows * (min(3.0, max(0.8, _SIDE * height / width)) + 0.3) + 0.45,
        chosen,
    )
    caption(figure, explanation, chosen)
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for number, (panel, pixels) in enumerate(zip(panels, drawn, strict=False)):
        show_pixels(panel, pixels)
        if chosen.info:
            title = f"set {number + 1}" if together else _title(explanation, groups[number])
            panel.set_title(title, fontsize=SMALL, pad=3)
    for panel in panels[len(groups) :]:
        panel.set_axis_off()
    if together and not chosen.raw:
        used = sorted({number for group in groups for number in group})
        legend_of(figure, [(plain(names[n], 24), colour_of(n)) for n in used])
    return finish(figure)


def groups_of(
    explanation: Explanation, visual: VisualSettings, sets: Sequence[Sequence[int]] | None
) -> list[list[int]]:
    """Return which parts are drawn together: one list of numbers per picture."""
    count = len(parts_of(explanation))
    if sets is not None:
        groups = [[int(number) for number in group] for group in sets]
        wrong = sorted({n for group in groups for n in group if not 0 <= n < count})
        if wrong:
            raise InputError(
                f"Part {wrong[0]} was asked for; the explanation has {count}, numbered from 0."
            )
        if visual.multi_style == "separate":
            return [[number] for number in sorted({n for group in groups for n in group})]
        return groups
    if visual.multi_style == "separate" and count > 1:
        return [[number] for number in range(count)]
    return [list(range(count))]


def _columns(panels: int) -> int:
    """Few empty places in the last row, and then as many columns as possible."""
    if panels <= _MOST_COLUMNS:
        return panels
    return min(range(_MOST_COLUMNS, 2, -1), key=lambda columns: -panels % columns)


def _composite(
    explanation: Explanation,
    visual: VisualSettings,
    pixels: Pixels | None,
    original: Pixels | None,
    names: list[str],
) -> Figure:
    if pixels is None:
        pixels = explanation_image(explanation, replace(visual, raw=False), original=original)
    several = len(names) > 1 and not visual.raw
    figure = figure_for(pixels, visual, extra=1.3 if several else 0.0)
    caption(figure, explanation, visual)
    show_pixels(figure.add_subplot(), pixels)
    if several:
        legend_of(figure, [(plain(name, 24), colour_of(n)) for n, name in enumerate(names)])
    return finish(figure)


def _title(explanation: Explanation, group: Sequence[int]) -> str:
    part = explanation.parts[group[0]]
    return f"{plain(part.name, 20)}: {percent(part.area)}"
