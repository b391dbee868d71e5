"""Models of tables, signals and volumes, of every kind of model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas
import pytest
import torch
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from torch import nn

from rex_widgets.classifiers import Classifier, as_classifier
from rex_widgets.errors import ModelError
from tests.classifiers.small_models import onnx_model

SIGNAL = nn.Sequential(nn.Conv1d(2, 4, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3))
VOLUME = nn.Sequential(
    nn.Conv3d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 2)
)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).standard_normal(shape).astype(np.float32)


def expected(module: nn.Module, batch: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        answer: np.ndarray = module(torch.from_numpy(batch)).softmax(1).numpy()
    return answer


def facts(classifier: Classifier) -> tuple[str, int, tuple[int, ...] | None]:
    reading = classifier.preprocessing
    return reading.kind, reading.channels, reading.size


@pytest.mark.parametrize(
    ("module", "options", "kind", "channels", "size"),
    [
        (SIGNAL, {"input_shape": (2, 50)}, "signal", 2, (50,)),
        (SIGNAL, {"mode": "audio", "input_shape": ("N", 2, 50)}, "audio", 2, (50,)),
        (SIGNAL, {"mode": "spectral", "fallback_shape": (2, 50)}, "signal", 2, (50,)),
        (VOLUME, {"input_shape": (9, 8, 7), "mode": "voxel"}, "volume", 1, (9, 8, 7)),
        (VOLUME, {"input_shape": (1, 9, 8, 7)}, "volume", 1, (9, 8, 7)),
        (VOLUME, {"fallback_shape": (1, 9, 8, 7)}, "volume", 1, (9, 8, 7)),
        (nn.Linear(12, 3), {}, "table", 1, (12,)),
        (nn.Sequential(nn.Flatten(), nn.Linear(30, 3)), {"mode": "spectral"}, "signal", 1, (30,)),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(30, 3)),
            {"mode": "spectral", "fallback_shape": (2, 15)},
            "signal",
            2,
            (15,),
        ),
        (nn.Linear(12, 3), {"mode": "tabular", "input_shape": (1, 12)}, "table", 1, (12,)),
    ],
)
def test_modules(
    module: nn.Module, options: dict[str, Any], kind: str, channels: int, size: tuple[int, ...]
) -> None:
    module.eval()
    classifier = as_classifier(module, **options)
    assert facts(classifier) == (kind, channels, size)
    assert classifier.preprocessing.scale == 1.0
    assert any("values as they are" in sentence for sentence in classifier.choices)
    batch = noise(3, channels, *size)
    own = batch[:, 0] if isinstance(module, nn.Linear) else batch
    np.testing.assert_allclose(classifier(batch), expected(module, own), atol=1e-6)


def test_a_recurrent_module_has_its_channels_last() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = nn.GRU(2, 5, batch_first=True)
            self.head = nn.Linear(5, 3)

        def forward(self, signal: torch.Tensor) -> torch.Tensor:
            return self.head(self.steps(signal)[0][:, -1])

    module = Recurrent().eval()
    classifier = as_classifier(module, mode="spectral", fallback_shape=(2, 20))
    batch = noise(3, 2, 20)
    np.testing.assert_allclose(
        classifier(batch),
        expected(module, np.ascontiguousarray(batch.transpose(0, 2, 1))),
        atol=1e-6,
    )


def test_sizes_that_nothing_tells() -> None:
    with pytest.raises(ModelError, match=r"unknown \(signal\); give input_shape=\(length,\)"):
        as_classifier(SIGNAL)
    with pytest.raises(ModelError, match=r"unknown \(volume\).*\(D1, D2, D3\)"):
        as_classifier(VOLUME, mode="voxel")
    with pytest.raises(ModelError, match=r"refuses the size of this input, \(N, 2, 2\)"):
        as_classifier(SIGNAL, fallback_shape=(2, 2))
    assumed = as_classifier(SIGNAL, fallback_shape=(2, 40))
    assert any("nothing tells the model's" in sentence for sentence in assumed.choices)


def test_one_output_and_a_threshold() -> None:
    single = nn.Linear(4, 1)
    with torch.no_grad():
        single.weight.fill_(1.0)
        single.bias.zero_()
    rows = np.array([[[1, 0, 0, 0]], [[-1, 0, 0, 0]]], np.float32)
    classifier = as_classifier(single, mode="tabular", activation="sigmoid")
    assert list(classifier.decide(classifier(rows))) == [1, 0]
    strict = as_classifier(single, mode="tabular", activation="sigmoid", binary_threshold=0.8)
    assert list(strict.decide(strict(rows))) == [0, 0]


@pytest.mark.parametrize(
    ("shape", "mode", "kind", "channels", "size"),
    [
        (("N", 12), None, "table", 1, (12,)),
        (("N", 12), "spectral", "signal", 1, (12,)),
        (("N", 2, 12), None, "signal", 2, (12,)),
        (("N", 30, 2), None, "signal", 2, (30,)),
        (("N", 1, 12), "audio", "audio", 1, (12,)),
        (("N", 6, 7, 8), "voxel", "volume", 1, (6, 7, 8)),
        (("N", 3, 7, 8), "voxel", "volume", 1, (3, 7, 8)),
        (("N", 3, 7, 8), None, "image", 3, (7, 8)),
        (("N", 4, 7, 8), None, "image", 4, (7, 8)),
        (("N", 2, 6, 7, 8), None, "volume", 2, (6, 7, 8)),
        ((1, 1, 6, 7, 8), None, "volume", 1, (6, 7, 8)),
    ],
)
def test_onnx_files(
    tmp_path: Path,
    shape: tuple[Any, ...],
    mode: str | None,
    kind: str,
    channels: int,
    size: tuple[int, ...],
) -> None:
    path = onnx_model(tmp_path / "net.onnx", shape=shape)
    classifier = as_classifier(path, mode=mode, mean=0, std=1)
    assert facts(classifier) == (kind, channels, size)
    assert classifier.fixed_batch == (1 if shape[0] == 1 else None)
    assert (classifier.advised_batch is None) == (len(size) == 1)
    batch = noise(1, channels, *size)
    scores = batch.mean() * np.arange(5)
    np.testing.assert_allclose(
        classifier(batch)[0], np.exp(scores) / np.exp(scores).sum(), atol=1e-5
    )


def test_onnx_files_of_free_size(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx", shape=("N", 2, "L"))
    with pytest.raises(ModelError, match="unknown"):
        as_classifier(path)
    assert facts(as_classifier(path, fallback_shape=(2, 33))) == ("signal", 2, (33,))
    assert facts(as_classifier(path, input_shape=(2, 34))) == ("signal", 2, (34,))
    with pytest.raises(ModelError, match=r"shape \(N, 2, L\), which does not fit: .*D1"):
        as_classifier(path, mode="voxel")


def test_onnx_runtime_settings(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx")
    plain = as_classifier(path)
    told = as_classifier(path, gpu=False, inter_op_threads=2, ort_logger=4)
    batch = noise(4, 3, 8, 8)
    np.testing.assert_array_equal(plain(batch), told(batch))
    options = told._session.get_session_options()  # type: ignore[attr-defined]
    assert options.inter_op_num_threads == 2
    assert options.log_severity_level == 4
    wanted = as_classifier(path, gpu=True)
    on_gpu = wanted._session.get_providers()[0] == "CUDAExecutionProvider"  # type: ignore[attr-defined]
    assert on_gpu or any("gpu=True, but" in sentence for sentence in wanted.choices)
    assert any(
        "on cpu" in s for s in as_classifier(VOLUME, gpu=True, fallback_shape=(1, 9, 9, 9)).choices
    )


def test_functions() -> None:
    seen: list[tuple[int, ...]] = []

    def bright(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.shape)
        mean = batch.reshape(len(batch), -1).mean(axis=1)
        return np.stack([mean, -mean], axis=1)

    cases: list[tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]]] = [
        ({"mode": "tabular", "input_shape": (7,)}, (1, 7), (7,)),
        ({"mode": "spectral", "input_shape": (1, 7)}, (1, 7), (1, 7)),
        ({"mode": "spectral", "input_shape": (20, 2)}, (2, 20), (20, 2)),
        ({"mode": "voxel", "input_shape": (4, 5, 6)}, (1, 4, 5, 6), (4, 5, 6)),
        ({"mode": "tabular", "fallback_shape": (1, 7)}, (1, 7), (7,)),
        ({"mode": "audio", "fallback_shape": (1, 7)}, (1, 7), (1, 7)),
    ]
    for options, given, sent in cases:
        classifier = as_classifier(bright, **options)
        classifier(noise(3, *given))
        assert seen[-1] == (3, *sent)


def test_an_estimator_of_a_data_frame() -> None:
    rows = pandas.DataFrame(noise(80, 4), columns=["age", "height", "weight", "pulse"])
    answer = np.where(rows["weight"] > 0, "heavy", "light")
    model = LogisticRegression().fit(rows, answer)
    classifier = as_classifier(model)
    assert facts(classifier) == ("table", 1, (4,))
    assert classifier.preprocessing.feature_names == ("age", "height", "weight", "pulse")
    assert classifier.labels == ("heavy", "light")
    data = rows.to_numpy()[:, None]
    # no warning of missing names, which would be an error here
    np.testing.assert_allclose(classifier(data), model.predict_proba(rows), atol=1e-6)


def test_an_estimator_of_rows() -> None:
    rows = noise(80, 9)
    model = LogisticRegression().fit(rows, rows[:, 2] > 0)
    assert facts(as_classifier(model)) == ("table", 1, (9,))
    assert facts(as_classifier(model, mode="RGB", input_shape=(1, 3, 3)))[0] == "image"
    assert facts(as_classifier(model, mode="L")) == ("image", 1, (3, 3))
    assert facts(as_classifier(model, mode="spectral", fallback_shape=(3, 3)))[1:] == (3, (3,))
    assert facts(as_classifier(model, mode="spectral"))[1:] == (1, (9,))
    with pytest.raises(ModelError, match="takes 9 features, but this input is"):
        as_classifier(model, mode="voxel", fallback_shape=(1, 2, 2, 2))
    with pytest.raises(ModelError, match="unknown"):
        as_classifier(model, mode="voxel")


@pytest.mark.parametrize("shape", [(3, 2, 40), (3, 1, 9, 8, 7)])
def test_the_export_agrees(shape: tuple[int, ...]) -> None:
    module = (SIGNAL if len(shape) == 3 else VOLUME).eval()
    classifier = as_classifier(module, fallback_shape=shape[1:], runtime="onnxruntime")
    batch = noise(*shape)
    classifier.prepare(batch, 100)
    assert classifier.runtime == "onnxruntime"
    np.testing.assert_allclose(classifier(batch), expected(module, batch), atol=1e-5)


def test_the_export_of_rows_agrees() -> None:
    module = nn.Linear(12, 3).eval()
    classifier = as_classifier(module, runtime="onnxruntime")
    batch = noise(5, 1, 12)
    classifier.prepare(batch, 100)
    assert classifier.runtime == "onnxruntime"
    np.testing.assert_allclose(classifier(batch), expected(module, batch[:, 0]), atol=1e-5)


def test_an_exported_estimator_that_gives_maps(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("MatMul", ["rows", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["shares"], axis=1),
        helper.make_node("ArgMax", ["shares"], ["label"], axis=1, keepdims=0),
        helper.make_node(
            "ZipMap",
            ["shares"],
            ["probabilities"],
            domain="ai.onnx.ml",
            classlabels_strings=["a", "b", "c"],
        ),
    ]
    weights = noise(4, 3)
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ("N", 4))],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ("N",)),
            helper.make_value_info(
                "probabilities",
                helper.make_sequence_type_proto(
                    helper.make_map_type_proto(
                        TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, ())
                    )
                ),
            ),
        ],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel())],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 1)]
    path = tmp_path / "estimator.onnx"
    onnx.save_model(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))
    classifier = as_classifier(path)
    rows = noise(5, 1, 4)
    scores = np.exp(rows[:, 0] @ weights)
    np.testing.assert_allclose(
        classifier(rows), scores / scores.sum(axis=1, keepdims=True), atol=1e-5
    )
