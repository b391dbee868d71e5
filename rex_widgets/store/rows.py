"""From an explanation to the rows that a database keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from rex_widgets.results import Certificate, Explanation, Part
from rex_widgets.store.columns import (
    Row,
    array_columns,
    as_json,
    number_of,
    of_analysis,
    of_settings,
    of_statistics,
    values_of,
)
from rex_widgets.store.schema import SHARED_ARRAYS

if TYPE_CHECKING:
    from rex_widgets.metrics import Analysis

_MASK_OF_PART = {
    "sufficient": "sufficiency",
    "contrastive": "contrastive",
    "necessary": "necessity",
    "complete": "complete",
}
"""For each name of a part, how its columns begin."""


def rows_of(
    explanation: Explanation,
    *,
    analysis: Analysis | Mapping[str, Any] | None = None,
    fingerprint: str | None = None,
    source: str | None = None,
    other_settings: Mapping[str, Any] | None = None,
) -> list[Row]:
    """Make the rows of an explanation: one, or one for each part of a multiple one.

    Parameters
    ----------
    explanation
        What is kept.
    analysis
        Its metrics: an `Analysis`, or a mapping with the keys that ReX's ``analyze`` gives.
    fingerprint
        Of the model, as `Classifier.fingerprint` gives it.
    source
        The path of the input; ``explanation.source`` (a name without its folder) if not given.
    other_settings
        Settings that are not the method's: of the model, the input, the pictures.

    Returns
    -------
    list of dict
        One dictionary of columns for each row. Every row has an ``id`` of its own, a random
        UUID that never changes; the rows of one explanation share their ``group_id``, which is
        the id of the first of them.
    """
    common = _common(explanation, analysis, fingerprint, source)
    if other_settings is not None:
        common["other_settings"] = as_json(other_settings)
    shared = _shared_arrays(explanation)
    parts = explanation.parts if explanation.strategy == "multi" else ()
    if not parts:
        row = common | shared | _single(explanation)
        row["id"] = row["group_id"] = uuid4().hex
        return [row]
    ids = [uuid4().hex for _ in parts]
    rows = []
    for number, (part, name) in enumerate(zip(parts, ids, strict=True)):
        row = common | (shared if number == 0 else {}) | _of_part(part, number)
        rows.append(row | {"id": name, "group_id": ids[0]})
    return rows


def _common(
    explanation: Explanation,
    analysis: Analysis | Mapping[str, Any] | None,
    fingerprint: str | None,
    source: str | None,
) -> Row:
    target = explanation.target
    axes = explanation.axes
    return {
        "path": explanation.source if source is None else source,
        "target": target.index,
        "target_label": target.label,
        "confidence": number_of(target.confidence),
        "time": number_of(explanation.seconds),
        "seconds_in_model": number_of(explanation.seconds_in_model),
        "kind": explanation.kind,
        "strategy": explanation.strategy,
        "method": explanation.method,
        "stage": explanation.stage,
        "message": explanation.message,
        "runtime": explanation.runtime,
        "seed": explanation.seed,
        "evaluations": int(explanation.evaluations),
        "evaluations_by_purpose": as_json(getattr(explanation.evaluations, "breakdown", {})),
        "model_fingerprint": fingerprint,
        "saved_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "versions": as_json(explanation.versions),
        "statistics": as_json(explanation.statistics),
        "occlusions": as_json(explanation.occlusions),
        "choices": as_json(explanation.choices),
        "stability": as_json(explanation.stability),
        "top": as_json([asdict(score) for score in explanation.top]),
        "axes": None if axes is None else as_json(_axes_document(axes)),
        **of_statistics(explanation.statistics),
        **of_settings(explanation),
        **of_analysis(analysis, explanation.kind),
    }


def _single(explanation: Explanation) -> Row:
    row: Row = {
        "multi": False,
        "multi_no": None,
        "part": None,
        "verified": explanation.verified,
        "certificate": _certificate(explanation.certificate),
        "explanation_confidence": number_of(explanation.confidence),
        "area": explanation.area,
        "parts": as_json([_part_document(part) for part in explanation.parts]),
        **array_columns("explanation", explanation.mask),
    }
    for part in explanation.parts:
        beginning = _MASK_OF_PART.get(part.name)
        if beginning is None:
            continue
        row |= array_columns(f"{beginning}_mask", part.mask)
        if beginning != "necessity":
            row[f"{beginning}_confidence"] = number_of(part.confidence)
        if beginning == "complete":
            row["complete_classification"] = explanation.target.index
        if beginning == "contrastive" and part.without is not None:
            row["inverse_classification"] = part.without.index
            row["inverse_confidence"] = number_of(part.without.confidence)
    if "sufficiency_mask" not in row and explanation.strategy not in ("contrastive", "complete"):
        row |= array_columns("sufficiency_mask", explanation.mask)
        row["sufficiency_confidence"] = number_of(explanation.confidence)
    return row


def _of_part(part: Part, number: int) -> Row:
    return {
        "multi": True,
        "multi_no": number,
        "part": part.name,
        "verified": part.verified,
        "certificate": _certificate(part.certificate),
        "explanation_confidence": number_of(part.confidence),
        "sufficiency_confidence": number_of(part.confidence),
        "area": part.area,
        "parts": as_json([_part_document(part)]),
        **array_columns("explanation", part.mask),
        **array_columns("sufficiency_mask", part.mask),
    }


def _shared_arrays(explanation: Explanation) -> Row:
    settings = values_of(explanation.settings)
    arrays = {
        "responsibility": explanation.map,
        "ranking": explanation.ranking,
        "map_error": explanation.map_error,
        "axis_positions": None if explanation.axes is None else explanation.axes.positions,
        "mask_value_array": settings.get("mask_value"),
        "context_array": settings.get("context"),
    }
    assert set(arrays) == set(SHARED_ARRAYS)
    row: Row = {}
    for name, array in arrays.items():
        if isinstance(array, np.ndarray):
            row |= array_columns(name, array)
    return row


def _part_document(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "confidence": number_of(part.confidence),
        "area": part.area,
        "verified": part.verified,
        "certificate": None if part.certificate is None else part.certificate.text,
        "without": None if part.without is None else asdict(part.without),
    }


def _axes_document(axes: Any) -> dict[str, Any]:
    document, arrays = axes.state()
    if "affine" in arrays:
        document = document | {"affine": arrays["affine"].tolist()}
    return dict(document)


def _certificate(certificate: Certificate | None) -> str | None:
    if certificate is None:
        return None
    document = asdict(certificate) | {"passes": dict(certificate.passes), "text": certificate.text}
    return as_json(document)
