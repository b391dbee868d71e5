"""Record the peer's metrics on one map: ``python -m tests.parity.record_metrics``.

Run it from the repository's root with a Python that has rex-xai. It writes ``metrics.json`` beside
itself, which `test_metrics_parity.py` compares with ours without the peer.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from rex_xai.explanation import evaluation
from rex_xai.explanation.evaluation import Evaluation
from rex_xai.input.input_data import Data
from rex_xai.responsibility.prediction import Prediction

from tests.parity.linear_model import SIZE, hill, picture, probabilities

FOLDER = Path(__file__).parent
STEP = 24
TARGET = 0
AREAS = []


def predict(tensors: Any, target: Any = None, raw: bool = False) -> Any:
    """The linear model as the peer calls it."""
    rows = probabilities(np.asarray(tensors, np.float32).reshape(-1, 3, SIZE, SIZE))
    if raw:
        return torch.from_numpy(rows)
    return [Prediction(int(row.argmax()), float(row.max())) for row in rows]


def subject(map_: np.ndarray[Any, Any], mask: np.ndarray[Any, Any]) -> Any:
    """What the peer's evaluation reads of an explanation."""
    data = Data(None, [1, 3, SIZE, SIZE], "cpu", mode="RGB")
    data.data = torch.from_numpy(picture())[None]
    data.mask_value = 0
    row = probabilities(picture()[None])[0]
    data.target = Prediction(TARGET, float(row[TARGET]))
    return SimpleNamespace(
        target_map=map_,
        sufficiency_mask=torch.from_numpy(mask),
        necessity_mask=None,
        data=data,
        args=SimpleNamespace(insertion_step=STEP, batch_size=64),
    )


def recording_simpson(curve: Any, dx: float) -> Any:
    """Simpson's rule, keeping the curve that it was given."""
    area = original(curve, dx=dx)
    AREAS.append({"curve": np.asarray(curve, float).tolist(), "area": float(area)})
    return area


original = evaluation.simpson


def main() -> None:
    """Ask for every metric that the peer computes without crashing."""
    evaluation.simpson = recording_simpson
    values = hill()
    mask = values > np.quantile(values, 0.8)
    whole = Evaluation(subject(values, mask))
    line = Evaluation(subject(values[SIZE // 2], mask))
    normalised = whole.insertion_deletion_curve(predict, normalise=True)
    document = {
        "peer": {"rex-xai": version("rex-xai"), "numpy": version("numpy")},
        "step": STEP,
        "target": TARGET,
        "area": float(whole.ratio()),
        "responsibility_entropy": float(whole.responsibility_entropy()),
        "spectral_entropy_of_a_line": [float(number) for number in line.spectral_entropy()],
        "spectral_entropy_of_the_map": float(whole.spectral_entropy()[0]),
        "insertion": AREAS[0] | {"normalised": float(normalised[0])},
        "deletion": AREAS[1] | {"normalised": float(normalised[1])},
    }
    text = json.dumps(document, indent=1)
    (FOLDER / "metrics.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
