"""The columns of a row: statistics, settings, metrics, arrays, and everything as JSON."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.results import Explanation
from rex_widgets.store.arrays import pack

if TYPE_CHECKING:
    from rex_widgets.metrics import Analysis, Curve

Row = dict[str, Any]


def of_statistics(statistics: Mapping[str, float]) -> Row:
    """Counts of the search under ReX's names."""

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
        "avg_box_size": None if box is None else number_of(box),
    }


def of_settings(explanation: Explanation) -> Row:
    """All settings as JSON, and those that ReX gives a column under ReX's names."""
    values = values_of(explanation.settings)
    row: Row = {
        "settings": as_json({name: _setting(name, value) for name, value in values.items()}),
        "tree_depth": values.get("tree_depth"),
        "search_limit": values.get("search_limit"),
        "iters": values.get("iters"),
        "min_size": values.get("min_box_size"),
        "distribution": values.get("distribution"),
    }
    given = values.get("distribution_args")
    row["distribution_args"] = None if given is None else as_json(list(given))
    if explanation.strategy == "spatial":
        row["spatial_radius"] = values.get("spatial_initial_radius")
        row["spatial_eta"] = values.get("spatial_radius_eta")
    if explanation.strategy == "multi":
        row["spotlights"] = values.get("spotlights")
        row["spotlight_size"] = values.get("spotlight_size")
        row["spotlight_eta"] = values.get("spotlight_eta")
        row["obj_function"] = values.get("spotlight_objective_function")
    return row


def of_analysis(analysis: Analysis | Mapping[str, Any] | None, kind: str) -> Row:
    """The metrics, and the points of the two curves."""
    if analysis is None:
        return {}
    if isinstance(analysis, Mapping):
        names = ("max_entropy", "insertion_curve", "deletion_curve", "robustness")
        row: Row = {name: _given(analysis.get(name)) for name in names}
        row["entropy"] = _given(analysis.get("map_entropy", analysis.get("entropy")))
        row["analysis"] = as_json(analysis)
        return row
    of_signal = kind in ("signal", "audio")
    row = {
        "entropy": _given(analysis.spectral_entropy if of_signal else analysis.entropy_map),
        "max_entropy": _given(analysis.max_entropy) if of_signal else None,
        "robustness": _given(analysis.robustness),
        "analysis": as_json(_without_points(analysis.document())),
    }
    for name in ("insertion", "deletion"):
        curve: Curve = getattr(analysis, name)
        row[f"{name}_curve"] = number_of(curve.area)
        points = np.stack((curve.positions, curve.confidences), axis=1).astype(np.float64)
        row |= array_columns(f"{name}_points", points)
    return row


def array_columns(name: str, array: NDArray[Any] | None) -> Row:
    """The three columns of an array; none for no array."""
    if array is None:
        return {}
    stored = pack(array)
    return {name: stored.data, f"{name}_dtype": stored.dtype, f"{name}_shape": stored.shape}


def values_of(settings: Any) -> dict[str, Any]:
    """Settings by name."""
    if isinstance(settings, Mapping):
        return dict(settings)
    if is_dataclass(settings):
        return {f.name: getattr(settings, f.name) for f in fields(settings)}
    return {}


def _setting(name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.bool_:
        # a mask is small enough to stand here: its bits, eight a byte, compressed
        stored = pack(value)
        return {"shape": list(value.shape), "bits": b64encode(stored.data).decode()}
    if isinstance(value, np.ndarray):
        return {"array": f"{name}_array", "shape": list(value.shape)}
    if callable(value):
        return {"function": getattr(value, "__qualname__", type(value).__name__)}
    return value


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
    return None if value is None else number_of(value)


def number_of(value: Any) -> float | None:
    """A float for SQLite, which has no NaN."""
    number = float(value)
    return None if math.isnan(number) else number


def as_json(value: Any) -> str:
    """JSON text of any value; what JSON cannot say becomes text, and NaN null."""
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
