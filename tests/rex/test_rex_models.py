"""Prediction functions and inputs of every kind that scripts have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError, ModelError
from rex_widgets.rex import (
    CausalArgs,
    Data,
    Explanation,
    Prediction,
    Strategy,
    calculate_responsibility,
    default_prediction_function,
    from_pytorch_tensor,
    predict_target,
)
from rex_widgets.rex.layout import layout_of
from tests.rex.two_squares import (
    SIDE,
    arguments,
    model,
    picture,
    prediction_function,
    preprocess,
    saved,
)


def explained(data: Data, function: Any, **changes: Any) -> Explanation:
    args = CausalArgs()
    args.iters, args.seed, args.minimise_budget = 6, 1, 100
    for name, value in changes.items():
        setattr(args, name, value)
    data.target = predict_target(data, function)
    maps, stats = calculate_responsibility(data, args, function)
    found = Explanation(maps, function, data, args, stats)
    found.extract()
    return found


def squares(folder: Path) -> Data:
    return preprocess(saved(folder), ["N", 3, SIDE, SIDE], "cpu", "RGB")


def only_predictions(mutants: Any, target: Any = None) -> Any:
    return from_pytorch_tensor(model(mutants), target=target)


def only_scores(mutants: Any, target: Any = None) -> Any:
    found = torch.softmax(model(mutants), dim=1)
    return found if len(found) > 1 else from_pytorch_tensor(model(mutants))


def one_at_a_time(mutants: Any, target: Any = None, raw: bool = False) -> Any:
    scores = torch.softmax(model(mutants), dim=1)[0]
    return [Prediction(int(scores.argmax()), float(scores.max()))]


def one_alone(mutants: Any, *args: Any) -> Any:
    if len(mutants) != 1:
        raise RuntimeError("expected a batch of one")
    return from_pytorch_tensor(model(mutants))[0]


def test_every_way_to_answer_gives_the_same_explanation(tmp_path: Path) -> None:
    data = squares(tmp_path)
    expected = explained(data, prediction_function)
    assert expected.final_mask is not None
    for function in (
        only_predictions,
        one_at_a_time,
        one_alone,
        default_prediction_function(model),
    ):
        found = explained(data, function)
        assert found.final_mask is not None
        assert np.array_equal(found.target_map, expected.target_map), function
        assert np.array_equal(found.final_mask, expected.final_mask), function
        assert found.explanation_confidence == pytest.approx(expected.explanation_confidence)


def test_one_mutant_at_a_time_is_said(tmp_path: Path) -> None:
    found = explained(squares(tmp_path), one_alone)
    assert found.result is not None
    assert any("one mutant at a time" in choice for choice in found.result.choices)


def test_a_fixed_batch_is_never_exceeded(tmp_path: Path) -> None:
    seen: list[int] = []

    def function(mutants: Any, target: Any = None, raw: bool = False) -> Any:
        seen.append(len(mutants))
        return prediction_function(mutants, raw=raw)

    data = squares(tmp_path)
    data.model_shape = [4, 3, SIDE, SIDE]
    explained(data, function)
    assert max(seen) == 4


def test_a_detector_may_find_nothing(tmp_path: Path) -> None:
    def detector(mutants: Any, target: Any = None) -> Any:
        found = from_pytorch_tensor(model(mutants))
        return [p if p.classification == 1 else Prediction() for p in found]

    data = squares(tmp_path)
    expected = explained(data, prediction_function)
    found = explained(data, detector)
    assert np.array_equal(found.target_map, expected.target_map)


def test_what_the_function_raises_is_passed_on(tmp_path: Path) -> None:
    data = squares(tmp_path)
    calls = []

    def breaks(mutants: Any, target: Any = None) -> Any:
        calls.append(len(mutants))
        if len(calls) > 3:
            raise ZeroDivisionError("the script's own")
        return only_predictions(mutants)

    with pytest.raises(ZeroDivisionError, match="the script's own"):
        explained(data, breaks)


def test_a_class_beyond_those_known_is_told(tmp_path: Path) -> None:
    def many(mutants: Any, target: Any = None) -> Any:
        found = only_predictions(mutants)
        return [Prediction(p.classification or 5000, p.confidence) for p in found]

    with pytest.raises(ModelError, match="class 5000"):
        explained(squares(tmp_path), many)


def test_channels_last(tmp_path: Path) -> None:
    def last(mutants: Any, target: Any = None, raw: bool = False) -> Any:
        assert mutants.shape[1:] == (SIDE, SIDE, 3)
        return prediction_function(mutants.movedim(-1, 1), raw=raw)

    first = squares(tmp_path)
    data = Data(picture(), ["N", SIDE, SIDE, 3], "cpu", mode="RGB")
    data.data = first.data.movedim(1, -1)
    assert data.model_order == "last"
    found, expected = explained(data, last), explained(first, prediction_function)
    assert found.final_mask is not None
    assert found.final_mask.shape == (SIDE, SIDE, 3)
    assert np.array_equal(np.moveaxis(found.final_mask, -1, 0), expected.final_mask)


@pytest.mark.parametrize("shape", [(1, 1, 60), (1, 60)])
@pytest.mark.parametrize("mode", ["spectral", "tabular", "audio"])
def test_one_axis(shape: tuple[int, ...], mode: str) -> None:
    signal = np.full(60, 0.1, np.float32)
    signal[20:30] = 1.0

    def function(mutants: Any, target: Any = None, raw: bool = False) -> Any:
        assert mutants.shape[1:] == shape[1:]
        peak = mutants.reshape(len(mutants), -1)[:, 20:30].mean(dim=1)
        scores = torch.stack((torch.full_like(peak, 4.0), 8 * peak), dim=1)
        return torch.softmax(scores, dim=1) if raw else from_pytorch_tensor(scores)

    data = Data(signal, ["N", *shape[1:]], "cpu", mode=mode)
    assert data.data.shape == shape
    found = explained(data, function, min_box_size=2, chunk_size=2)
    assert found.result is not None
    assert found.final_mask is not None
    assert found.final_mask.shape == shape[1:]
    kept = np.flatnonzero(np.asarray(found.final_mask).ravel())
    assert set(kept) <= set(range(20, 30))
    assert found.result.kind == {"spectral": "signal", "tabular": "table", "audio": "audio"}[mode]
    assert found.show() is not None


@pytest.mark.parametrize("shape", [(1, 12, 10, 8), (1, 1, 12, 10, 8)])
def test_volumes(shape: tuple[int, ...]) -> None:
    volume = np.full((12, 10, 8), 0.1, np.float32)
    volume[2:6, 3:7, 1:5] = 1.0

    def function(mutants: Any, target: Any = None, raw: bool = False) -> Any:
        assert mutants.shape[1:] == shape[1:]
        lesion = mutants.reshape(len(mutants), 12, 10, 8)[:, 2:6, 3:7, 1:5].mean((1, 2, 3))
        scores = torch.stack((torch.full_like(lesion, 4.0), 8 * lesion), dim=1)
        return torch.softmax(scores, dim=1) if raw else from_pytorch_tensor(scores)

    data = Data(volume, ["N", *shape[1:]], "cpu", mode="voxel")
    data.data = torch.from_numpy(volume).reshape(shape)
    assert (data.model_height, data.model_width, data.model_depth) == (12, 10, 8)
    found = explained(data, function, strategy=Strategy.Spatial, spatial_initial_radius=3)
    assert found.final_mask is not None
    assert found.final_mask.shape == shape[1:]
    inside = np.zeros((12, 10, 8), bool)
    inside[2:6, 3:7, 1:5] = True
    kept = np.asarray(found.final_mask).reshape(12, 10, 8)
    assert (kept & inside).sum() / kept.sum() > 0.5


def test_shapes_that_do_not_fit_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="takes no input of the mode"):
        Data(picture(), ["N", 10], "cpu", mode="RGB")
    data = squares(tmp_path)
    data.data = data.data.repeat(2, 1, 1, 1)
    with pytest.raises(InputError, match="batch axis of length 1"):
        layout_of(data)
    data.data = None
    with pytest.raises(InputError, match="holds no data yet"):
        layout_of(data)
    data = squares(tmp_path)
    data.target = Prediction(1, 0.9)
    data.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(InputError, match="NaN"):
        calculate_responsibility(data, arguments(tmp_path), prediction_function)


def test_predictions_of_a_tensor() -> None:
    logits = torch.tensor([[0.0, 1.0, 3.0], [2.0, 0.0, 0.0]])
    first, second = from_pytorch_tensor(logits, target=Prediction(1, 0.5))
    assert (first.classification, second.classification) == (2, 0)
    powers = np.exp([0.0, 1.0, 3.0])
    assert first.confidence == pytest.approx(powers[2] / powers.sum())
    assert first.target_confidence == pytest.approx(powers[1] / powers.sum())
    assert not first.is_passing()
    assert from_pytorch_tensor(logits, target=Prediction(2, 0.5))[0].is_passing()
    assert Prediction().is_empty()


def test_binary_models_are_read_by_their_threshold() -> None:
    single = torch.tensor([[2.0], [-2.0]])
    assert [p.classification for p in from_pytorch_tensor(single)] == [1, 0]
    assert from_pytorch_tensor(single)[1].confidence == pytest.approx(1 / (1 + np.exp(-2.0)))
    strict = from_pytorch_tensor(single, binary_threshold=0.95)
    assert [p.classification for p in strict] == [0, 0]
    two = torch.tensor([[0.0, 0.5]])
    assert from_pytorch_tensor(two, binary_threshold=0.7)[0].classification == 0
