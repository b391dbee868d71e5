"""A causal explanation as JSON values and named arrays."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES
from rex_widgets.files_out.values import range_of
from rex_widgets.results import Certificate, ClassScore, Explanation

FORMAT = "rex_widgets explanation 1"


def causal_document(found: Explanation) -> dict[str, Any]:
    """Return all numbers of an explanation."""
    return {
        "format": FORMAT,
        "source": found.source,
        "kind": found.kind,
        "method": found.method,
        "strategy": found.strategy,
        "explained": causally_explained(found),
        "target": _score(found.target),
        "confidence": found.confidence,
        "area": found.area,
        "kept": found.pixels,
        "places": PLACES[found.kind],
        "shape": found.mask.shape,
        "region": _region(found),
        "verified": found.verified,
        "stage": found.stage,
        "message": found.message,
        "certificate": _certificate(found.certificate),
        "occlusions": found.occlusions,
        "parts": [
            {
                "name": part.name,
                "confidence": part.confidence,
                "area": part.area,
                "kept": int(part.mask.sum()),
                "verified": part.verified,
                "certificate": _certificate(part.certificate),
                "without": None if part.without is None else _score(part.without),
            }
            for part in found.parts
        ],
        "top": [_score(score) for score in found.top],
        "map": range_of(found.map),
        "map_error": None if found.map_error is None else range_of(found.map_error),
        "stability": found.stability,
        "evaluations": {
            "total": int(found.evaluations),
            **getattr(found.evaluations, "breakdown", {}),
        },
        "seconds": found.seconds,
        "seconds_in_model": found.seconds_in_model,
        "statistics": found.statistics,
        "settings": found.settings,
        "seed": found.seed,
        "versions": found.versions,
        "runtime": found.runtime,
        "choices": found.choices,
        "axes": None if found.axes is None else found.axes.state()[0],
    }


def _region(found: Explanation) -> dict[str, Any] | None:
    """What was searched, and how much of it is kept."""
    if found.region is None:
        return None
    places = int(found.region.sum())
    return {
        "places": places,
        "share": places / found.region.size,
        "kept": found.pixels / places,
        "outside": found.outside,
    }


def causal_arrays(found: Explanation) -> dict[str, Any]:
    """Return an explanation's arrays by name, as far as they are known."""
    arrays: dict[str, Any] = {
        "map": found.map,
        "map_error": found.map_error,
        "mask": found.mask,
        "region": found.region,
        "ranking": found.ranking,
        "picture": found.picture,
        "values": found.values,
    }
    if found.parts:
        arrays["part_names"] = np.array([part.name for part in found.parts])
        arrays["part_masks"] = np.stack([part.mask for part in found.parts])
    return {name: array for name, array in arrays.items() if array is not None}


def causal_companions(found: Explanation) -> dict[str, NDArray[Any]]:
    """Return what stands beside the map where a file holds one array, by the end of its name."""
    return {"": found.map, "_mask": found.mask.astype(np.uint8)}


def _score(score: ClassScore) -> dict[str, Any]:
    return {"index": score.index, "label": score.label, "confidence": score.confidence}


def _certificate(certificate: Certificate | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    values = {f.name: getattr(certificate, f.name) for f in dataclasses.fields(certificate)}
    return {**values, "text": certificate.text}


def causally_explained(explanation: Explanation) -> bool:
    """Whether there is an answer: a verified explanation, or the map where only that was asked."""
    if getattr(explanation.settings, "no_extract", False):
        return bool(explanation.map.any())
    return explanation.verified and bool(explanation.mask.any())
