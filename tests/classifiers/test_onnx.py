"""ONNX files: order of the axes, fixed batches, several outputs, and files that are no models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto

from rex_widgets.classifiers import as_classifier
from rex_widgets.classifiers.onnx_session import usable_threads
from rex_widgets.errors import ModelError
from tests.classifiers.small_models import onnx_model

BATCH = np.random.default_rng(0).random((3, 3, 8, 8), dtype=np.float32)


def expected(batch: np.ndarray, classes: int = 5) -> np.ndarray:
    scores = batch.mean(axis=(1, 2, 3))[:, None] * np.arange(classes)
    exp = np.exp(scores)
    return exp / exp.sum(axis=1, keepdims=True)


def test_path_bytes_and_session(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    models = [str(path), path, path.read_bytes(), session]
    for model in models:
        classifier = as_classifier(model)
        np.testing.assert_allclose(classifier(BATCH), expected(BATCH), atol=1e-6)
        assert classifier.runtime == "onnxruntime"
        assert classifier.advised_batch == 16
        assert classifier.fixed_batch is None
        assert classifier.preprocessing.size == (8, 8)
    assert as_classifier(path).name == "net"
    assert as_classifier(path).fingerprint() == as_classifier(session).fingerprint()
    other = onnx_model(tmp_path / "other.onnx", classes=4)
    assert as_classifier(other).fingerprint() != as_classifier(path).fingerprint()


def test_tensors_are_taken_too(tmp_path: Path) -> None:
    classifier = as_classifier(onnx_model(tmp_path / "net.onnx"))
    np.testing.assert_array_equal(classifier(torch.from_numpy(BATCH)), classifier(BATCH))


def test_channels_last(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx", shape=("N", 8, 9, 3))
    classifier = as_classifier(path)
    assert classifier.preprocessing.size == (8, 9)
    batch = np.random.default_rng(0).random((2, 3, 8, 9), dtype=np.float32)
    np.testing.assert_allclose(classifier(batch), expected(batch), atol=1e-6)


def test_fixed_batch_is_padded(tmp_path: Path) -> None:
    classifier = as_classifier(onnx_model(tmp_path / "net.onnx", shape=(4, 3, 8, 8)))
    assert classifier.fixed_batch == 4
    assert any("exactly 4 input" in sentence for sentence in classifier.choices)
    np.testing.assert_allclose(classifier(BATCH), expected(BATCH), atol=1e-6)
    with pytest.raises(ModelError, match="exactly 4 inputs at once; give at most"):
        classifier(np.zeros((5, 3, 8, 8), np.float32))
    single = as_classifier(onnx_model(tmp_path / "one.onnx", shape=(1, 3, 8, 8)))
    assert single.fixed_batch == 1
    np.testing.assert_allclose(single(BATCH[:1]), expected(BATCH[:1]), atol=1e-6)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_other_floats(tmp_path: Path, kind: int) -> None:
    classifier = as_classifier(onnx_model(tmp_path / "net.onnx", kind=kind))
    np.testing.assert_allclose(classifier(BATCH), expected(BATCH), atol=2e-3)


def test_bytes_in_get_values_of_0_to_255(tmp_path: Path) -> None:
    classifier = as_classifier(onnx_model(tmp_path / "net.onnx", kind=TensorProto.UINT8))
    assert classifier.preprocessing.scale == 1
    batch = np.full((1, 3, 8, 8), 2.0, np.float32)
    np.testing.assert_allclose(classifier(batch), expected(batch), atol=1e-6)


def test_free_size(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx", shape=("N", 3, "H", "W"))
    classifier = as_classifier(path)
    assert classifier.preprocessing.size == (224, 224)
    assert any("Nothing tells the input size" in sentence for sentence in classifier.choices)
    assert as_classifier(path, input_shape=(3, 16, 12)).preprocessing.size == (16, 12)
    assert as_classifier(path, input_shape=(3, None, None)).preprocessing.size is None


def test_several_outputs(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx", outputs=("floats", "mean", "scores"))
    classifier = as_classifier(path)
    assert any("3 outputs" in s and "'scores' taken" in s for s in classifier.choices)
    np.testing.assert_allclose(classifier(BATCH), expected(BATCH), atol=1e-6)


def test_metadata(tmp_path: Path) -> None:
    metadata = {
        "mean": "[0.5, 0.4, 0.3]",
        "std": "0.25",
        "scale": "255",
        "names": "{0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e'}",
    }
    classifier = as_classifier(onnx_model(tmp_path / "net.onnx", metadata=metadata))
    assert classifier.preprocessing.mean == (0.5, 0.4, 0.3)
    assert classifier.preprocessing.std == (0.25,) * 3
    assert classifier.label(4) == "e"
    assert classifier.preprocessing.source == "the ONNX file's metadata"
    override = as_classifier(tmp_path / "net.onnx", mean=0.1, labels=list("vwxyz"))
    assert override.preprocessing.mean == (0.1,) * 3
    assert override.preprocessing.std == (0.25,) * 3
    assert override.label(0) == "v"


@pytest.mark.parametrize(
    ("labels", "first"),
    [(json.dumps(list("abcde")), "a"), ("a,b,c,d,e", "a"), ("[[", None), ("{'x': 1}", None)],
)
def test_labels_in_metadata(tmp_path: Path, labels: str, first: str | None) -> None:
    path = onnx_model(tmp_path / "net.onnx", metadata={"labels": labels, "mean": "0.5"})
    assert as_classifier(path).label(0) == (first or "class 0")


def test_models_that_cannot_be_used(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"shape": ("N", 1, 2, 2, 2, 2)}, r"no image input.*image: tensor\(float\) \(N, 1, 2, 2"),
        ({"extra_input": True}, "needs 2 inputs .*threshold: tensor"),
        ({"shape": ("N", 5, 8, 8)}, r"shape \(N, 5, 8, 8\), which does not fit.*mode="),
        ({"kind": TensorProto.INT64}, "no image input"),
        ({"outputs": ("floats",)}, r"floats: \(2, 3, 8, 8\); expected one of shape"),
    ]
    for options, message in cases:
        with pytest.raises(ModelError, match=message):
            as_classifier(onnx_model(tmp_path / "net.onnx", **options))
    path = onnx_model(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="the ONNX model takes 8x8; leave input_shape out"):
        as_classifier(path, input_shape=(3, 9, 9))
    with pytest.raises(ModelError, match="runs only in ONNX Runtime"):
        as_classifier(path, runtime="eager")


def test_files_that_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "text.onnx").write_text("this is no model")
    (tmp_path / "net.pt").write_bytes(b"x")
    (tmp_path / "net.h5").write_bytes(b"x")
    cases = {
        "missing.onnx": "'missing.onnx' does not exist",
        "": "is a folder",
        "empty.onnx": "is empty",
        "text.onnx": "'text.onnx' cannot be opened as an ONNX model",
        "net.pt": "a pickle, which can run any code.*weights_only=True",
        "net.h5": "not an ONNX file",
        "a\0b": "does not exist",
    }
    for name, message in cases.items():
        with pytest.raises(ModelError, match=message) as caught:
            as_classifier(f"{tmp_path}/{name}")
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ModelError, match="cannot be opened"):
        as_classifier(b"no model")


def test_threads_follow_the_affinity() -> None:
    assert usable_threads() >= 1
