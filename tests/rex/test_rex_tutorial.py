"""The steps of ReX's interactive tutorial, with its names at their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from rex_widgets.rex._utils import Strategy, get_device
from rex_widgets.rex.explanation import (
    analyze,
    calculate_responsibility,
    load_and_preprocess_data,
    predict_target,
)
from rex_widgets.rex.extraction import Explanation
from rex_widgets.rex.multi_explanation import MultiExplanation
from rex_widgets.rex.resp_maps import ResponsibilityMaps

import rex_widgets as rw
from rex_widgets.classifiers import as_classifier
from rex_widgets.errors import InputError, ModelError
from rex_widgets.rex.evaluation import Evaluation
from tests.rex.two_squares import SHAPE, SIDE, SQUARES, arguments, model, prediction_function

EVERY = {"keep_all_maps": True}


class Steps:
    """The tutorial up to the search."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.args = arguments(folder, **changes)
        self.data = load_and_preprocess_data(SHAPE, get_device(gpu=False), self.args)
        self.data.set_mask_value(0)
        self.data.target = predict_target(self.data, prediction_function)
        self.maps, self.stats = calculate_responsibility(
            self.data, self.args, prediction_function, **EVERY
        )

    def of(self, kind: type[Explanation]) -> Any:
        # an explanation drops the maps of other classes, as in ReX
        maps = ResponsibilityMaps(self.maps.maps, self.maps.question)
        return kind(maps, prediction_function, self.data, self.args, self.stats)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    return Steps(tmp_path_factory.mktemp("pictures"))


def alone(mask: Any, data: Any) -> Any:
    """What the model says of an input with all but the mask hidden."""
    kept = torch.as_tensor(np.asarray(mask))
    return prediction_function(torch.where(kept, data.data, 0.0))[0]


def test_the_target_is_what_the_model_says(steps: Steps) -> None:
    assert steps.data.target.classification == 1
    assert steps.data.target.confidence == pytest.approx(1 / (1 + np.exp(2 - 8)), abs=1e-6)
    assert repr(steps.data.target).startswith("FOUND_CLASS: 1, FOUND_CONF: 0.9975")


def test_the_statistics_have_rexs_names(steps: Steps) -> None:
    assert set(steps.stats) == {
        "total_passing",
        "total_failing",
        "max_depth_reached",
        "avg_box_size",
    }
    assert steps.stats["total_passing"] > 50
    assert 2 <= steps.stats["max_depth_reached"] <= 10


def test_the_search_is_that_of_explain(steps: Steps) -> None:
    """The same map, mask and confidence as from the door that everybody else uses."""
    result = rw.explain(
        steps.data.data[0].numpy(),
        as_classifier(model, input_shape=(3, SIDE, SIDE), scale=1.0, runtime="eager"),
        processed=True,
        iters=10,
        seed=123,
        ranking="responsibility",
        chunk_size=10,
        progress=False,
    )
    found = steps.of(Explanation)
    found.extract(Strategy.Global)
    assert np.array_equal(steps.maps.get(1), result.map)
    assert np.array_equal(found.final_mask, np.repeat(result.mask[None], 3, axis=0))
    assert found.explanation_confidence == pytest.approx(result.confidence, abs=1e-6)
    # the second time the search is answered from the log
    assert found.result.evaluations.breakdown.get("search", 0) == 0


def test_maps_of_other_classes_are_kept_if_asked_for(steps: Steps) -> None:
    assert set(steps.maps.keys()) == {0, 1}
    assert steps.maps.len() == 2
    assert steps.maps.get(7) is None
    both = ResponsibilityMaps(steps.maps.maps, steps.maps.question)
    both.negative_responsibility(1)
    assert np.allclose(both.get(1), steps.maps.get(1) - steps.maps.get(0))
    Explanation(both, prediction_function, steps.data, steps.args, steps.stats)
    assert set(both.keys()) == {1}


def test_a_global_explanation_suffices(steps: Steps) -> None:
    found = steps.of(Explanation)
    found.extract(Strategy.Global)
    assert found.final_mask.shape == (3, SIDE, SIDE)
    assert found.final_mask.dtype == bool
    says = alone(found.final_mask, steps.data)
    assert says.classification == 1
    assert says.confidence == pytest.approx(found.explanation_confidence, abs=1e-6)
    assert torch.equal(
        found.explanation, torch.where(found.sufficiency_mask, steps.data.data[0], 0.0)
    )
    assert found.sufficiency_confidence == found.explanation_confidence
    assert found.necessity_mask is None
    assert found.target_map.shape == (SIDE, SIDE)
    assert np.array_equal(found.target_map.detach().cpu().numpy(), steps.maps.get(1))
    assert "final mask: of shape (3, 32, 32)" in repr(found)


def test_a_threshold_is_kept(tmp_path: Path) -> None:
    steps = Steps(tmp_path, minimum_confidence_threshold=0.95)
    found = steps.of(Explanation)
    found.extract()
    assert alone(found.final_mask, steps.data).confidence >= 0.95 * steps.data.target.confidence


def test_a_spatial_explanation_lies_in_one_disc(steps: Steps) -> None:
    found = steps.of(Explanation)
    found.extract(Strategy.Spatial)
    assert alone(found.final_mask, steps.data).classification == 1
    rows, columns = np.nonzero(np.asarray(found.final_mask)[0])
    assert np.ptp(rows) < 16
    assert np.ptp(columns) < 16


def test_a_contrastive_explanation_is_sufficient_and_necessary(steps: Steps) -> None:
    found = steps.of(Explanation)
    found.extract(Strategy.Contrastive)
    mask = np.asarray(found.final_mask)
    assert alone(mask, steps.data).classification == 1
    assert alone(~mask, steps.data).classification == 0
    assert found.contrastive_classification == 0
    assert torch.equal(found.necessity_mask, torch.from_numpy(mask.copy()))
    assert int(found.sufficiency_mask.sum()) < int(found.necessity_mask.sum())


def test_a_complete_explanation_is_as_convincing_as_the_input(tmp_path: Path) -> None:
    steps = Steps(tmp_path, complete=True, strategy=Strategy.Contrastive)
    found = steps.of(Explanation)
    found.extract()
    says = alone(found.complete_mask, steps.data)
    assert round(says.confidence, 2) == round(steps.data.target.confidence, 2)
    assert found.completeness_classification == 1


def test_multiple_explanations_and_their_sets(steps: Steps, tmp_path: Path) -> None:
    found = steps.of(MultiExplanation)
    found.extract(Strategy.MultiSpotlight)
    assert 2 <= len(found.explanations) <= 5
    for mask, confidence in zip(found.explanations, found.explanation_confidences, strict=True):
        says = alone(mask, steps.data)
        assert (says.classification, says.confidence) == (1, pytest.approx(confidence, abs=1e-6))
    clauses = found.separate_by(0)
    assert clauses
    for clause in clauses:
        total = sum(found.explanations[number].int() for number in clause)
        assert int(total.max()) <= 1
    found.save(str(tmp_path / "many.png"), multi_style="separate")
    assert len(list(tmp_path.glob("many*.png"))) == len(found.explanations)


def test_explanations_that_are_necessary_together(tmp_path: Path) -> None:
    steps = Steps(tmp_path, minimum_confidence_threshold=0.99, spotlights=8)
    found = steps.of(MultiExplanation)
    found.extract()
    chosen = found.contrastive(found.separate_by(0))
    assert len(chosen) == 2  # one of them alone leaves the other square
    assert alone(found.final_mask, steps.data).classification == 1
    assert alone(~np.asarray(found.final_mask), steps.data).classification == 0
    few = Steps(tmp_path, spotlights=1).of(MultiExplanation)
    few.extract()
    with pytest.warns(UserWarning, match="sufficient and necessary"):
        assert few.contrastive() is None


def test_the_pictures(steps: Steps, tmp_path: Path) -> None:
    found = steps.of(Explanation)
    with pytest.raises(InputError, match="extract"):
        found.show()
    found.extract(Strategy.Global)
    shown = found.show()
    assert isinstance(shown, Image.Image)
    assert shown.size == (SIDE, SIDE)
    found.heatmap_plot(tmp_path / "heat.png")
    found.surface_plot(str(tmp_path / "surface.png"))
    found.save(tmp_path / "explanation.png")
    other = np.zeros((3, SIDE, SIDE), bool)
    other[:, :8] = True
    found.save(tmp_path / "other.png", mask=other)
    for name in ("heat", "surface", "explanation", "other"):
        with Image.open(tmp_path / f"{name}.png") as file:
            assert min(file.size) >= SIDE
    first, second = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB"))
        for name in ("explanation", "other")
    )
    assert not np.array_equal(first, second)


def test_the_metrics(steps: Steps) -> None:
    found = steps.of(Explanation)
    found.extract(Strategy.Global)
    metrics = analyze(found, steps.data.mode)
    # the share of pixels, not divided by the channels once more
    assert metrics["area"] == np.asarray(found.final_mask)[0].mean()
    assert metrics["max_entropy"] is None
    assert 0 < metrics["deletion_curve"] < metrics["insertion_curve"] < 1.2
    assert 0 <= metrics["robustness"] <= 1
    single = Evaluation(found)
    assert single.ratio() == metrics["area"]
    assert single.insertion_deletion_curve(prediction_function, normalise=True) == pytest.approx(
        (metrics["insertion_curve"], metrics["deletion_curve"])
    )
    raw = single.insertion_deletion_curve(prediction_function)
    scale = steps.data.target.confidence * SIDE * SIDE
    assert raw[0] == pytest.approx(metrics["insertion_curve"] * scale, rel=1e-5)
    assert sum(single.robustness()) == 50


def test_a_masking_function_of_the_script_is_used(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    seen = []

    def half(mask: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        seen.append((mask.shape, mask.dtype))
        return torch.where(mask, data, data * 0.1)

    steps.data.mask_value = half
    maps, stats = calculate_responsibility(steps.data, steps.args, prediction_function)
    found = Explanation(maps, prediction_function, steps.data, steps.args, stats)
    found.extract(Strategy.Global)
    assert seen[0] == ((3, SIDE, SIDE), torch.bool)
    kept = torch.from_numpy(np.array(found.final_mask))
    assert torch.allclose(found.explanation, half(kept, steps.data.data)[0])


def test_another_input_can_fill_the_hidden_places(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    steps.data.set_mask_value("context")
    with pytest.raises(InputError, match="context"):
        calculate_responsibility(steps.data, steps.args, prediction_function)
    steps.data.context = torch.full_like(steps.data.data, 0.05)
    steps.data.context_noise = 0
    maps, stats = calculate_responsibility(steps.data, steps.args, prediction_function)
    found = Explanation(maps, prediction_function, steps.data, steps.args, stats)
    found.extract(Strategy.Global)
    hidden = ~np.asarray(found.final_mask)
    assert np.allclose(found.explanation.numpy()[hidden], 0.05)


def test_a_box_of_the_prediction_bounds_the_search(tmp_path: Path) -> None:
    steps = Steps(tmp_path, use_bounding_box=True)
    rows, columns = SQUARES[1]
    steps.data.target.bounding_box = np.array(
        [columns.start - 2, rows.start - 2, columns.stop + 2, rows.stop + 2]
    )
    maps, _ = calculate_responsibility(steps.data, steps.args, prediction_function)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[rows.start - 2 : rows.stop + 2, columns.start - 2 : columns.stop + 2] = True
    assert maps.get(1)[inside].any()
    assert not maps.get(1)[~inside].any()


def test_what_is_missing_is_told(steps: Steps, tmp_path: Path) -> None:
    args = arguments(tmp_path)
    data = load_and_preprocess_data(SHAPE, "cpu", args)
    with pytest.raises(InputError, match="No target classification found"):
        calculate_responsibility(data, args, prediction_function)
    with pytest.raises(ModelError, match="expected the prediction function"):
        predict_target(data)
    with pytest.raises(ModelError, match="found no class"):
        predict_target(data, args, lambda mutants, target: [])
    with pytest.raises(InputError, match="no map of the target's class"):
        data.target = predict_target(data, prediction_function)
        data.target.classification = 5
        Explanation(steps.maps, prediction_function, data, args, steps.stats)
    args.script = object()
    with pytest.raises(ModelError, match="no function preprocess"):
        load_and_preprocess_data(SHAPE, "cpu", args)
