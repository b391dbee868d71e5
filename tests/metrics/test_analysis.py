from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.axes import KINDS
from rex_widgets.errors import InputError, ModelError
from rex_widgets.metrics import analyse
from rex_widgets.ordering import rank_pixels
from rex_widgets.results import Explanation, Target
from tests.explanations import hand_made
from tests.synthetic import RegionClassifier, drive, out_of_memory_above, run_of, sample_from

SHAPES = {"image": (8, 9), "table": (12,), "signal": (40,), "audio": (40,), "volume": (4, 5, 6)}
SETTINGS = AnalysisSettings(insertion_step=7, robustness_backgrounds=11)


def found_in(kind: str) -> tuple[Explanation, NDArray[np.float32]]:
    """An explanation of the first quarter of an input of any kind, and the input."""
    shape = SHAPES[kind]
    size = int(np.prod(shape))
    order = np.arange(size, 0, -1, dtype=np.float32).reshape(shape)
    data = np.linspace(0, 1, size, dtype=np.float32).reshape(1, *shape)
    changes: dict[str, Any] = {
        "map": order,
        "ranking": None,
        "mask": order > size * 3 / 4,
        "picture": np.zeros((*shape, 3), np.uint8) if kind == "image" else None,
        "values": None if kind == "image" else data,
        "kind": kind,
        "target": Target(1, "much", 0.5),
    }
    return hand_made(**changes), data


def share_of_light(batch: NDArray[np.float32]) -> NDArray[np.float64]:
    light = batch.reshape(len(batch), -1).mean(axis=1)
    return np.stack([1 - light, light], axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_measured(kind: str) -> None:
    explanation, data = found_in(kind)
    steps: list[float] = []
    result = analyse(explanation, share_of_light, data, SETTINGS, on_progress=steps.append)
    size = data.size
    assert result.area == pytest.approx(explanation.mask.mean())
    expected = [(data.reshape(-1)[:k]).sum() / size for k in result.insertion.positions]
    assert result.insertion.confidences == pytest.approx(np.array(expected), abs=1e-6)
    assert result.deletion.confidences == pytest.approx(0.5 - np.array(expected), abs=1e-6)
    assert 0 <= result.robustness <= 1
    assert steps[-1] == 1.0 and steps == sorted(steps)
    # Both curves share the empty and the whole input, which are asked about once.
    assert result.evaluations == 2 * len(result.insertion.positions) - 2 + 11
    if kind == "table":
        assert result.components is None and math.isnan(result.spectral_entropy)
    else:
        assert result.components is not None and result.components.count == 1
        assert 0 < result.spectral_entropy <= result.max_entropy
    document = json.loads(json.dumps(result.document(), allow_nan=False))
    assert document["area"] == result.area and document["order"] == "map"
    assert document["insertion"]["confidences"] == result.insertion.confidences.tolist()


def test_the_entropy_of_other_data_is_on_256_levels() -> None:
    explanation, data = found_in("signal")
    result = analyse(explanation, share_of_light, data, SETTINGS)
    # 40 different levels; 9 of them are kept, of which the first is 0 as the hidden ones are.
    kept = int(explanation.mask.sum())
    zeros = (40 - kept + 1) / 40
    left = -zeros * math.log2(zeros) + (kept - 1) / 40 * math.log2(40)
    assert result.entropy_image == pytest.approx(math.log2(40) - left)


def test_the_ranking_orders_the_curves_unless_the_map_is_asked_for() -> None:
    explanation, data = found_in("image")
    changes = {name: getattr(explanation, name) for name in ("map", "mask", "picture", "target")}
    turned = hand_made(**changes, ranking=-explanation.map)
    by_map = analyse(turned, share_of_light, data, replace(SETTINGS, curve_order="map"))
    by_ranking = analyse(turned, share_of_light, data, SETTINGS)
    assert (by_map.order, by_ranking.order) == ("map", "ranking")
    assert by_ranking.insertion.area > by_map.insertion.area


def test_a_real_run_is_measured_with_its_own_classifier() -> None:
    classifier = RegionClassifier((24, 24), [[(4, 12, 4, 12)], [(14, 22, 14, 22)]])
    data = classifier.picture()
    data[0, 14:22, 14:22] = 0.02
    explanation = drive(run_of(classifier, data, iters=4))
    sample = sample_from(data)
    settings = AnalysisSettings(insertion_step=16, robustness_backgrounds=8)
    whole = analyse(explanation, classifier, sample.data, settings)
    assert whole.insertion.area > 0.8 and whole.deletion.area < 0.5
    classifier.before_call = out_of_memory_above(3)
    again = analyse(explanation, classifier, sample.data, settings)
    assert (again.insertion.confidences == whole.insertion.confidences).all()
    assert again.robustness == whole.robustness


def test_curves_hide_by_what_the_explanation_hid_by() -> None:
    explanation, data = found_in("image")
    other = np.full_like(data, 0.25)
    for value, context, empty in (
        (0.75, None, 0.75),
        ("mean", None, 0.5),
        ("context", other, 0.25),
    ):
        settings = {"mask_value": value, "context": context, "noise": None}
        same = hand_made(
            map=explanation.map, mask=explanation.mask, picture=explanation.picture,
            target=explanation.target, settings=SimpleNamespace(**settings),
        )  # fmt: skip
        result = analyse(same, share_of_light, data, SETTINGS)
        assert result.insertion.confidences[0] == pytest.approx(empty)
        assert result.deletion.confidences[-1] == pytest.approx(empty)
    black = analyse(same, share_of_light, data, SETTINGS, background=lambda mask: data * 0)
    assert black.insertion.confidences[0] == 0


def test_what_cannot_be_measured_is_said() -> None:
    explanation, data = found_in("image")
    with pytest.raises(InputError, match="There is no explanation to measure"):
        analyse(hand_made(mask=np.zeros((64, 64), bool), stage="none found"), share_of_light, data)
    with pytest.raises(InputError, match="channels first"):
        analyse(explanation, share_of_light, data[:, 1:])
    with pytest.raises(ModelError, match=r"expected finite probabilities"):
        analyse(explanation, lambda batch: batch.mean(axis=(1, 2, 3)), data)


def test_ties_of_the_ranking_come_in_the_order_of_the_extraction() -> None:
    explanation, data = found_in("image")
    flat = np.zeros(explanation.map.shape, np.float32)
    flat[3:6, 3:6] = 1.0
    seen = analyse(replace(explanation, ranking=flat), share_of_light, data, SETTINGS)
    order = rank_pixels(flat.astype(np.float64))
    light = data.reshape(-1)[order].cumsum() / data.size
    expected = [light[k - 1] if k else 0.0 for k in seen.insertion.positions]
    assert seen.order == "ranking"
    assert seen.insertion.confidences == pytest.approx(np.array(expected), abs=1e-6)


def test_a_short_input_has_a_curve_of_twenty_points() -> None:
    explanation, data = found_in("table")
    curve = analyse(explanation, share_of_light, data, AnalysisSettings()).insertion
    assert curve.positions.tolist() == list(range(13))
    explanation, data = found_in("signal")
    curve = analyse(explanation, share_of_light, data, AnalysisSettings()).insertion
    assert curve.positions.tolist() == list(range(0, 41, 2))
