"""What a history keeps of latent counterfactuals."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.report.latent_words import class_words
from rex_widgets.widgets._counterfactual_table import small

_SIDE = 72


def latent_thumbnail(found: Counterfactuals) -> bytes:
    """Return the first sample beside its best counterfactual, as a small PNG."""
    from PIL import Image

    sheet = Image.new("RGB", (2 * _SIDE, _SIDE))
    pair = (found.images[0], found.pictures[0, int(found.best[0])])
    for number, picture in enumerate(pair):
        tile = Image.fromarray(small(picture, _SIDE)).resize((_SIDE, _SIDE))
        sheet.paste(tile, (number * _SIDE, 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def latent_label(found: Counterfactuals) -> str:
    """Return what a result is called in the list."""
    return f"{found.method}: {found.source}"


def latent_facts(found: Counterfactuals) -> dict[str, Any]:
    """Return what tells it apart from others, as JSON values."""
    changed = f"{int(found.changed.sum())} of {found.changed.size} changed"
    if len(set(found.target.tolist())) == 1 and found.target[0] >= 0:
        changed += f" to {class_words(found, int(found.target[0]))}"
    successful = f" · {int(found.successful.sum())} successful" if found.oracle else ""
    return {
        "index": -1,
        "strategy": changed + successful,
        "area": None,
        "confidence": None,
        "verified": bool(found.verified),
    }


def latent_arrays(found: Counterfactuals) -> list[NDArray[Any] | None]:
    """Return all arrays that it holds."""
    every = (getattr(found, name) for name in found.__dataclass_fields__)
    return [one for one in every if isinstance(one, np.ndarray)]
