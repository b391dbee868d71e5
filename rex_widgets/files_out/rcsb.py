"""Region-constrained counterfactuals as JSON values and named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report.rcsb_words import begun

FORMAT = "rex_widgets region counterfactuals 1"

_ARRAYS = (
    "before",
    "after",
    "region",
    "region_map",
    "probabilities_before",
    "probabilities",
    "curve",
    "steps",
    "reached",
    "flipped",
    "l1",
    "l2",
    "ssim",
    "lpips",
    "forming",
    "forming_steps",
    "second",
    "second_probabilities",
    "values",
)


def rcsb_document(found: RegionCounterfactuals) -> dict[str, Any]:
    """Return all numbers; pictures and the probabilities of every step are in `rcsb_arrays`."""
    return {
        "format": FORMAT,
        "source": found.source,
        "kind": found.kind,
        "method": found.method,
        "explained": rcsb_explained(found),
        "stage": found.stage,
        "message": found.message,
        "labels": found.labels,
        "class": found.source_class,
        "label": found.source_label,
        "target": found.target,
        "target_label": found.target_label,
        "size": list(found.before.shape),
        "region": {
            "area": found.area,
            "pixels": int(found.region.sum()),
            "source": found.region_source,
            "box": _box(found.region),
        },
        "probabilities_before": found.probabilities_before.tolist(),
        "second_before": None if found.second is None else found.second_before,
        "best": found.best,
        "reached": int(found.reached.sum()),
        "flipped": int(found.flipped.sum()),
        "steps": found.steps.tolist(),
        "samples": [_sample(found, number) for number in range(found.samples)],
        "branches": found.branches,
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


def _sample(found: RegionCounterfactuals, number: int) -> dict[str, Any]:
    second = found.second_probabilities
    return {
        "class": int(found.classes[number]),
        "reached": bool(found.reached[number]),
        "flipped": bool(found.flipped[number]),
        "probabilities": found.probabilities[number].tolist(),
        "l1": float(found.l1[number]),
        "l2": float(found.l2[number]),
        "ssim": float(found.ssim[number]),
        "lpips": None if found.lpips is None else float(found.lpips[number]),
        "second": None if found.second is None else int(found.second[number]),
        "second_probabilities": None if second is None else second[number].tolist(),
        "steps_done": int(found.done[number]),
        "failure": found.failures[number],
    }


def _box(region: NDArray[np.bool_]) -> list[int] | None:
    """Return the smallest box around the region: first row, behind the last, and the columns."""
    if not region.any():
        return None
    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    return [int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1]


def rcsb_arrays(found: RegionCounterfactuals) -> dict[str, Any]:
    """Return the arrays by name, as far as they are known."""
    arrays: dict[str, Any] = {name: getattr(found, name) for name in _ARRAYS}
    known = {name: array for name, array in arrays.items() if array is not None}
    # Text of a fixed length: an array of objects would need a pickle.
    return known | {"labels": np.array(found.labels, np.str_)}


def rcsb_companions(found: RegionCounterfactuals) -> dict[str, NDArray[Any]]:
    """Return what goes where a file holds one array, by the end of its name."""
    return {
        "": found.after,
        "_before": found.before,
        "_region": found.region,
        "_probabilities": found.probabilities,
    }


def rcsb_explained(found: RegionCounterfactuals) -> bool:
    """Whether there is an answer: a sample of the class asked for."""
    return begun(found) and bool(found.reached.any())
