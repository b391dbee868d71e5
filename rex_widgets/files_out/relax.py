"""An explanation of a representation as JSON values and named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES
from rex_widgets.files_out.values import range_of
from rex_widgets.relax.explanation import RelaxExplanation

FORMAT = "rex_widgets relax 1"


def relax_document(found: RelaxExplanation) -> dict[str, Any]:
    """Return all numbers of an explanation of a representation."""
    return {
        "format": FORMAT,
        "source": found.source,
        "kind": found.kind,
        "method": found.method,
        "explained": found.masks > 0,
        "asked": found.asked,
        "embedding": {"size": found.embedding.size, "text": found.embedding_text},
        "similarity": found.similarity,
        "masks": found.masks,
        "relative_error": found.relative_error,
        "contrast_error": found.contrast_error,
        "stopped_by": found.stopped_by,
        "places": PLACES[found.kind],
        "shape": found.importance.shape,
        "stage": found.stage,
        "message": found.message,
        "importance": range_of(found.importance),
        "importance_error": range_of(found.importance_error),
        "uncertainty": range_of(found.uncertainty),
        "uncertainty_error": range_of(found.uncertainty_error),
        "uncertainty_released": range_of(found.uncertainty_released),
        "u_relax": {"quantile": found.uncertainty_threshold, "kept": int(found.certain.sum())},
        "neighbours": [
            {"name": one.name, "similarity": one.similarity, "importance": range_of(one.importance)}
            for one in found.neighbours
        ],
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


def relax_arrays(found: RelaxExplanation) -> dict[str, Any]:
    """Return the arrays by name, as far as they are known."""
    arrays: dict[str, Any] = {
        "importance": found.importance,
        "uncertainty": found.uncertainty,
        "importance_error": found.importance_error,
        "uncertainty_error": found.uncertainty_error,
        "uncertainty_released": found.uncertainty_released,
        "u_relax": found.u_relax,
        "embedding": found.embedding,
        "picture": found.picture,
        "values": found.values,
    }
    if found.neighbours:
        arrays["neighbour_names"] = np.array([one.name for one in found.neighbours])
        arrays["neighbour_similarities"] = np.array([one.similarity for one in found.neighbours])
        arrays["neighbour_importances"] = np.stack([one.importance for one in found.neighbours])
    return {name: array for name, array in arrays.items() if array is not None}


def relax_companions(found: RelaxExplanation) -> dict[str, NDArray[Any]]:
    """Return what goes where a file holds one array, by the end of its name."""
    return {
        "": found.importance,
        "_uncertainty": found.uncertainty,
        "_importance_error": found.importance_error,
        "_uncertainty_error": found.uncertainty_error,
    }
