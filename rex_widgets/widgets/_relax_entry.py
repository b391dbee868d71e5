"""What a history keeps of a representation's explanation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.relax_words import count_words, is_resolved
from rex_widgets.report.thumbnail import thumbnail_png
from rex_widgets.widgets import relax_words

_SHOWN_SHARE = 0.25
"""Share of the places, the most important ones, that the small picture shows."""


@dataclass(frozen=True, eq=False)
class _Marked:
    """An input with a mask, in the form in which small pictures are drawn."""

    map: NDArray[np.float32]
    mask: NDArray[np.bool_]
    kind: str
    picture: NDArray[np.uint8] | None
    values: NDArray[np.float32] | None
    parts: tuple[Any, ...] = field(default=())


def relax_thumbnail(found: RelaxExplanation) -> bytes:
    """Return the input with its most important quarter marked, as a small PNG."""
    most = found.importance >= np.quantile(found.importance, 1 - _SHOWN_SHARE)
    marked: Any = _Marked(found.importance, most, found.kind, found.picture, found.values)
    return thumbnail_png(marked)


def relax_facts(found: RelaxExplanation) -> dict[str, Any]:
    """Return what tells it apart from others, as JSON values."""
    error = relax_words.share(found.contrast_error)
    return {
        "index": -1,
        "strategy": f"{count_words(found.masks)} masks · error {error}",
        "area": None,
        "confidence": None,
        "verified": is_resolved(found),
    }


def relax_arrays(found: RelaxExplanation) -> list[NDArray[Any] | None]:
    """Return all arrays that it holds."""
    pairs = [array for one in found.neighbours for array in (one.importance, one.thumbnail)]
    return [
        found.importance,
        found.uncertainty,
        found.importance_error,
        found.uncertainty_error,
        found.uncertainty_released,
        found.embedding,
        found.picture,
        found.values,
        *pairs,
    ]
