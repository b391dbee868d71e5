"""The peer's metrics, recorded by `record_metrics.py` on one map, against ours."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import simpson

from rex_widgets.metrics import (
    area,
    deletion_curve,
    insertion_curve,
    map_entropy,
    spectral_entropy,
)
from tests.parity.linear_model import SIZE, hill, picture, probabilities

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "metrics.json").read_text(encoding="utf-8")
)
TARGET: int = RECORDED["target"]
STEP: int = RECORDED["step"]


def confidences(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    return probabilities(picture() * masks[:, None])[:, TARGET]


def test_area() -> None:
    assert area(hill() > np.quantile(hill(), 0.8)) == pytest.approx(RECORDED["area"])


def test_entropy_of_a_map_without_zeros() -> None:
    recorded = RECORDED["responsibility_entropy"]
    assert map_entropy(hill(), added=0) == pytest.approx(recorded, rel=1e-9)
    assert 0 < map_entropy(hill()) < recorded


def test_spectral_entropy_of_one_axis_and_of_several() -> None:
    entropy, maximum = spectral_entropy(hill()[SIZE // 2])
    assert [entropy, maximum] == pytest.approx(RECORDED["spectral_entropy_of_a_line"], rel=1e-9)
    entropy, maximum = spectral_entropy(hill())
    assert entropy == pytest.approx(RECORDED["spectral_entropy_of_the_map"], rel=1e-9)
    # The peer's maximum is that of one line; ours is that of all lines, which can be reached.
    assert maximum == pytest.approx(math.log2(SIZE * (SIZE // 2 + 1)))


@pytest.mark.parametrize(
    ("name", "curve_of"), [("insertion", insertion_curve), ("deletion", deletion_curve)]
)
def test_curves(name: str, curve_of: Any) -> None:
    whole = float(confidences(np.ones((1, SIZE, SIZE), bool))[0])
    curve = curve_of(hill(), confidences, target_confidence=whole, step=STEP)
    recorded = RECORDED[name]
    # The peer's curve begins after the first step; ours with nothing.
    assert curve.confidences[1:] == pytest.approx(recorded["curve"], abs=1e-6)
    theirs = float(simpson(curve.confidences[1:], dx=STEP))
    assert theirs == pytest.approx(recorded["area"], rel=1e-6)
    assert theirs / (whole * SIZE * SIZE) == pytest.approx(recorded["normalised"], rel=1e-6)
    assert abs(curve.area - recorded["normalised"]) < STEP / SIZE**2
