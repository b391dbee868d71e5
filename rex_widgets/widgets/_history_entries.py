"""What a history keeps of a result: facts for the browser, and how much memory it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rex_widgets.results import Explanation

MAX_BYTES = 2**30
"""Most that the arrays of all listed explanations may take."""

_LONGEST = 200


@dataclass(frozen=True, eq=False)
class Entry:
    """A listed explanation with its small picture (PNG) and its facts (JSON values)."""

    id: str
    explanation: Explanation
    picture: bytes
    facts: dict[str, Any]


def facts_of(explanation: Explanation, name: str, number: int, when: float) -> dict[str, Any]:
    """Return what tells a result apart, as JSON values; ``when`` in seconds since 1970."""
    found = explanation
    label = found.target.label if found.target.index >= 0 else "no class yet"
    return {
        "number": number,
        "name": str(name)[:_LONGEST] or label[:_LONGEST],
        "label": label[:_LONGEST],
        "index": int(found.target.index),
        "source": found.source[-_LONGEST:],
        "kind": found.kind,
        "method": found.method,
        "strategy": found.strategy,
        "area": _finite(found.area),
        "confidence": _finite(found.confidence),
        "verified": bool(found.verified),
        "stage": found.stage,
        "evaluations": int(found.evaluations),
        "seconds": _finite(found.seconds),
        "when": when,
    }


def bytes_of(explanations: Iterable[Explanation]) -> int:
    """Return the memory of all their arrays; what several share is counted once."""
    sizes: dict[int, int] = {}
    for found in explanations:
        arrays = [found.map, found.mask, found.ranking, found.picture, found.values]
        arrays += [found.map_error, *(part.mask for part in found.parts)]
        for array in arrays:
            if array is not None:
                sizes[id(array)] = int(array.nbytes)
    return sum(sizes.values())


def _finite(value: float) -> float | None:
    # JSON knows no NaN.
    return float(value) if math.isfinite(value) else None
