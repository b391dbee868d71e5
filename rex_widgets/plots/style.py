"""What all figures have in common: size, colours, text that is taken as it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes as Panel
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

from rex_widgets.axes import PLACES, Axes
from rex_widgets.errors import SettingsError
from rex_widgets.report.numbers import percent
from rex_widgets.report.picture import PART_COLOURS
from rex_widgets.report.region_words import alone_words, region_words, share_words
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

PALETTE = PART_COLOURS
SMALL, NORMAL = 8.0, 9.0
"""Font sizes in points: those of a column in a journal."""

KEPT = PALETTE[0]
REST = "#B4B4B4"
_OPAQUE_FROM = 0.7
_OPACITY = 0.85
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_PER = re.compile(r"^1/([A-Za-zµ]+?)(\d*)$")


def new_figure(width: float, height: float, visual: VisualSettings) -> Figure:
    """Return an empty figure of a size in inches that no window and no pyplot knows of."""
    return Figure(figsize=(width, height), dpi=visual.dpi, layout="constrained")


def finish(figure: Figure) -> Figure:
    """Take every text as it is: a class called "$x" is no formula."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_usetex(False)
    return figure


def plain(text: str, limit: int = 48) -> str:
    """Return text on one line, at most ``limit`` long, in characters that the font has."""
    words = " ".join(text.split())
    if len(words) > limit:
        words = words[: limit - 1].rstrip() + "…"
    known = _characters()
    return "".join(c if ord(c) in known else "\N{WHITE SQUARE}" for c in words)


def colour_map(visual: VisualSettings) -> Colormap:
    """Return the colour map that the settings name."""
    try:
        return matplotlib.colormaps[visual.heatmap_colours]
    except KeyError:
        raise SettingsError(
            f"heatmap_colours={visual.heatmap_colours!r} was given; expected a colour map of "
            "matplotlib, such as magma, viridis, cividis or gray."
        ) from None


def fading(colours: Colormap) -> ListedColormap:
    """Return a colour map whose low end lets the picture below shine through."""
    share = np.linspace(0, 1, 256)
    rgba = colours(share)
    rgba[:, 3] = np.clip(share / _OPAQUE_FROM, 0, 1) * _OPACITY
    return ListedColormap(rgba, name=f"fading {colours.name}")


def range_of(explanation: Explanation) -> tuple[float, float]:
    """Return the smallest and largest value of the map; (0, 1) if it is empty."""
    low, high = float(explanation.map.min()), float(explanation.map.max())
    return (low, high) if high > low else (0.0, high if high > 0 else 1.0)


def colour_bar(figure: Figure, drawn: Any, panels: Any, label: str = "Responsibility") -> None:
    """Put a labelled colour bar beside one panel or several."""
    bar = figure.colorbar(drawn, ax=panels, fraction=0.046, pad=0.02, aspect=24)
    bar.set_label(label, fontsize=NORMAL)
    bar.ax.tick_params(labelsize=SMALL)
    bar.outline.set_linewidth(0.6)
    # What fades lets grey shine through, as it does where it is drawn.
    bar.ax.set_facecolor("#808080")
    if bar.solids is not None:
        # As vectors the steps of a bar have hairlines between them in some viewers.
        bar.solids.set_rasterized(True)


def name_axes(panel: Panel, x: str = "", y: str = "") -> None:
    """Label the axes and thin out the frame."""
    panel.set_xlabel(x, fontsize=NORMAL)
    panel.set_ylabel(y, fontsize=NORMAL)
    panel.tick_params(labelsize=SMALL, width=0.6, length=3)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        panel.spines[side].set_linewidth(0.6)


def caption(figure: Figure, explanation: Explanation, visual: VisualSettings) -> None:
    """Write class, confidences and area above the figure if the settings ask for it."""
    if visual.info:
        figure.suptitle("\n".join(caption_lines(explanation)), fontsize=NORMAL)


def caption_lines(explanation: Explanation) -> list[str]:
    """Return the class with its confidence, and what the explanation keeps and gives."""
    target = explanation.target
    if target.index < 0:
        return ["not classified yet"]
    lines = [f"{plain(target.label)}: {percent(target.confidence)} on the whole input"]
    if explanation.strategy == "multi" and explanation.parts:
        count = len(explanation.parts)
        lines.append(f"{count} explanation{'s' if count > 1 else ''}")
    elif explanation.mask.any():
        places = PLACES.get(explanation.kind, "places")
        alone = percent(explanation.confidence)
        shown = f"shown {alone_words(explanation)}: {alone}"
        lines.append(f"{share_words(explanation, places)}, {shown}")
    where = region_words(explanation)
    if where:
        lines.append(where)
    return lines


def axis_words(axes: Axes, index: int = 0) -> str:
    """Return an axis's name with its unit, as in "Wavenumber (cm⁻¹)"."""
    name, unit = plain(axes.names[index]), plain(unit_words(axes.units[index]))
    words = name[:1].upper() + name[1:]
    return f"{words} ({unit})" if unit else words


def unit_words(unit: str) -> str:
    """Return a unit as a person writes it: "1/cm" becomes "cm⁻¹"."""
    found = _PER.match(unit.strip())
    if not found:
        return unit.strip()
    return found[1] + f"-{found[2] or 1}".translate(_SUPERSCRIPT)


def parts_of(explanation: Explanation) -> list[tuple[str, Any]]:
    """Return names and masks of what is highlighted: the parts, or the explanation itself."""
    if explanation.parts:
        return [(part.name, part.mask) for part in explanation.parts]
    return [("explanation", explanation.mask)] if explanation.mask.any() else []


def colour_of(index: int) -> str:
    """Return the colour of the n-th of several things; they repeat after eight."""
    return PALETTE[index % len(PALETTE)]


def _characters() -> frozenset[int]:
    return _characters_of(findfont(FontProperties()))


@lru_cache(maxsize=4)
def _characters_of(path: str) -> frozenset[int]:
    return frozenset(get_font(path).get_charmap())
