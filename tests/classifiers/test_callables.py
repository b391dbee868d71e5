"""Functions, objects with predict_proba, and what is no model at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.classifiers import Classifier, Preprocessing, as_classifier
from rex_widgets.errors import ModelError
from tests.classifiers.small_models import SmallNet

BATCH = np.random.default_rng(0).standard_normal((3, 3, 8, 8)).astype(np.float32)


def brightness(batch: np.ndarray) -> np.ndarray:
    mean = batch.mean(axis=(1, 2, 3))
    return np.stack([mean, -mean], axis=1)


def test_numpy_function() -> None:
    classifier = as_classifier(brightness, input_shape=(3, 8, 8))
    assert isinstance(classifier, Classifier)
    assert classifier.name == "brightness"
    assert classifier.runtime == "callable"
    assert classifier.preprocessing.size == (8, 8)
    assert classifier(BATCH).shape == (3, 2)
    assert classifier.label(1) == "class 1"
    assert "values / 255" in classifier.choices[0]
    classifier.prepare(BATCH, 1000)
    assert len(classifier.fingerprint()) == 64
    assert (
        classifier.fingerprint() == as_classifier(brightness, input_shape=(3, 8, 8)).fingerprint()
    )


def test_function_of_tensors_is_found_out() -> None:
    net = SmallNet().eval()

    def answer(batch: torch.Tensor) -> torch.Tensor:
        return net(batch)

    classifier = as_classifier(answer, input_shape=(3, 8, 8))
    expected = net(torch.from_numpy(BATCH)).softmax(1).detach().numpy()
    np.testing.assert_allclose(classifier(BATCH), expected, atol=1e-6)
    frozen = BATCH.copy()
    frozen.setflags(write=False)
    np.testing.assert_allclose(classifier(frozen), expected, atol=1e-6)


def test_channels_last_function() -> None:
    seen: list[tuple[int, ...]] = []

    def answer(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.shape)
        return np.zeros((len(batch), 2))

    as_classifier(answer, input_shape=(8, 9, 3))(np.zeros((2, 3, 8, 9), np.float32))
    assert seen[-1] == (2, 8, 9, 3)


def test_fixed_batch_is_padded() -> None:
    seen: list[int] = []

    def answer(batch: np.ndarray) -> np.ndarray:
        seen.append(len(batch))
        return brightness(batch)

    classifier = as_classifier(answer, input_shape=(4, 3, 8, 8), mean=0.5)
    assert classifier.fixed_batch == 4
    free = as_classifier(brightness, input_shape=(1, 3, 8, 8), mean=0.5)
    assert free.fixed_batch is None
    np.testing.assert_array_equal(classifier(BATCH), free(BATCH))
    assert seen == [4]
    with pytest.raises(ModelError, match="exactly 4 inputs at once"):
        classifier(np.zeros((5, 3, 8, 8), np.float32))


def test_a_function_is_not_called_early_where_nothing_is_open() -> None:
    calls: list[int] = []
    as_classifier(lambda b: calls.append(1), input_shape=(3, 8, 8), mean=0.5)
    assert calls == []


def test_what_the_function_raises_is_passed_on() -> None:
    class OwnError(Exception):
        pass

    def answer(batch: np.ndarray) -> np.ndarray:
        raise OwnError("mine")

    with pytest.raises(OwnError, match="mine"):
        as_classifier(answer, input_shape=(3, 8, 8))
    classifier = as_classifier(answer, input_shape=(3, 8, 8), mean=0.5)
    with pytest.raises(OwnError, match="mine"):
        classifier(BATCH)
    with pytest.raises(ModelError, match=r"input size is unknown.*gave: mine.*Give input_shape"):
        as_classifier(answer)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("host"),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_becomes_memory_error(error: Exception) -> None:
    def answer(batch: np.ndarray) -> np.ndarray:
        raise error

    with pytest.raises(MemoryError):
        as_classifier(answer, input_shape=(3, 8, 8), mean=0.5)(BATCH)


def test_labels_must_fit() -> None:
    with pytest.raises(ModelError, match="3 labels were given, but the model has 2 classes"):
        as_classifier(brightness, input_shape=(3, 8, 8), labels=["a", "b", "c"])(BATCH)
    classifier = as_classifier(brightness, input_shape=(3, 8, 8), labels=["bright", "dark"])
    classifier(BATCH)
    assert classifier.label(1) == "dark"
    assert classifier.label(9) == "class 9"


def test_a_thousand_colour_classes_are_guessed_as_imagenet() -> None:
    classifier = as_classifier(lambda b: np.zeros((len(b), 1000)), input_shape=(3, 16, 16))
    assert classifier.preprocessing.mean == (0.485, 0.456, 0.406)
    assert classifier.label(285) == "Egyptian cat"
    assert any("guess" in sentence for sentence in classifier.choices)
    told = as_classifier(
        lambda b: np.zeros((len(b), 1000)), input_shape=(3, 16, 16), mean=0.1, std=0.2
    )
    assert told.preprocessing.mean == (0.1, 0.1, 0.1)


def test_means_of_bytes_are_recognised() -> None:
    classifier = as_classifier(
        brightness, input_shape=(3, 8, 8), mean=(123.7, 116.3, 103.5), std=(58, 57, 57)
    )
    assert classifier.preprocessing.scale == 1


def test_a_classifier_passes_through() -> None:
    classifier = as_classifier(brightness, input_shape=(3, 8, 8))
    assert as_classifier(classifier) is classifier
    with pytest.raises(ModelError, match="a Classifier already, so labels cannot"):
        as_classifier(classifier, labels=["a", "b"])


def test_a_function_has_no_other_runtime() -> None:
    with pytest.raises(ModelError, match="only torch modules and ONNX files"):
        as_classifier(brightness, input_shape=(3, 8, 8), runtime="onnxruntime")


@pytest.mark.parametrize("model", [3, None, {}, SmallNet])
def test_what_is_no_model(model: Any) -> None:
    with pytest.raises(ModelError, match=f"of type {type(model).__name__} was given; expected a"):
        as_classifier(model)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runtime": "fast"}, "expected 'eager', 'onnxruntime'"),
        ({"threads": 0}, "threads=0"),
        ({"std": 0.0}, "every value must be above 0"),
        ({"mean": (1.0, 2.0)}, "mean has 2 values"),
        ({"mean": float("nan")}, "finite"),
        ({"scale": -1}, "scale=-1"),
        ({"crop": 2.0}, "expected a share"),
        ({"interpolation": "best"}, "expected one of nearest"),
        ({"channel_order": "GBR"}, "expected 'RGB' or 'BGR'"),
        ({"input_shape": (5, 8, 8)}, "no axis of 1, 3 or 4 channels"),
        ({"input_shape": (3, 8, 0)}, "whole numbers >= 1"),
        ({"input_shape": (3, 8, 8, 8, 8, 8)}, "6 axes"),
        ({"mode": "smell"}, "mode='smell'.*tabular"),
        ({"ort_logger": 5}, r"ort_logger=5.*0\.\.4"),
        ({"inter_op_threads": 0}, "inter_op_threads=0"),
        ({"gpu": "yes"}, "expected True or False"),
        ({"weights": 3}, "expected an entry of torchvision"),
        ({"processor": 3}, "expected an image processor"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        as_classifier(brightness, **{"input_shape": (3, 8, 8), **options})


class Digits:
    """Follows scikit-learn's contract for a classifier of flat rows."""

    def __init__(self, features: int) -> None:
        self.n_features_in_ = features
        self.classes_ = np.array(["zero", "one"])
        self.coef_ = np.ones(3)

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        assert rows.shape[1] == self.n_features_in_
        bright = np.clip(rows.mean(axis=1), 0, 1)
        return np.stack([1 - bright, bright], axis=1)


def test_predict_proba() -> None:
    classifier = as_classifier(Digits(64), scale=16)
    assert classifier.preprocessing == Preprocessing(
        size=(8, 8), channels=1, scale=16, source=classifier.preprocessing.source
    )
    found = classifier(np.full((2, 1, 8, 8), 0.75, np.float32))
    np.testing.assert_allclose(found, [[0.25, 0.75]] * 2)
    assert classifier.labels == ("zero", "one")
    assert as_classifier(Digits(192)).preprocessing.channels == 3
    wide = as_classifier(Digits(24), input_shape=(1, 4, 6))
    assert wide(np.zeros((1, 1, 4, 6), np.float32)).shape == (1, 2)
    other = Digits(64)
    other.coef_ = np.zeros(3)
    assert as_classifier(other).fingerprint() != as_classifier(Digits(64)).fingerprint()
    with pytest.raises(ModelError, match="no square picture"):
        as_classifier(Digits(24), mode="L")
    with pytest.raises(ModelError, match="makes 64 values, but the model takes 24"):
        as_classifier(Digits(24), input_shape=(1, 8, 8))


def test_predict_proba_flattens_by_row_with_the_channels_together() -> None:
    seen: list[np.ndarray] = []

    class Model(Digits):
        def predict_proba(self, rows: np.ndarray) -> np.ndarray:
            seen.append(rows)
            return super().predict_proba(rows)

    batch = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2) / 12
    as_classifier(Model(12), mode="RGB")(batch)
    assert np.array_equal(seen[-1][0], batch[0].transpose(1, 2, 0).ravel())
