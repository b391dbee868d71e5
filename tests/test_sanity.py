"""The sanity check of maps: shuffled weights, measures of likeness, and what is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

import rex_widgets as rw
from rex_widgets.sanity import LIMIT, SanityCheck, rank_correlation, structural_similarity

SIZE = 24


class Looks(torch.nn.Module):
    """Class 1 where a square is bright; with ``weights`` false it has none that matter."""

    def __init__(self, weights: bool = True) -> None:
        super().__init__()
        window = torch.zeros(2, SIZE, SIZE)
        window[1, 4:12, 6:14] = 12 / 64
        if weights:
            self.window = torch.nn.Parameter(window)
        else:
            self.register_buffer("window", window)
            self.unused = torch.nn.Parameter(torch.rand(5))
        self.level: torch.Tensor
        self.register_buffer("level", torch.tensor([5.0, 0.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("nhw,khw->nk", x.mean(1), self.window) + self.level


def _picture() -> Any:
    picture = np.full((SIZE, SIZE, 3), 40, np.uint8)
    picture[4:12, 6:14] = 250
    return picture


OPTIONS: dict[str, Any] = {
    "iters": 12, "input_shape": (3, SIZE, SIZE), "mean": 0.0, "std": 1.0, "runtime": "eager",
}  # fmt: skip


def _check(model: Any, **options: Any) -> Any:
    return rw.sanity_check(_picture(), model, **{**OPTIONS, **options})


def test_a_map_of_the_model_changes() -> None:
    check = _check(Looks())
    assert check.passed
    assert abs(check.rank_correlation) <= LIMIT < check.reference
    assert "depends on the model" in check.text
    assert str(check) == check.text


def test_a_model_without_weights_that_matter_does_not_pass() -> None:
    check = _check(Looks(weights=False))
    assert not check.passed
    assert check.rank_correlation == pytest.approx(1.0)
    assert check.similarity == pytest.approx(1.0)
    assert "not shown to depend" in check.text


def test_the_model_is_left_alone() -> None:
    model = Looks()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training = model.training
    _check(model, iters=2)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.training == training


def test_an_onnx_file_is_left_alone_and_its_initialisers_shuffled(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    flat = np.tile(Looks().window.detach().numpy().reshape(2, -1).T / 3, (3, 1))
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("MatMul", ["flat", "window"], ["seen"]),
            helper.make_node("Add", ["seen", "level"], ["y"]),
        ],
        "looks",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [
            numpy_helper.from_array(flat.astype(np.float32), "window"),
            numpy_helper.from_array(np.array([[5.0, 0.0]], np.float32), "level"),
        ],
    )
    path = tmp_path / "looks.onnx"
    opsets = [helper.make_opsetid("", 17)]
    onnx.save_model(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))
    before = path.read_bytes()
    options = {
        name: value for name, value in OPTIONS.items() if name not in ("runtime", "input_shape")
    }
    by_path = rw.sanity_check(_picture(), str(path), **options)
    proto = onnx.load(str(path))
    by_proto = rw.sanity_check(_picture(), proto, **options)
    assert path.read_bytes() == before
    assert proto.SerializeToString() == onnx.load(str(path)).SerializeToString()
    assert by_path.passed
    assert by_proto.rank_correlation == by_path.rank_correlation


def test_models_whose_weights_are_out_of_reach() -> None:
    with pytest.raises(rw.errors.ModelError, match="weights cannot be reached"):
        rw.sanity_check(_picture(), lambda batch: batch)
    with pytest.raises(rw.errors.ModelError, match="no weights that could be shuffled"):
        rw.sanity_check(_picture(), torch.nn.ReLU())
    with pytest.raises(rw.errors.InputError, match="no file"):
        rw.sanity_check(_picture(), "missing.onnx")


def test_wrong_arguments() -> None:
    with pytest.raises(rw.errors.SettingsError, match="of was 'mask'"):
        _check(Looks(), of="mask")
    with pytest.raises(rw.errors.SettingsError, match="seed was -1"):
        _check(Looks(), seed=-1)


def test_rank_correlation_is_spearmans() -> None:
    generator = np.random.default_rng(0)
    first = generator.integers(0, 5, (8, 9))
    second = first + generator.integers(0, 5, (8, 9))
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert rank_correlation(first, second) == pytest.approx(expected)
    assert rank_correlation(first, np.zeros((8, 9))) == 0.0


def test_structural_similarity_in_every_dimension() -> None:
    generator = np.random.default_rng(0)
    for shape in ((40,), (12, 15), (8, 9, 10)):
        one = generator.random(shape)
        assert structural_similarity(one, 3 * one + 1) == pytest.approx(1.0)
        assert structural_similarity(one, generator.random(shape)) < 0.6
    assert np.isnan(structural_similarity(np.zeros((2, 9)), np.ones((2, 9))))


def test_what_cannot_be_told_is_not_called_passed() -> None:
    check = SanityCheck(0.1, 0.2, 0.2, False, None, None, None)  # type: ignore[arg-type]
    assert "more iterations are needed" in check.text
    check = SanityCheck(0.0, 0.2, 0.9, True, None, None, None, told=False)  # type: ignore[arg-type]
    assert "the same everywhere" in check.text
    check = SanityCheck(0.8, 0.2, 0.9, False, None, None, None)  # type: ignore[arg-type]
    assert "was not shown to depend" in check.text
