"""Explanations made by hand, for tests of what shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from rex_widgets.results import Certificate, ClassScore, EvaluationCount, Explanation, Target


def hand_made(side: int = 64, **changes: Any) -> Explanation:
    """Return a finished explanation of a grey ramp; `changes` replace its fields."""
    y, x = np.mgrid[:side, :side] / side
    hill = np.exp(-((x - 0.4) ** 2 + (y - 0.5) ** 2) / 0.02)
    values = np.where(hill < 0.01, 0, hill).astype(np.float32)
    mask = hill > 0.6
    picture = np.repeat((x * 255).astype(np.uint8)[..., None], 3, axis=2)
    fields: dict[str, Any] = {
        "map": values,
        "mask": mask,
        "target": Target(285, "Egyptian cat", 0.876),
        "confidence": 0.713,
        "area": float(mask.mean()),
        "verified": True,
        "certificate": Certificate(True, 4, True, {8: 1, 4: 2}),
        "occlusions": {"0": True, "mean": True, "blur": False},
        "evaluations": EvaluationCount.of({"search": 1890, "extract": 42, "verify": 4}),
        "seconds": 14.23,
        "seconds_in_model": 13.6,
        "stage": "verified",
        "message": "",
        "top": (ClassScore(285, "Egyptian cat", 0.876), ClassScore(281, "tabby", 0.071)),
        "settings": {"iters": 20, "search_limit": None},
        "seed": 7,
        "versions": {"rex_widgets": "0.1.0", "numpy": "2.0.0"},
        "runtime": "onnxruntime",
        "choices": ("Runtime: agrees with the module.",),
        "statistics": {},
        "source": "cat.png",
        "picture": picture,
    }
    return Explanation(**(fields | changes))
