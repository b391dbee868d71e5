"""From an explanation to the rows that a database keeps of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from rex_widgets.results import Certificate, Explanation, Part
from rex_widgets.store.arrays import pack
from rex_widgets.store.schema import SHARED_ARRAYS

if TYPE_CHECKING:
    from rex_widgets.metrics import Analysis, Curve

Row = dict[str, Any]

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
        common["other_settings"] = _json(other_settings)
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
        "confidence": _number(target.confidence),
        "time": _number(explanation.seconds),
        "seconds_in_model": _number(explanation.seconds_in_model),
        "kind": explanation.kind,
        "strategy": explanation.strategy,
        "method": explanation.method,
        "stage": explanation.stage,
        "message": explanation.message,
        "runtime": explanation.runtime,
        "seed": explanation.seed,
        "evaluations": int(explanation.evaluations),
        "evaluations_by_purpose": _json(getattr(explanation.evaluations, "breakdown", {})),
        "model_fingerprint": fingerprint,
        "saved_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "versions": _json(explanation.versions),
        "statistics": _json(explanation.statistics),
        "occlusions": _json(explanation.occlusions),
        "choices": _json(explanation.choices),
        "top": _json([asdict(score) for score in explanation.top]),
        "axes": None if axes is None else _json(_axes_document(axes)),
        **_of_statistics(explanation.statistics),
        **_of_settings(explanation),
        **_of_analysis(analysis, explanation.kind),
    }


def _single(explanation: Explanation) -> Row:
    row: Row = {
        "multi": False,
        "multi_no": None,
        "part": None,
        "verified": explanation.verified,
        "certificate": _certificate(explanation.certificate),
        "explanation_confidence": _number(explanation.confidence),
        "area": explanation.area,
        "parts": _json([_part_document(part) for part in explanation.parts]),
        **_array("explanation", explanation.mask),
    }
    for part in explanation.parts:
        beginning = _MASK_OF_PART.get(part.name)
        if beginning is None:
            continue
        row |= _array(f"{beginning}_mask", part.mask)
        if beginning != "necessity":
            row[f"{beginning}_confidence"] = _number(part.confidence)
        if beginning == "complete":
            row["complete_classification"] = explanation.target.index
        if beginning == "contrastive" and part.without is not None:
            row["inverse_classification"] = part.without.index
            row["inverse_confidence"] = _number(part.without.confidence)
    if "sufficiency_mask" not in row and explanation.strategy not in ("contrastive", "complete"):
        row |= _array("sufficiency_mask", explanation.mask)
        row["sufficiency_confidence"] = _number(explanation.confidence)
    return row


def _of_part(part: Part, number: int) -> Row:
    return {
        "multi": True,
        "multi_no": number,
        "part": part.name,
        "verified": part.verified,
        "certificate": _certificate(part.certificate),
        "explanation_confidence": _number(part.confidence),
        "sufficiency_confidence": _number(part.confidence),
        "area": part.area,
        "parts": _json([_part_document(part)]),
        **_array("explanation", part.mask),
        **_array("sufficiency_mask", part.mask),
    }


def _shared_arrays(explanation: Explanation) -> Row:
    settings = _values(explanation.settings)
    arrays = {
        "responsibility": explanation.map,
        "ranking": explanation.ranking,
        "axis_positions": None if explanation.axes is None else explanation.axes.positions,
        "mask_value_array": settings.get("mask_value"),
        "context_array": settings.get("context"),
    }
    assert set(arrays) == set(SHARED_ARRAYS)
    row: Row = {}
    for name, array in arrays.items():
        if isinstance(array, np.ndarray):
            row |= _array(name, array)
    return row


def _of_statistics(statistics: Mapping[str, float]) -> Row:
    def whole(name: str) -> int | None:
        value = statistics.get(name)
        return None if value is None else int(value)

    passing, failing = whole("total_passing"), whole("total_failing")
    box = statistics.get("avg_box_size")
    return {
        "passing": passing,
        "failing": failing,
        "total_work": None if passing is None or failing is None else passing + failing,
        "depth_reached": whole("max_depth_reached"),
        "avg_box_size": None if box is None else _number(box),
    }


def _of_settings(explanation: Explanation) -> Row:
    """All settings as JSON, and those that ReX gives a column under ReX's names."""
    values = _values(explanation.settings)
    row: Row = {
        "settings": _json({name: _setting(name, value) for name, value in values.items()}),
        "tree_depth": values.get("tree_depth"),
        "search_limit": values.get("search_limit"),
        "iters": values.get("iters"),
        "min_size": values.get("min_box_size"),
        "distribution": values.get("distribution"),
    }
    given = values.get("distribution_args")
    row["distribution_args"] = None if given is None else _json(list(given))
    if explanation.strategy == "spatial":
        row["spatial_radius"] = values.get("spatial_initial_radius")
        row["spatial_eta"] = values.get("spatial_radius_eta")
    if explanation.strategy == "multi":
        row["spotlights"] = values.get("spotlights")
        row["spotlight_size"] = values.get("spotlight_size")
        row["spotlight_eta"] = values.get("spotlight_eta")
        row["obj_function"] = values.get("spotlight_objective_function")
    return row


def _of_analysis(analysis: Analysis | Mapping[str, Any] | None, kind: str) -> Row:
    if analysis is None:
        return {}
    if isinstance(analysis, Mapping):
        names = ("max_entropy", "insertion_curve", "deletion_curve", "robustness")
        row: Row = {name: _given(analysis.get(name)) for name in names}
        row["entropy"] = _given(analysis.get("map_entropy", analysis.get("entropy")))
        row["analysis"] = _json(analysis)
        return row
    of_signal = kind in ("signal", "audio")
    row = {
        "entropy": _given(analysis.spectral_entropy if of_signal else analysis.entropy_map),
        "max_entropy": _given(analysis.max_entropy) if of_signal else None,
        "robustness": _given(analysis.robustness),
        "analysis": _json(_without_points(analysis.document())),
    }
    for name in ("insertion", "deletion"):
        curve: Curve = getattr(analysis, name)
        row[f"{name}_curve"] = _number(curve.area)
        points = np.stack((curve.positions, curve.confidences), axis=1).astype(np.float64)
        row |= _array(f"{name}_points", points)
    return row


def _array(name: str, array: NDArray[Any] | None) -> Row:
    if array is None:
        return {}
    stored = pack(array)
    return {name: stored.data, f"{name}_dtype": stored.dtype, f"{name}_shape": stored.shape}


def _values(settings: Any) -> dict[str, Any]:
    if isinstance(settings, Mapping):
        return dict(settings)
    if is_dataclass(settings):
        return {f.name: getattr(settings, f.name) for f in fields(settings)}
    return {}


def _setting(name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": f"{name}_array", "shape": list(value.shape)}
    if callable(value):
        return {"function": getattr(value, "__qualname__", type(value).__name__)}
    return value


def _certificate(certificate: Certificate | None) -> str | None:
    if certificate is None:
        return None
    document = asdict(certificate) | {"passes": dict(certificate.passes), "text": certificate.text}
    return _json(document)


def _part_document(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "confidence": _number(part.confidence),
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


def _without_points(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document of metrics whose curves are kept as arrays elsewhere."""
    curves = ("positions", "confidences")
    return {
        name: {k: v for k, v in value.items() if k not in curves}
        if isinstance(value, Mapping)
        else value
        for name, value in document.items()
    }


def _given(value: Any) -> float | None:
    return None if value is None else _number(value)


def _number(value: Any) -> float | None:
    """A float for SQLite, which has no NaN."""
    number = float(value)
    return None if math.isnan(number) else number


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """What JSON can say: mappings, lists, numbers, text; anything else as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
