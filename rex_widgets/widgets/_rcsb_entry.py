"""What a history keeps of region-constrained counterfactuals."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report import rcsb_words
from rex_widgets.widgets._change_pictures import bytes_of, small_of

_SIDE = 72


def rcsb_thumbnail(found: RegionCounterfactuals) -> bytes:
    """Return the picture beside its best sample, as a small PNG."""
    from PIL import Image

    sheet = Image.new("RGB", (2 * _SIDE, _SIDE))
    for number, picture in enumerate((found.before, found.image)):
        tile = Image.fromarray(small_of(bytes_of(picture), _SIDE)).resize((_SIDE, _SIDE))
        sheet.paste(tile, (number * _SIDE, 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def rcsb_label(found: RegionCounterfactuals) -> str:
    """Return what a result is called in the list."""
    own = rcsb_words.class_words(found, found.source_class)
    asked = rcsb_words.class_words(found, found.target)
    return f"{own} to {asked}" if own and asked else "a change in a region"


def rcsb_facts(found: RegionCounterfactuals) -> dict[str, Any]:
    """Return what tells it apart from others, as JSON values."""
    scale = getattr(found.settings, "scale", None)
    reached = f"{int(found.reached.sum())} of {found.samples} reached"
    sure = found.probabilities[found.best, found.target] if rcsb_words.begun(found) else np.nan
    return {
        "index": -1,
        "strategy": reached if scale is None else f"{reached} · scale {scale:g}",
        "area": float(found.area),
        "confidence": float(sure) if np.isfinite(sure) else None,
        "verified": bool(found.reached.any()),
    }


def rcsb_arrays(found: RegionCounterfactuals) -> list[NDArray[Any] | None]:
    """Return all arrays that it holds."""
    every = (getattr(found, name) for name in found.__dataclass_fields__)
    return [one for one in every if isinstance(one, np.ndarray)]
