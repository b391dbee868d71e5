"""Samples with the counterfactuals that were found for them in a latent space."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rex_widgets.errors import InputError
from rex_widgets.latent.counterfactuals import (
    CAUSAL_FLIP,
    CHANGED,
    SUCCESSFUL,
    TRIVIAL,
    UNCHANGED,
    Counterfactuals,
)
from rex_widgets.plots.style import NORMAL, PALETTE, SMALL, finish, new_figure, plain
from rex_widgets.report.latent_words import (
    begun,
    chance_words,
    found_words,
    ordered_counts,
    own_words,
    question_words,
    verdict_words,
)
from rex_widgets.visual_settings import VisualSettings

MOST_SAMPLES, MOST_EACH = 12, 10
"""What is drawn of more samples, and of more counterfactuals for each: the first of them."""

COLOURS = {
    SUCCESSFUL: PALETTE[2],
    CAUSAL_FLIP: PALETTE[0],
    TRIVIAL: PALETTE[4],
    CHANGED: PALETTE[2],
    UNCHANGED: "#9A9A9A",
}
MARKERS = {SUCCESSFUL: "*", CAUSAL_FLIP: "D", TRIVIAL: "o", CHANGED: "o", UNCHANGED: "x"}
_PARTS = ("#5B5B5B", "#B07AA1", "#4E79A7", "#A0743C")
"""Of the bars, by group of coordinates; the frames have other colours."""

_COLUMN, _WIDE, _TITLE, _BARS = 1.02, 0.94, 0.17, 0.4
"""Inches: from column to column, width of a picture, heights of its title and of its bars."""

_GAP, _MARGIN, _LINE, _LEGEND = 0.07, 0.08, 0.165, 0.42

_FEW_COORDINATES = 64
_TINY, _LETTERS = SMALL - 1.5, 17
"""Font size of what stands above a picture, and how much of it fits."""
_LETTERS_AN_INCH = 13.5


def latent_figure(found: Counterfactuals, visual: VisualSettings | None = None) -> Figure:
    """Draw each sample at the left, and its counterfactuals beside it.

    The frame of a counterfactual, and the sign in its corner, tell its verdict; bars below it, how
    far each latent coordinate was moved. Of more than 12 samples, or 10 counterfactuals each, the
    first are drawn, and the caption says so.

    Parameters
    ----------
    found
        Finished or not.
    visual
        ``info`` and ``dpi`` are used.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        There is no sample.
    """
    if not found.samples:
        raise InputError("There are no samples to draw; expected one at least.")
    chosen = visual or VisualSettings()
    rows = min(found.samples, MOST_SAMPLES)
    columns = min(found.explanations, MOST_EACH)
    lines = _caption(found, chosen, rows, columns)
    figure, panels = _panels(found, chosen, rows, columns, len(lines))
    limits = _limits(found, rows, columns)
    for row in range(rows):
        _draw_sample(*panels[row][0], found, row)
        for column in range(columns):
            picture, bars = panels[row][column + 1]
            _draw_one(picture, found, row, column)
            _draw_bars(bars, found, row, column, limits)
    if lines:
        place = 1 - 0.06 / figure.get_figheight()
        figure.suptitle("\n".join(lines), fontsize=NORMAL, y=place, va="top")
    _legend(figure, found, max(map(abs, limits)))
    return finish(figure)


def _panels(
    found: Counterfactuals, visual: VisualSettings, rows: int, columns: int, lines: int
) -> tuple[Figure, list[list[tuple[Any, Any]]]]:
    """Return a figure, and for each row and column the axes of a picture and of its bars.

    They are placed by hand: matplotlib's own layout of some hundred axes takes seconds.
    """
    height, width = found.images.shape[1:3]
    tall = _WIDE * min(2.0, max(0.3, height / width))
    pitch = _TITLE + tall + _BARS + 2 * _GAP
    grid = _COLUMN * (columns + 1)
    across = max(4.6, grid + 2 * _MARGIN)
    top = _MARGIN + lines * _LINE + (0.04 if lines else 0)
    entries = len(found.counts()) + (len(found.parts) if len(found.parts) > 1 else 0)
    down = top + rows * pitch + _LEGEND + _LINE * (-(-entries // _entries_across(across)) - 1)
    figure = new_figure(across, down, visual)
    figure.set_layout_engine("none")

    def place(left: float, upper: float, wide: float, high: float) -> Any:
        """Put axes where a box in inches lies, from the left and from above."""
        return figure.add_axes(
            (left / across, 1 - (upper + high) / down, wide / across, high / down)
        )

    first = (across - grid) / 2 + (_COLUMN - _WIDE) / 2
    panels = []
    for row in range(rows):
        upper = top + row * pitch + _TITLE
        lefts = [first + column * _COLUMN for column in range(columns + 1)]
        panels.append(
            [
                (place(x, upper, _WIDE, tall), place(x, upper + tall + _GAP, _WIDE, _BARS))
                for x in lefts
            ]
        )
    return figure, panels


def _draw_sample(panel: Any, below: Any, found: Counterfactuals, row: int) -> None:
    panel.imshow(found.images[row], interpolation="nearest")
    _frame(panel, "#222222", 0.8)
    panel.set_title(plain(own_words(found, row), _LETTERS), fontsize=_TINY, pad=3)
    below.set_axis_off()
    words = "\n".join(wrap(plain(found.sample_names[row], 2 * _LETTERS - 2), _LETTERS))
    below.text(0.5, 0.96, words, ha="center", va="top", fontsize=_TINY, linespacing=1.15)


def _draw_one(panel: Any, found: Counterfactuals, row: int, column: int) -> None:
    verdict = str(found.verdict[row, column])
    colour = COLOURS.get(verdict, COLOURS[UNCHANGED])
    panel.imshow(found.pictures[row, column], interpolation="nearest")
    if not begun(found):
        _frame(panel, COLOURS[UNCHANGED], 0.8)
        return
    _frame(panel, colour, 1.4 if verdict == UNCHANGED else 2.6)
    panel.set_title(plain(chance_words(found, row, column), _LETTERS), fontsize=_TINY, pad=3)
    height, width = found.pictures.shape[2:4]
    place = (0.11 * width - 0.5, 0.11 * height - 0.5)
    panel.scatter(*place, s=85, marker="o", color="white", linewidths=0, clip_on=False, zorder=4)
    panel.scatter(
        *place, s=42 if verdict == SUCCESSFUL else 20, marker=MARKERS.get(verdict, "x"),
        color=colour, linewidths=1.5, clip_on=False, zorder=5,
    )  # fmt: skip


def _draw_bars(
    panel: Any, found: Counterfactuals, row: int, column: int, limits: tuple[float, float]
) -> None:
    moved = found.moved[row, column].astype(np.float64)
    size = len(moved)
    if size > _FEW_COORDINATES:
        panel.fill_between(np.arange(size), moved, color=_PARTS[0], linewidth=0, step="mid")
    else:
        # one collection of thick lines: a thousand patches would take seconds
        thick = 0.8 * 72 * _WIDE / (size + 0.4)
        panel.vlines(np.arange(size), 0, moved, colors=_bar_colours(found), linewidth=thick)
    panel.axhline(0, color="#8A8A8A", linewidth=0.5)
    panel.set_xlim(-0.7, size - 0.3)
    panel.set_ylim(*limits)
    panel.set_xticks([])
    panel.set_yticks([])
    for side in panel.spines.values():
        side.set_visible(False)


def _bar_colours(found: Counterfactuals) -> list[str]:
    colours = [_PARTS[0]] * found.latents.shape[1]
    for number, (_, first, behind) in enumerate(found.parts):
        colours[first:behind] = [_PARTS[number % len(_PARTS)]] * (behind - first)
    return colours


def _limits(found: Counterfactuals, rows: int, columns: int) -> tuple[float, float]:
    """Return between what the bars of all panels lie, so that they can be compared."""
    drawn = found.moved[:rows, :columns]
    low, high = float(drawn.min(initial=0)), float(drawn.max(initial=0))
    return (low, high) if high > low and math.isfinite(high - low) else (-1.0, 1.0)


def _frame(panel: Any, colour: str, width: float) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    for side in panel.spines.values():
        side.set_color(colour)
        side.set_linewidth(width)


def _caption(found: Counterfactuals, visual: VisualSettings, rows: int, columns: int) -> list[str]:
    if not visual.info:
        return []
    limit = int(_LETTERS_AN_INCH * max(4.6, _COLUMN * (columns + 1)))
    source = f"{found.source}: " if found.source else ""
    lines = [plain(f"{source}{question_words(found)}", limit)]
    if begun(found):
        told = plain(f"{found.method}: {found_words(found)}; {verdict_words(found)}", 3 * limit)
        lines += wrap(told, limit)
    else:
        lines.append("no counterfactuals yet")
    if rows < found.samples or columns < found.explanations:
        lines.append(
            f"drawn: {rows} of {found.samples} samples, {columns} of {found.explanations} "
            "counterfactuals each"
        )
    return lines


def _entries_across(width: float) -> int:
    return max(2, int(width / 1.05))


def _legend(figure: Figure, found: Counterfactuals, limit: float) -> None:
    handles: list[Any] = []
    if begun(found):
        handles += [
            Line2D(
                [], [], linestyle="none", marker=MARKERS.get(name, "x"), label=name,
                color=COLOURS.get(name, COLOURS[UNCHANGED]),
                markersize=9 if name == SUCCESSFUL else 5.5, markeredgewidth=1.5,
            )
            for name, _ in ordered_counts(found)
        ]  # fmt: skip
    if len(found.parts) > 1:
        handles += [
            Patch(facecolor=_PARTS[number % len(_PARTS)], label=plain(name, 20))
            for number, (name, _, _) in enumerate(found.parts[: len(_PARTS)])
        ]
    words = f"Bars: moved latent coordinates, up to ±{limit:.2g} standard deviations"
    across = _entries_across(figure.get_figwidth())
    figure.legend(
        handles=handles, loc="lower center", borderaxespad=0.1,
        ncols=min(across, max(1, len(handles))), frameon=False,
        fontsize=SMALL, title=words, title_fontsize=SMALL,
        handletextpad=0.5, columnspacing=1.4, handlelength=1.3,
    )  # fmt: skip
