"""Finished explanations of a representation, made without any model."""

from __future__ import annotations

from typing import Any

import numpy as np

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.results import EvaluationCount

SPACES = {"image": (12, 16), "signal": (40,), "table": (6,), "audio": (200,), "volume": (6, 5, 4)}


def filled(
    kind: str = "image",
    *,
    space: tuple[int, ...] | None = None,
    neighbours: int = 0,
    seed: int = 0,
    **changes: Any,
) -> RelaxExplanation:
    """An explanation with every field filled; `changes` replace fields.

    The importance falls from the middle to the edges, the uncertainty from the first place to
    the last.
    """
    shape = space or SPACES[kind]
    generator = np.random.default_rng([5, seed])
    grids = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    distance = np.sqrt(sum(grid**2 for grid in grids))
    importance = (0.9 - 0.2 * distance + 0.01 * generator.random(shape)).astype(np.float32)
    uncertainty = np.linspace(0.02, 0.005, importance.size).reshape(shape).astype(np.float32)
    side = shape if kind == "image" else (1, shape[0]) if len(shape) == 1 else shape[:2]
    picture = generator.integers(0, 256, (*side, 3), dtype=np.uint8)
    found = tuple(
        Neighbour(
            f"photo {number}.png",
            0.95 - 0.1 * number,
            generator.integers(0, 256, (8, 10, 3), dtype=np.uint8),
            (importance - np.float32(0.05 * number)).astype(np.float32),
        )
        for number in range(neighbours)
    )
    axes: Axes | None = usual_axes(kind, len(shape))
    values = None if kind == "image" else generator.normal(size=(1, *shape)).astype(np.float32)
    fields: dict[str, Any] = {
        "importance": importance,
        "uncertainty": uncertainty,
        "importance_error": np.full(shape, 0.004, np.float32),
        "uncertainty_error": np.full(shape, 0.0005, np.float32),
        "uncertainty_released": uncertainty * np.float32(256),
        "embedding": generator.normal(size=32).astype(np.float32),
        "embedding_text": "the output, 32 numbers, as it is",
        "similarity": 0.82,
        "masks": 512,
        "relative_error": 0.0049,
        "contrast_error": 0.05,
        "stopped_by": "tolerance",
        "asked": "similar to itself",
        "evaluations": EvaluationCount.of({"look": 1, "masks": 512}),
        "seconds": 3.5,
        "seconds_in_model": 3.4,
        "stage": "estimated",
        "message": "",
        "settings": RelaxSettings(seed=seed),
        "seed": seed,
        "versions": {"python": "3.11.0", "rex_widgets": "0.5.0"},
        "runtime": "onnxruntime",
        "choices": ("resized to 12 × 16",),
        "statistics": {
            "least similarity": 0.41,
            "mean similarity": 0.82,
            "most similarity": 0.98,
            "similarity of the whole input": 1.0,
            "undefined similarities": 0,
            "seconds outside the encoder": 0.1,
        },
        "neighbours": found,
        "source": "cat.png",
        "picture": picture,
        "kind": kind,
        "axes": axes,
        "values": values,
    }
    return RelaxExplanation(**{**fields, **changes})
