"""Latent counterfactuals as JSON values and named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals

FORMAT = "rex_widgets counterfactuals 1"

_ARRAYS = (
    "latents",
    "images",
    "counterfactuals",
    "pictures",
    "before",
    "after",
    "target",
    "changed",
    "margins",
    "distance",
    "nearest_miss",
    "mean",
    "std",
    "minimum",
    "maximum",
)
_TEXTS = ("verdict", "diagnosis", "coordinates", "labels", "sample_names")


def latent_document(found: Counterfactuals) -> dict[str, Any]:
    """Return all numbers of latent counterfactuals; pictures are in `latent_arrays` alone."""
    return {
        "format": FORMAT,
        "source": found.source,
        "kind": found.kind,
        "method": found.method,
        "explained": latent_explained(found),
        "verified": found.verified,
        "stage": found.stage,
        "message": found.message,
        "labels": found.labels,
        "coordinates": found.coordinates,
        "parts": [
            {"name": name, "first": first, "behind": behind} for name, first, behind in found.parts
        ],
        "latent_space": {
            name: getattr(found, name).tolist() for name in ("mean", "std", "minimum", "maximum")
        },
        "oracle": found.oracle,
        "found": int(found.found.sum()),
        "verdicts": found.counts(),
        "samples": [_sample(found, row) for row in range(found.samples)],
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


def _sample(found: Counterfactuals, row: int) -> dict[str, Any]:
    return {
        "name": found.sample_names[row],
        "latents": found.latents[row].tolist(),
        "class": int(found.own[row]),
        "target": int(found.target[row]),
        "before": found.before[row].tolist(),
        "nearest": int(found.nearest[row]),
        "nearest_miss": int(found.nearest_miss[row]),
        "diagnosis": found.diagnosis[row],
        "counterfactuals": [
            {
                "latents": found.counterfactuals[row, number].tolist(),
                "after": found.after[row, number].tolist(),
                "changed": bool(found.changed[row, number]),
                "margin": float(found.margins[row, number]),
                "distance": float(found.distance[row, number]),
                "verdict": str(found.verdict[row, number]),
            }
            for number in range(found.explanations)
        ],
    }


def latent_arrays(found: Counterfactuals) -> dict[str, Any]:
    """Return the arrays by name, as far as they are known."""
    arrays: dict[str, Any] = {name: getattr(found, name) for name in _ARRAYS}
    # Text of a fixed length: an array of objects would need a pickle.
    arrays |= {name: np.array(getattr(found, name), np.str_) for name in _TEXTS}
    if found.values is not None:
        arrays["values"] = found.values
    return arrays


def latent_companions(found: Counterfactuals) -> dict[str, NDArray[Any]]:
    """Return what goes where a file holds one array, by the end of its name."""
    return {
        "": found.counterfactuals,
        "_latents": found.latents,
        "_after": found.after,
        "_pictures": found.pictures,
    }


def latent_explained(found: Counterfactuals) -> bool:
    """Whether there is an answer: for every sample a counterfactual of the class asked for."""
    return bool(found.found.all())
