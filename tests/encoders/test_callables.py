"""Functions as encoders: shapes, odd answers, and rows that depend on their batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.classifiers import as_classifier
from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import ModelError
from tests.encoders.small_encoders import BATCH, SHAPE, SmallEncoder


def means(batch: Any) -> Any:
    return batch.mean(axis=(2, 3))


def test_a_function_is_an_encoder() -> None:
    encoder = as_encoder(means, input_shape=SHAPE, name="means")
    assert isinstance(encoder, Encoder)
    np.testing.assert_array_equal(encoder(BATCH), means(BATCH))
    assert encoder(BATCH).dtype == np.float32
    assert encoder.embedding is not None
    assert (encoder.embedding.shape, encoder.embedding.size) == ((3,), 3)
    assert encoder.embedding.pooling == "as it is"
    assert "Representation: 3 values, as it is." in encoder.choices
    assert (encoder.runtime, encoder.array_library, encoder.name) == ("callable", "numpy", "means")
    assert (encoder.fixed_batch, encoder.advised_batch) == (None, None)
    assert encoder.source is means
    assert dict(encoder.options) == {"input_shape": SHAPE, "name": "means"}


def test_maps_are_flattened_or_pooled() -> None:
    flat = as_encoder(lambda b: b * 2, input_shape=SHAPE)
    np.testing.assert_array_equal(flat(BATCH), 2 * BATCH.reshape(20, -1))
    assert flat.embedding is not None
    assert flat.embedding.text == "3×8×8 values, flattened: 192"
    mean = flat.changed(pool="mean")
    np.testing.assert_allclose(mean(BATCH), 2 * BATCH.mean(axis=(2, 3)), rtol=1e-5, atol=1e-6)
    largest = mean.changed(pool="max")
    np.testing.assert_array_equal(largest(BATCH), 2 * BATCH.max(axis=(2, 3)))
    assert largest.embedding is not None
    assert largest.embedding.text == "3×8×8 values, max over places: 3"
    assert len({encoder.fingerprint() for encoder in (flat, mean, largest)}) == 3
    assert dict(largest.changed(pool=None).options) == dict(flat.options)


def test_an_encoder_passes_through() -> None:
    encoder = as_encoder(means, input_shape=SHAPE)
    assert as_encoder(encoder) is encoder
    assert as_encoder(encoder, mode="RGB", fallback_shape=(3, 9, 9)) is encoder
    assert as_encoder(encoder, input_shape=SHAPE) is encoder
    other = as_encoder(encoder, output=0)
    assert other is not encoder
    assert dict(other.options) == {"input_shape": SHAPE, "output": 0}
    assert other.source is means


def test_lists_and_tensors() -> None:
    lists = as_encoder(lambda b: means(b).tolist(), input_shape=SHAPE)
    np.testing.assert_array_equal(lists(BATCH), means(BATCH))
    rows = as_encoder(lambda b: [row.mean(axis=(1, 2)) for row in b], input_shape=SHAPE)
    np.testing.assert_allclose(rows(BATCH), means(BATCH), rtol=1e-5, atol=1e-7)

    def of_tensors(batch: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(batch, 8).double()

    tensors = as_encoder(of_tensors, input_shape=SHAPE)
    np.testing.assert_allclose(tensors(BATCH), means(BATCH), rtol=1e-5, atol=1e-7)
    assert tensors.embedding is not None
    assert tensors.embedding.shape == (3, 1, 1)


def test_one_value_is_told() -> None:
    encoder = as_encoder(lambda b: b.mean(axis=(1, 2, 3)), input_shape=SHAPE)
    assert encoder(BATCH).shape == (20, 1)
    assert any("cosine of two numbers is 1 or -1" in words for words in encoder.choices)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda b: (means(b), b),
            r"a tuple \(0: shape \(2, 3\), 1: shape \(2, 3, 8, 8\)\).*output=0",
        ),
        (lambda b: [means(b), b, means(b)], r"a list \(0: shape.*output="),
        (lambda b: {"a": b, "b": means(b)}, r"a dict \(a: shape .*output='a'"),
        (lambda b: None, r"returned a NoneType; expected an array"),
        (lambda b: "text", r"returned a str; expected an array"),
        (lambda b: np.array(["a"] * len(b)), r"values of type <U1; expected real numbers"),
        (lambda b: means(b) * 1j, r"values of type complex"),
        (lambda b: torch.zeros(len(b), 2, dtype=torch.complex64), r"type torch.complex64"),
        (lambda b: means(b).sum(axis=0), r"shape \(3,\) for a batch of 2; expected one"),
        (lambda b: means(b).T, r"shape \(3, 2\) for a batch of 2"),
        (lambda b: np.float32(1), r"shape \(\) for a batch of 2"),
        (lambda b: np.zeros((len(b), 0)), r"shape \(N, 0\); expected at least one value"),
    ],
)
def test_what_is_no_representation(function: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        as_encoder(function, input_shape=SHAPE)


def test_one_output_of_several() -> None:
    both = as_encoder(lambda b: (means(b), b), input_shape=SHAPE, output=1, pool="mean")
    np.testing.assert_allclose(both(BATCH), means(BATCH), rtol=1e-5, atol=1e-6)
    assert both.embedding is not None
    assert both.embedding.where == "output 1"
    with pytest.raises(
        ModelError, match=r"output='c' was given.*expected one of a, b, or a number"
    ):
        as_encoder(lambda b: {"a": b, "b": b}, input_shape=SHAPE, output="c")


def test_nan_and_infinities() -> None:
    def scaled(batch: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return means(batch) / batch.std(axis=(2, 3))

    encoder = as_encoder(scaled, input_shape=SHAPE)
    assert np.isfinite(encoder(BATCH)).all()  # black as a made-up probe gave NaN
    broken = BATCH.copy()
    broken[3] = np.nan
    with pytest.raises(ModelError, match=r"NaN: 3 of 3 values for input 3 of a batch of 20"):
        encoder(broken)
    huge = as_encoder(lambda b: means(b).astype(np.float64) * 1e300, input_shape=SHAPE)
    with pytest.raises(ModelError, match="infinite values"):
        huge(BATCH)


def test_another_shape_later_is_refused() -> None:
    encoder = as_encoder(lambda b: np.zeros((len(b), 3 if len(b) < 9 else 4)), input_shape=SHAPE)
    with pytest.raises(ModelError, match=r"\(4,\) values per input, but \(3,\) before"):
        encoder(BATCH)


def test_a_row_depends_on_itself_only() -> None:
    with pytest.raises(ModelError, match="depends on the other inputs of its batch"):
        as_encoder(lambda b: means(b) - means(b).mean(axis=0), input_shape=SHAPE)
    generator = np.random.default_rng(0)
    with pytest.raises(ModelError, match="another representation each time"):
        as_encoder(lambda b: means(b) + generator.normal(size=(len(b), 3)), input_shape=SHAPE)

    def when_bright(batch: Any) -> Any:
        return means(batch) + 10 * (batch.max() > 50)

    encoder = as_encoder(when_bright, input_shape=SHAPE)
    encoder.prepare(BATCH, 100)
    mixed = BATCH[:4].copy()
    mixed[0] += 100
    with pytest.raises(ModelError, match="depends on the other inputs"):
        encoder.prepare(mixed, 100)


def test_what_does_not_fit_a_function() -> None:
    for options, words in (
        ({"layer": "a"}, "has no layers that can be named"),
        ({"eval_mode": True}, "a function has to see to it itself"),
        ({"runtime": "onnxruntime"}, "only torch modules and ONNX files"),
        ({"pool": "median"}, "expected 'flatten', 'mean', 'max' or None"),
        ({"output": 1.5}, "the name or the number"),
        ({"output": 1}, "there is one array, of shape"),
        ({"layer": ""}, "expected a layer's name"),
        ({"eval_mode": 1}, "expected True or False"),
    ):
        with pytest.raises(ModelError, match=words):
            as_encoder(means, input_shape=SHAPE, **options)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="A model of type int was given"):
        as_encoder(3)
    classifier = as_classifier(SmallEncoder().eval(), input_shape=SHAPE)
    with pytest.raises(ModelError, match="tells probabilities of classes"):
        as_encoder(classifier)


def test_what_the_function_raises_is_passed_on() -> None:
    def broken(batch: Any) -> Any:
        raise LookupError("no weights")

    with pytest.raises(LookupError, match="no weights"):
        as_encoder(broken, input_shape=SHAPE)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rex_widgets.encoders.reader.LARGEST_EMBEDDING", 100)
    with pytest.raises(ModelError, match=r"192 values \(3×8×8\); at most 100 .* pool='mean'"):
        as_encoder(lambda b: b, input_shape=SHAPE)
    assert as_encoder(lambda b: b, input_shape=SHAPE, pool="max")(BATCH).shape == (20, 3)


def test_fingerprint_is_the_same_next_time() -> None:
    one = as_encoder(means, input_shape=SHAPE).fingerprint()
    assert one == as_encoder(means, input_shape=SHAPE).fingerprint()
    assert one != as_encoder(means, input_shape=SHAPE, mean=0.5).fingerprint()
    assert len(one) == 64


def test_a_function_may_work_in_place() -> None:
    def shifted(batch: Any) -> Any:
        batch -= 0.5
        return batch.mean(axis=(2, 3))

    encoder = as_encoder(shifted, input_shape=SHAPE)
    encoder.prepare(BATCH.copy(), 10)
    kept = BATCH.copy()
    kept.flags.writeable = False
    np.testing.assert_allclose(encoder(kept), means(BATCH) - 0.5, atol=1e-6)
    np.testing.assert_array_equal(kept, BATCH)


def test_torch_takes_what_must_not_be_written_to_without_a_warning() -> None:
    encoder = as_encoder(lambda b: torch.from_numpy(b).flatten(1), input_shape=SHAPE)
    kept = BATCH.copy()
    kept.flags.writeable = False
    np.testing.assert_array_equal(encoder(kept), BATCH.reshape(len(BATCH), -1))
