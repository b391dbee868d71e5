"""What a history keeps of a result: facts for the browser, and how much memory it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.thumbnail import thumbnail_png
from rex_widgets.results import Explanation
from rex_widgets.widgets._latent_entry import (
    latent_arrays,
    latent_facts,
    latent_label,
    latent_thumbnail,
)
from rex_widgets.widgets._rcsb_entry import (
    rcsb_arrays,
    rcsb_facts,
    rcsb_label,
    rcsb_thumbnail,
)
from rex_widgets.widgets._relax_entry import relax_arrays, relax_facts, relax_thumbnail

Listed: TypeAlias = Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals

KINDS_LISTED = (Explanation, RelaxExplanation, Counterfactuals, RegionCounterfactuals)

MAX_BYTES = 2**30
"""Most that the arrays of all listed explanations may take."""

_LONGEST = 200


@dataclass(frozen=True, eq=False)
class Entry:
    """A listed explanation with its small picture (PNG) and its facts (JSON values)."""

    id: str
    explanation: Listed
    picture: bytes
    facts: dict[str, Any]


def thumbnail_of(explanation: Listed) -> bytes:
    """Return the small picture of a listed explanation, a PNG."""
    if isinstance(explanation, RelaxExplanation):
        return relax_thumbnail(explanation)
    if isinstance(explanation, Counterfactuals):
        return latent_thumbnail(explanation)
    if isinstance(explanation, RegionCounterfactuals):
        return rcsb_thumbnail(explanation)
    return thumbnail_png(explanation)


def facts_of(explanation: Listed, name: str, number: int, when: float) -> dict[str, Any]:
    """Return what tells a result apart, as JSON values; ``when`` in seconds since 1970."""
    found = explanation
    if isinstance(found, RelaxExplanation):
        label, own = found.asked, relax_facts(found)
    elif isinstance(found, Counterfactuals):
        label, own = latent_label(found), latent_facts(found)
    elif isinstance(found, RegionCounterfactuals):
        label, own = rcsb_label(found), rcsb_facts(found)
    else:
        label = found.target.label if found.target.index >= 0 else "no class yet"
        own = _causal_facts(found)
    return {
        "number": number,
        "name": str(name)[:_LONGEST] or label[:_LONGEST],
        "label": label[:_LONGEST],
        **own,
        "source": found.source[-_LONGEST:],
        "kind": found.kind,
        "method": found.method,
        "stage": found.stage,
        "evaluations": int(found.evaluations),
        "seconds": _finite(found.seconds),
        "when": when,
    }


def _causal_facts(found: Explanation) -> dict[str, Any]:
    return {
        "index": int(found.target.index),
        "strategy": found.strategy,
        "area": _finite(found.area),
        "confidence": _finite(found.confidence),
        "verified": bool(found.verified),
    }


def bytes_of(explanations: Iterable[Listed]) -> int:
    """Return the memory of all their arrays; what several share is counted once."""
    sizes: dict[int, int] = {}
    for found in explanations:
        for array in _arrays(found):
            if array is not None:
                sizes[id(array)] = int(array.nbytes)
    return sum(sizes.values())


def _arrays(found: Listed) -> list[NDArray[Any] | None]:
    if isinstance(found, RelaxExplanation):
        return relax_arrays(found)
    if isinstance(found, Counterfactuals):
        return latent_arrays(found)
    if isinstance(found, RegionCounterfactuals):
        return rcsb_arrays(found)
    masks = [part.mask for part in found.parts]
    own = [found.map, found.mask, found.ranking, found.picture, found.values, found.map_error]
    return [*own, *masks]


def _finite(value: float) -> float | None:
    # JSON knows no NaN.
    return float(value) if math.isfinite(value) else None
