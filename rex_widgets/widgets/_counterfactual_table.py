"""What a gallery of counterfactuals sends to the browser: a page of words, and its pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals

ROWS, COLUMNS = 12, 24
"""Samples, and counterfactuals of each, on a page."""

MOST_SIDE = 108
"""Longest side in pixels of a picture in the browser; larger ones are made smaller here."""

_LONGEST = 200


@dataclass(frozen=True)
class Window:
    """The page on show: samples ``first`` to ``last``, counterfactuals ``start`` to ``end``."""

    first: int
    last: int
    start: int
    end: int


def table_of(found: Counterfactuals, window: Window) -> dict[str, Any]:
    """Return what the page says, as JSON values."""
    seen = classified(found)
    return {
        "rows": [_row(found, sample, window, seen) for sample in range(window.first, window.last)],
        "first": window.first,
        "samples": found.samples,
        "from": window.start,
        "each": found.explanations,
        "coordinates": [name[:_LONGEST] for name in found.coordinates],
        "parts": [list(part) for part in found.parts],
        "counts": [list(pair) for pair in counted(found)],
    }


def classified(found: Counterfactuals) -> NDArray[np.bool_]:
    """Return which counterfactuals the classifier has been asked about, bool ``(B, n)``."""
    return np.asarray(np.isfinite(found.after).all(2))


def counted(found: Counterfactuals) -> list[tuple[str, int]]:
    """Return how many counterfactuals have each verdict, the best verdict first."""
    order = ("successful", "causal flip", "changed", "trivial", "unchanged")
    seen = classified(found)
    names, numbers = np.unique(found.verdict[seen], return_counts=True)
    known = dict(zip(names.tolist(), numbers.tolist(), strict=True))
    return [(name, int(known[name])) for name in order if name in known]


def thumbnails(found: Counterfactuals, window: Window) -> dict[tuple[int, int], NDArray[np.uint8]]:
    """Return the page's pictures by row and column; the sample's column is −1."""
    if not np.isfinite(found.before).all():
        return {}
    rows = range(window.first, window.last)
    pictures = {(row - window.first, -1): found.images[row] for row in rows}
    seen = classified(found)
    for row in rows:
        for column in range(window.start, window.end):
            if seen[row, column]:
                place = (row - window.first, column - window.start)
                pictures[place] = found.pictures[row, column]
    return {place: small(picture) for place, picture in pictures.items()}


def small(picture: NDArray[np.uint8], most: int = MOST_SIDE) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) of `most` pixels a side at most."""
    if max(picture.shape[:2]) <= most:
        return picture
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((most, most))
    return np.asarray(image)


def packed_pictures(
    pictures: Mapping[tuple[int, int], NDArray[np.uint8]],
) -> tuple[dict[str, Any], bytes]:
    """Return a message's facts and its bytes; grey pictures take a third."""
    if not pictures:
        return {"places": [], "height": 0, "width": 0, "channels": 1}, b""
    stacked = np.stack(list(pictures.values()))
    grey = bool((stacked == stacked[..., :1]).all())
    if grey:
        stacked = stacked[..., :1]
    _, height, width, channels = stacked.shape
    about = {
        "places": [list(place) for place in pictures],
        "height": height,
        "width": width,
        "channels": channels,
    }
    return about, np.ascontiguousarray(stacked).tobytes()


def class_words(found: Counterfactuals, index: int) -> str:
    """Return a class's name; a dash where the class is not known yet."""
    return str(found.labels[index])[:_LONGEST] if 0 <= index < len(found.labels) else "–"


def _row(
    found: Counterfactuals, sample: int, window: Window, seen: NDArray[np.bool_]
) -> dict[str, Any]:
    own, target = int(found.own[sample]), int(found.target[sample])
    known = own >= 0 and target >= 0
    cells = [
        [
            str(found.verdict[sample, column]),
            float(found.after[sample, column, target]) if known and seen[sample, column] else None,
            _finite(found.distance[sample, column]),
        ]
        for column in range(window.start, window.end)
    ]
    return {
        "name": found.sample_names[sample][:_LONGEST],
        "own": class_words(found, own),
        "asked": class_words(found, target),
        "sure": float(found.before[sample, own]) if known else None,
        "before": float(found.before[sample, target]) if known else None,
        "best": int(found.best[sample]),
        "note": found.diagnosis[sample][:1000],
        "cells": cells,
    }


def _finite(value: float) -> float:
    # JSON knows no NaN.
    return float(value) if math.isfinite(value) else 0.0
