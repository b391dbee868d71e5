"""What an explanation keeps, in words: features by name, intervals in units, boxes in mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES, Axes, usual_axes
from rex_widgets.report.numbers import class_name, percent
from rex_widgets.results import Explanation, Part

_NOUNS = {
    "image": "image",
    "table": "row",
    "signal": "signal",
    "audio": "sound",
    "volume": "volume",
}
MOST = 6
"""Features, intervals or parts that are named one by one."""


def noun_of(explanation: Explanation) -> str:
    """Return what was explained, in a word: "image", "row", "signal", "sound", "volume"."""
    return _NOUNS.get(explanation.kind, "input")


def places_of(explanation: Explanation) -> str:
    """Return what its places are called: "pixels", "features", "samples", "voxels"."""
    return PLACES.get(explanation.kind, "places")


def kept_words(explanation: Explanation, mask: NDArray[np.bool_] | None = None) -> str:
    """Name what a mask keeps.

    Parameters
    ----------
    explanation
        Gives the kind, the axes and the map.
    mask
        By default the explanation's own.

    Returns
    -------
    str
        Features by falling responsibility ("alcohol, hue and 3 more"), intervals in the units of
        the axis ("1650–1790 and 2880–2980 1/cm"), the bounding box of a volume ("x 10 to 34 mm,
        …"). Empty for pictures and for a mask that keeps nothing.
    """
    kept = explanation.mask if mask is None else mask
    if explanation.kind == "image" or not kept.any():
        return ""
    axes = explanation.axes or usual_axes(explanation.kind, kept.ndim)
    if explanation.kind == "table":
        order = sorted(np.flatnonzero(kept).tolist(), key=lambda i: -float(explanation.map[i]))
        return _listed([feature_name(axes, index) for index in order])
    if kept.ndim == 1:
        return _interval_words(kept, axes)
    return _box_words(kept, axes)


def part_lines(explanation: Explanation) -> list[str]:
    """Describe every part in a line: its name, size, confidence, place, what is left without it."""
    return [_part_line(explanation, part) for part in explanation.parts]


def feature_name(axes: Axes, index: int) -> str:
    """Return a feature's name, or its number from 1 where it has none."""
    return axes.labels[index] if index < len(axes.labels) else f"feature {index + 1}"


def edges_of(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where each place of an axis begins and ends, ``(L + 1,)``: halfway to the next."""
    if len(places) == 1:
        return np.array([places[0] - 0.5, places[0] + 0.5])
    middle = (places[1:] + places[:-1]) / 2
    first = places[0] - (middle[0] - places[0])
    last = places[-1] + (places[-1] - middle[-1])
    return np.concatenate([[first], middle, [last]])


def intervals_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the half-open runs of true places, ``(N, 2)``."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.stack([np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)], axis=1)


def _part_line(explanation: Explanation, part: Part) -> str:
    line = f"{part.name}: {percent(part.area)}, alone {percent(part.confidence)}"
    if part.without is not None:
        without = class_name(part.without)
        line += f", without it {without} {percent(part.without.confidence)}"
    kept = kept_words(explanation, part.mask)
    if kept:
        line += f" ({kept})"
    return line if part.verified else f"{line}, not verified"


def _interval_words(mask: NDArray[np.bool_], axes: Axes) -> str:
    places = axes.along(len(mask))
    digits = _digits(places)
    spans = []
    for start, end in intervals_of(mask):
        first, last = sorted((float(places[start]), float(places[end - 1])))
        low, high = f"{first:.{digits}f}", f"{last:.{digits}f}"
        spans.append(low if low == high else f"{low}–{high}")
    unit = f" {axes.units[0]}" if axes.units[0] else ""
    name = f"{axes.names[0]} " if axes.names[0] != "sample" else "samples "
    return f"{name}{_listed(spans)}{unit}"


def _box_words(mask: NDArray[np.bool_], axes: Axes) -> str:
    """The smallest box, from centre to centre of its outermost voxels."""
    inside = np.argwhere(mask)
    low, high = inside.min(axis=0), inside.max(axis=0)
    if axes.affine is None:
        spans = [f"{n} {a} to {b}" for n, a, b in zip(axes.names, low, high, strict=True)]
        return ", ".join(spans)
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), -1).reshape(-1, 3)
    placed = corners @ axes.affine[:3, :3].T + axes.affine[:3, 3]
    ends = zip("xyz", placed.min(axis=0), placed.max(axis=0), strict=True)
    return ", ".join(f"{n} {a:.0f} to {b:.0f}" for n, a, b in ends) + " mm"


def _digits(places: NDArray[np.float64]) -> int:
    """Decimals that tell neighbouring places apart."""
    if len(places) < 2:
        return 3
    step = float(np.abs(np.diff(places)).min())
    return 0 if step >= 1 else min(6, max(0, int(np.ceil(-np.log10(max(step, 1e-6))))))


def _listed(words: list[str]) -> str:
    if len(words) > MOST:
        return f"{', '.join(words[:MOST])} and {len(words) - MOST} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
