"""What a result tells of itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.results import Result
from tests.latent.examples import filled


def test_it_has_all_that_results_have() -> None:
    result: Result = filled()
    for name in dir(Result):
        if not name.startswith("_"):
            assert hasattr(result, name), name
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.method = "x"  # type: ignore[misc]


def test_the_nearest_and_the_best() -> None:
    result = filled(
        samples=3,
        explanations=3,
        changed=np.array([[True, True, False], [False, True, False], [False] * 3]),
        distance=np.array([[2, 1, 0.5], [0, 3, 0], [1, 1, 1]], np.float32),
        nearest_miss=np.array([2, 0, 1]),
    )
    assert result.found.tolist() == [True, True, False]
    assert result.nearest.tolist() == [1, 1, -1]
    assert result.best.tolist() == [1, 1, 1]
    assert (result.samples, result.explanations) == (3, 3)


def test_the_example_agrees_with_itself() -> None:
    for result in (filled(), filled(world=False, classes=5, samples=6)):
        given = result.after.argmax(-1) == result.target[:, None]
        np.testing.assert_array_equal(given, result.changed)
        np.testing.assert_allclose(result.after.sum(-1), 1, atol=1e-5)
        assert (result.margins > 0).tolist() == result.changed.tolist()
        assert [bool(text) for text in result.diagnosis] == (~result.found).tolist()


def test_successes_are_both_kinds_of_fault() -> None:
    result = filled(samples=1, explanations=4)
    assert result.verdict[0].tolist() == ["successful", "trivial", "unchanged", "causal flip"]
    assert result.successful[0].tolist() == [True, False, False, True]
    assert result.counts() == dict.fromkeys(result.verdict[0].tolist(), 1)
    assert not filled(world=False).successful.any()


def test_classes_and_latents_as_the_generator_takes_them() -> None:
    result = filled(samples=3)
    assert result.own.tolist() == [0, 1, 0]
    unknown: Counterfactuals = dataclasses.replace(result, before=result.before * np.nan)
    assert unknown.own.tolist() == [-1] * 3
    np.testing.assert_allclose(result.decoded_latents("latents"), result.latents * 2 + 0.25)
    np.testing.assert_allclose(result.moved, result.counterfactuals - result.latents[:, None])
    assert result.decoded_latents().shape == result.counterfactuals.shape
