"""A picture, what was changed inside a region of it, and the samples that were tried."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.plots.region_curves import draw_curves
from rex_widgets.plots.style import NORMAL, PALETTE, SMALL, colour_map, finish, new_figure, plain
from rex_widgets.report.numbers import percent
from rex_widgets.report.rcsb_words import (
    MISSED,
    REACHED,
    answered,
    begun,
    class_words,
    found_words,
    missed_words,
    question_words,
    second_of,
    second_words,
)
from rex_widgets.report.region_edges import edges_of
from rex_widgets.visual_settings import VisualSettings

MOST_SAMPLES = 24
"""What is drawn of more samples: the first of them, and the best in any case."""

REACHED_COLOUR, MISSED_COLOUR, OUTLINE = PALETTE[2], "#9A9A9A", "#FFD34D"

_ACROSS, _MARGIN, _GAP, _TITLE, _LINE = 7.2, 0.08, 0.12, 0.24, 0.165
"""Inches: width of the figure, its margin, between pictures, above a picture, a line of words."""

_BAR, _UNDER = 0.07, 0.34
"""Inches: the colour bar of the change, and what its numbers take below the pictures."""

_STRIP, _WIDEST = 4.3, 1.3
"""Inches that the samples have side by side, and that one has at most."""

_HEAD, _NAME, _CURVE_LEFT, _CURVE_HIGH, _BELOW_CURVE = 0.16, 0.3, 0.52, 1.5, 0.42
_LETTERS_AN_INCH, _SMALL_LETTERS_AN_INCH = 13.5, 17
_SIGNED = "RdBu_r"

Pixels = NDArray[np.float32]


def region_figure(found: RegionCounterfactuals, visual: VisualSettings | None = None) -> Figure:
    """Draw before, after and change, below them the samples and both probabilities over the steps.

    The region is outlined before. The change of a grey picture has a sign: red is brighter, blue is
    darker; of a colour picture it is the mean distance over the colours. A green frame and a tick
    tell that a sample reached the class asked for. Of more than 24 samples the first are drawn.

    Parameters
    ----------
    found
        Finished or not.
    visual
        ``info``, ``dpi`` and ``heatmap_colours`` (of the change of colour pictures) are used.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen = visual or VisualSettings()
    lines = _caption(found, chosen)
    height, width = found.region.shape
    side = (_ACROSS - 2 * _MARGIN - 2 * _GAP) / 3
    tall = side * min(1.6, max(0.35, height / width))
    top = _MARGIN + len(lines) * _LINE + (0.05 if lines else 0)
    upper = top + _TITLE + tall + _UNDER
    numbers = drawn_samples(found)
    columns, pitch = _strip_of(len(numbers))
    small = pitch - 0.08
    small_tall = small * min(1.6, max(0.35, height / width))
    row = _TITLE + small_tall + _NAME
    rows = math.ceil(len(numbers) / columns) if columns else 0
    below = max(rows * row + _HEAD, _TITLE + _CURVE_HIGH + _BELOW_CURVE)
    figure = new_figure(_ACROSS, upper + below + _MARGIN, chosen)
    figure.set_layout_engine("none")
    place = _Placing(figure)

    lefts = [_MARGIN + number * (side + _GAP) for number in range(3)]
    panels = [place(left, top + _TITLE, side, tall) for left in lefts]
    bar = place(lefts[2] + 0.1 * side, top + _TITLE + tall + 0.06, 0.8 * side, _BAR)
    _draw_before(panels[0], found)
    _draw_after(panels[1], found)
    _draw_change(figure, panels[2], bar, found, chosen)
    for at, number in enumerate(numbers):
        left = _MARGIN + (at % columns) * pitch
        over = upper + _HEAD + (at // columns) * row + _TITLE
        _draw_sample(place(left, over, small, small_tall), found, number)
    first = _MARGIN + (_STRIP if columns else 0) + _CURVE_LEFT
    high = below - _TITLE - _BELOW_CURVE if rows <= 1 else _CURVE_HIGH
    draw_curves(place(first, upper + _TITLE, _ACROSS - _MARGIN - 0.06 - first, high), found)
    if columns:
        words = f"Samples: the probability of {plain(class_words(found, found.target), 24)}"
        head = words if begun(found) else "Samples"
        figure.text(
            _MARGIN / _ACROSS, 1 - (upper + 0.04) / figure.get_figheight(), head, va="top",
            fontsize=SMALL,
        )  # fmt: skip
    if lines:
        over = 1 - 0.06 / figure.get_figheight()
        figure.suptitle("\n".join(lines), fontsize=NORMAL, y=over, va="top")
    return finish(figure)


class _Placing:
    """Puts axes where a box in inches lies, from the left and from above."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure

    def __call__(self, left: float, upper: float, wide: float, high: float) -> Any:
        across, down = self._figure.get_size_inches()
        box = (left / across, 1 - (upper + high) / down, wide / across, high / down)
        return self._figure.add_axes(box)


def drawn_samples(found: RegionCounterfactuals) -> list[int]:
    """Return the numbers of the samples that are drawn; none where one alone is drawn above."""
    if found.samples <= 1:
        return []
    numbers = list(range(min(found.samples, MOST_SAMPLES)))
    if found.best not in numbers:
        numbers[-1] = found.best
    return numbers


def _strip_of(number: int) -> tuple[int, float]:
    """Return how many samples stand side by side, and the inches from one to the next."""
    if not number:
        return 0, _WIDEST
    columns = max(number, 3) if number <= 4 else 4 if number <= 8 else 6
    return columns, min(_WIDEST, _STRIP / columns)


def _draw_before(panel: Any, found: RegionCounterfactuals) -> None:
    _show(panel, found.before)
    _outline(panel, found.region)
    _frame(panel, "#222222", 0.8)
    own = class_words(found, found.source_class)
    sure = percent(float(found.probabilities_before[found.source_class])) if own else ""
    panel.set_title(
        plain(f"Before: {own} at {sure}" if own else "Before", 34), fontsize=SMALL, pad=4
    )
    if not found.region.any():
        return
    panel.text(
        0, -0.02, plain(f"outlined: may change ({percent(found.area)})", 40), fontsize=SMALL,
        transform=panel.transAxes, va="top",
    )  # fmt: skip


def _draw_after(panel: Any, found: RegionCounterfactuals) -> None:
    _show(panel, found.image)
    known = begun(found)
    reached = known and bool(found.reached[found.best])
    _frame(panel, REACHED_COLOUR if reached else "#222222", 2.2 if reached else 0.8)
    if not known:
        panel.set_title("After: not known yet", fontsize=SMALL, pad=4)
        return
    after = int(found.classes[found.best])
    words = f"After: {class_words(found, after)} at "
    words += percent(float(found.probabilities[found.best, after]))
    panel.set_title(plain(words, 34), fontsize=SMALL, pad=4)
    if found.samples > 1:
        words = f"sample {found.best + 1}, the best of {found.samples}"
        panel.text(0, -0.02, words, fontsize=SMALL, transform=panel.transAxes, va="top")


def _draw_change(
    figure: Figure, panel: Any, bar: Any, found: RegionCounterfactuals, visual: VisualSettings
) -> None:
    change = found.difference[found.best]
    if change.shape[2] == 1:
        limit = float(np.abs(change).max()) or 1.0
        drawn = panel.imshow(
            change[..., 0], cmap=_SIGNED, vmin=-limit, vmax=limit, interpolation="nearest"
        )
        panel.set_title("Change (red: brighter, blue: darker)", fontsize=SMALL, pad=4)
        _outline(panel, found.region, "#5B5B5B", 0.7)
    else:
        far = np.abs(change).mean(2)
        limit = float(far.max()) or 1.0
        drawn = panel.imshow(
            far, cmap=colour_map(visual), vmin=0, vmax=limit, interpolation="nearest"
        )
        panel.set_title("Change (mean over the colours)", fontsize=SMALL, pad=4)
        _outline(panel, found.region, "#D0D0D0", 0.7)
    _frame(panel, "#222222", 0.8)
    drawn_bar = figure.colorbar(drawn, cax=bar, orientation="horizontal")
    ticks = [-limit, 0, limit] if change.shape[2] == 1 else [0, limit]
    drawn_bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    bar.tick_params(labelsize=SMALL - 1, length=2, pad=1, width=0.6)
    drawn_bar.outline.set_linewidth(0.6)  # type: ignore[operator]


def _draw_sample(panel: Any, found: RegionCounterfactuals, number: int) -> None:
    _show(panel, found.after[number])
    letters = max(9, int(_SMALL_LETTERS_AN_INCH * panel.get_position().width * _ACROSS))
    tiny = SMALL - 1
    best = number == found.best
    name = f"{number + 1}{' (best)' if best and begun(found) else ''}"
    second = second_of(found, number)
    if answered(found, number):
        reached = bool(found.reached[number])
        _frame(panel, REACHED_COLOUR if reached else MISSED_COLOUR, 2.4 if best else 1.4)
        sign = REACHED if reached else MISSED
        sure = percent(float(found.probabilities[number, found.target]))
        panel.set_title(f"{sign} {sure}", fontsize=tiny, pad=3)
        if not reached:
            name += f": {class_words(found, int(found.classes[number]))}"
    else:
        _frame(panel, MISSED_COLOUR, 0.8)
    words = "\n".join(plain(line, letters) for line in (name, second and f"2nd: {second}") if line)
    panel.text(
        0.5, -0.03, words, fontsize=tiny, ha="center", va="top", transform=panel.transAxes,
        linespacing=1.1,
    )  # fmt: skip


def _show(panel: Any, pixels: Pixels) -> None:
    """Show (H, W, C) in [0, 1]; a grey picture as grey, and small pixels as squares."""
    shown = np.clip(np.repeat(pixels, 3, 2) if pixels.shape[2] == 1 else pixels, 0, 1)
    panel.imshow(shown, interpolation="nearest")


def _outline(
    panel: Any, region: NDArray[np.bool_], colour: str = OUTLINE, width: float = 1.3
) -> None:
    """Draw a line along the edges of the region's pixels, dark below so that it is always seen."""
    edges = list(edges_of(region))
    looks = [("#222222", width + 1.3)] if colour == OUTLINE else []
    for look, wide in (*looks, (colour, width)):
        lines = LineCollection(
            edges, colors=look, linewidths=wide, capstyle="projecting", clip_on=False
        )
        panel.add_collection(lines, autolim=False)


def _frame(panel: Any, colour: str, width: float) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    for side in panel.spines.values():
        side.set_color(colour)
        side.set_linewidth(width)


def _caption(found: RegionCounterfactuals, visual: VisualSettings) -> list[str]:
    if not visual.info:
        return []
    limit = int(_LETTERS_AN_INCH * _ACROSS)
    head = f"{found.source or 'The picture'}, {question_words(found)}"
    lines = wrap(plain(head, 2 * limit), limit)
    if not begun(found):
        return [*lines, "no counterfactuals yet"]
    told = found_words(found)
    words = f"{told[:1].upper()}{told[1:]}. {missed_words(found)} {second_words(found)}"
    lines += wrap(plain(words, 4 * limit), limit)
    if found.samples > MOST_SAMPLES:
        lines.append(f"drawn: {MOST_SAMPLES} of {found.samples} samples")
    return lines
