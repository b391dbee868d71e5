"""From raw outputs to probabilities: activations, thresholds, answers no classifier gives."""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rex_widgets.classifiers import as_classifier
from rex_widgets.classifiers.probabilities import softmax
from rex_widgets.errors import ModelError

BATCH = np.zeros((3, 3, 4, 4), np.float32)


def giving(output: Any, **options: Any) -> Any:
    """Return a classifier that always answers `output`; nothing is asked of it before."""
    return as_classifier(lambda batch: output, input_shape=(3, 4, 4), mean=0.0, **options)


def test_softmax_by_default_and_probabilities_recognised() -> None:
    scores = np.array([[1.0, 2, 3], [0, 0, 0], [-5, 9, 2]], np.float32)
    classifier = giving(scores)
    found = classifier(BATCH)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert found.dtype == np.float32
    assert list(classifier.decide(found)) == [2, 0, 1]
    assert any("Softmax" in sentence for sentence in classifier.choices)
    again = giving(found)
    np.testing.assert_array_equal(again(BATCH), found)
    assert any("probabilities already" in sentence for sentence in again.choices)


@given(arrays(np.float32, (3, 4), elements=st.floats(-80, 80, width=32)))
def test_softmax_rows_do_not_depend_on_the_batch(scores: np.ndarray) -> None:
    together = softmax(scores)
    alone = np.concatenate([softmax(row[None]) for row in scores])
    assert np.array_equal(together, alone)
    assert np.isfinite(together).all()


def test_activation_overrides() -> None:
    scores = np.array([[0.0, 2, -2]] * 3, np.float32)
    np.testing.assert_allclose(
        giving(scores, activation="sigmoid")(BATCH)[0], 1 / (1 + np.exp([0.0, -2, 2])), atol=1e-6
    )
    halves = giving(scores, activation=lambda s: np.full_like(s, 0.5))(BATCH)
    assert (halves == 0.5).all()
    tensors = giving(scores, activation=lambda s: torch.from_numpy(s).softmax(1))(BATCH)
    np.testing.assert_allclose(tensors, softmax(scores), atol=1e-6)
    with pytest.raises(ModelError, match=r"lie in -2..2, but activation='none' says"):
        giving(scores, activation="none")(BATCH)
    with pytest.raises(ModelError, match="expected 'softmax', 'sigmoid'"):
        giving(scores, activation="relu")
    with pytest.raises(ModelError, match="activation made 2 columns of 3"):
        giving(scores, activation=lambda s: s[:, :2])(BATCH)


def test_looks_like_probabilities_and_then_is_not() -> None:
    answers = [np.full((3, 4), 0.25, np.float32), np.full((3, 4), 7.0, np.float32)]
    classifier = as_classifier(lambda b: answers.pop(0), input_shape=(3, 4, 4), mean=0.0)
    classifier(BATCH)
    with pytest.raises(ModelError, match="the first batch looked like probabilities"):
        classifier(BATCH)


def test_single_output_becomes_two_classes() -> None:
    logits = giving(np.array([[-3.0], [0.1], [4.0]]))
    found = logits(BATCH)
    assert found.shape == (3, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert list(logits.decide(found)) == [0, 1, 1]
    strict = giving(np.array([0.2, 0.6, 0.9]), binary_threshold=0.8)
    assert list(strict.decide(strict(BATCH))) == [0, 0, 1]
    assert any("from a probability of 0.8 on" in sentence for sentence in strict.choices)
    two = giving(np.array([[0.6, 0.4]] * 3), binary_threshold=0.3)
    assert list(two.decide(two(BATCH))) == [1, 1, 1]
    with pytest.raises(ModelError, match="has 4 classes; it needs a model with one output or two"):
        giving(np.zeros((3, 4)), binary_threshold=0.5)(BATCH)
    with pytest.raises(ModelError, match=r"expected a probability in 0..1"):
        giving(np.zeros((3, 4)), binary_threshold=5)


Pair = namedtuple("Pair", "scores features")
SCORES = np.array([[1.0, 2.0]] * 3, np.float32)


@pytest.mark.parametrize(
    "output",
    [
        SCORES,
        SCORES.tolist(),
        torch.from_numpy(SCORES),
        torch.from_numpy(SCORES).double().requires_grad_(),
        torch.from_numpy(SCORES).bfloat16(),
        SCORES[:, :, None, None],
        SimpleNamespace(logits=torch.from_numpy(SCORES)),
        {"logits": SCORES, "features": SCORES},
        {"anything": SCORES},
        (SCORES,),
        Pair(SCORES, np.zeros((3, 4, 4, 4))),
    ],
)
def test_forms_of_output(output: Any) -> None:
    np.testing.assert_allclose(giving(output)(BATCH), softmax(SCORES), atol=1e-6)


BAD = {
    "nan": (np.full((3, 4), np.nan), "NaN for 3 of 3 inputs"),
    "infinity": (np.full((3, 4), np.inf), "infinity for 3 of 3"),
    "a feature map": (np.zeros((3, 4, 7, 7)), r"shape \(3, 4, 7, 7\) for a batch of 3"),
    "one row too few": (np.zeros((2, 4)), "2 rows for a batch of 3"),
    "a vector": (np.zeros(7), r"shape \(7,\) for a batch of 3"),
    "text": (np.array([["a"]] * 3), "values of type <U1"),
    "nothing": (None, "returned a NoneType; expected scores"),
    "two candidates": ((SCORES, SCORES), "item 0: an array of shape"),
    "an odd mapping": ({"a": SCORES, "b": SCORES}, "returned a mapping"),
    "no columns": (np.zeros((3, 0)), r"shape \(3, 0\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_answers_no_classifier_gives(name: str) -> None:
    output, message = BAD[name]
    with pytest.raises(ModelError, match=message):
        giving(output)(BATCH)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "none"])
def test_nan_after_the_first_batch(activation: str) -> None:
    answers = [np.full((3, 4), 0.25, np.float32), np.full((3, 4), np.nan, np.float32)]
    classifier = as_classifier(
        lambda b: answers.pop(0), input_shape=(3, 4, 4), mean=0.0, activation=activation
    )
    classifier(BATCH)
    with pytest.raises(ModelError, match="NaN for 3 of 3"):
        classifier(BATCH)


def test_number_of_classes_must_stay() -> None:
    answers = [np.zeros((3, 4)), np.zeros((3, 5))]
    classifier = as_classifier(lambda b: answers.pop(0), input_shape=(3, 4, 4), mean=0.0)
    classifier(BATCH)
    with pytest.raises(ModelError, match="5 classes, but 4 before"):
        classifier(BATCH)
