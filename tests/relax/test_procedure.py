"""The procedure: what it computes, in which steps, and that nothing but the masks decides it."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.relax.similarity import similarities
from tests.relax import fakes
from tests.relax.fakes import Fake, bits, finish, procedure


def by_hand(made: Any, similarity: Any) -> tuple[Any, Any]:
    """Importance and uncertainty of all masks of a procedure, straight from the definition."""
    draw = made.sampler.draw(0, made.sums.count)
    masks = made.geometry.masks(draw).astype(np.float64)
    s = np.array([similarity(made.sample.data * mask) for mask in masks.astype(np.float32)])
    weights = masks.sum(axis=0)
    importance = np.tensordot(s, masks, 1) / weights
    squares = np.square(s[:, None, None] - importance)
    return importance, (masks * squares).sum(axis=0) / weights


def test_importance_and_uncertainty_are_those_of_the_definition() -> None:
    made = procedure(control_variate=False, probability_of_drop=0.4)
    result = finish(made)
    whole = fakes.boxes(made.sample.data.astype(np.float64)).astype(np.float32)

    def similarity(masked: Any) -> float:
        row = fakes.boxes(masked.astype(np.float64)).astype(np.float32)
        return float(similarities("cosine", whole, row[None])[0][0])

    importance, uncertainty = by_hand(made, similarity)
    np.testing.assert_allclose(result.importance, importance, atol=1e-6)
    np.testing.assert_allclose(result.uncertainty, uncertainty, atol=1e-6)
    np.testing.assert_array_equal(result.embedding, whole)
    assert (result.masks, result.stage, result.stopped_by) == (128, "all masks", "num_batches")
    assert result.statistics["similarity of the whole input"] == pytest.approx(1)
    assert result.statistics["least similarity"] <= result.similarity
    assert result.similarity <= result.statistics["most similarity"]


def test_the_place_that_carries_the_representation_is_the_important_one() -> None:
    importance = finish(procedure(num_batches=16)).importance
    assert importance[:8, :10].min() > importance[8:, 10:].max()


def test_evaluations_are_counted_by_purpose() -> None:
    gallery = [fakes.sample(seed=seed) for seed in (1, 2, 3)]
    result = finish(procedure(like=fakes.sample(seed=4), gallery=gallery))
    assert result.evaluations.breakdown == {"look": 1, "like": 1, "gallery": 3, "masks": 128}
    assert finish(procedure(corpus=gallery)).evaluations.breakdown == {
        "look": 1,
        "corpus": 3,
        "masks": 128,
    }


def test_the_encoder_is_prepared_once_on_real_masked_inputs() -> None:
    encoder = Fake(fakes.boxes)
    made = procedure(encoder)
    finish(made)
    made.extend(batches=1)
    finish(made)
    [(probe, expected)] = encoder.prepared
    assert expected == 128
    np.testing.assert_array_equal(probe[0], made.sample.data)
    masks = made.geometry.masks(made.sampler.draw(0, len(probe) - 1))
    np.testing.assert_allclose(probe[1:], masks[:, None] * made.sample.data, atol=1e-6)


def test_a_result_at_every_step_and_no_call_for_it() -> None:
    encoder = Fake(fakes.boxes)
    made = procedure(encoder, gallery=[fakes.sample(seed=1)])
    result = made.answer(0.0)
    assert (result.stage, result.masks, result.embedding.size) == ("nothing yet", 0, 0)
    assert np.isnan(result.similarity)
    assert np.isnan(result.relative_error)
    assert not result.importance.any()
    fractions = []
    for _ in made.work():
        calls = encoder.calls
        result = made.answer(1.0)
        assert encoder.calls == calls
        assert np.isfinite(result.importance).all()
        assert not np.isinf(result.importance_error).any()
        assert result.stage == ("nothing yet" if not result.masks else result.stage)
        fractions.append(made.fraction)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(result.neighbours) == 1
    with pytest.raises(ValueError, match="read-only"):
        result.importance[0, 0] = 1


def test_stages_of_a_run_that_reaches_its_tolerance() -> None:
    made = procedure(num_batches=40, tolerance=0.15)
    stages = []
    for _ in made.work():
        stages.append(made.answer(0.0).stage)
    assert [s for i, s in enumerate(stages) if i == 0 or s != stages[i - 1]] == [
        "nothing yet",
        "estimating",
        "estimated",
    ]
    result = made.answer(0.0)
    assert result.stopped_by == "tolerance"
    assert result.contrast_error <= result.settings.tolerance_asked
    assert result.masks < made.settings.masks


@pytest.mark.parametrize("batch_size", [1, 7, 16, 33, 100, 128])
@pytest.mark.parametrize("fixed", [None, 1, 5])
def test_batches_change_no_bit(batch_size: int, fixed: int | None) -> None:
    expected = finish(procedure(fakes.projected(), num_batches=1, batch_size=128))
    encoder = Fake(fakes.projected(), fixed_batch=fixed)
    made = procedure(encoder, num_batches=-(-128 // batch_size), batch_size=batch_size)
    # the last batch is cut short, since batches are whole in the settings
    made.ending.goal = 128
    assert bits(finish(made)) == bits(expected)
    if fixed is None:
        assert max(encoder.batches) <= min(64, max(8, batch_size))


@pytest.mark.parametrize("unit", ["masks", "batches"])
@pytest.mark.parametrize("size", [10, 100])
def test_ten_batches_and_ten_more_are_twenty(unit: str, size: int) -> None:
    made = procedure(fakes.projected(), num_batches=10, batch_size=size)
    finish(made)
    made.extend(**{unit: 10 if unit == "batches" else 10 * size})
    straight = procedure(fakes.projected(), num_batches=20, batch_size=size)
    assert bits(finish(made)) == bits(finish(straight))
    assert made.answer(0.0).settings.num_batches == 20


def test_an_encoder_whose_bits_depend_on_the_batch_sees_the_same_batches() -> None:
    """Ten and ten batches are twenty for it, too: pieces do not depend on the interruption."""
    seen: dict[str, list[int]] = {}
    for name, first in (("both", 10), ("straight", 20)):
        encoder = Fake(fakes.boxes)
        made = procedure(encoder, num_batches=first, batch_size=100)
        finish(made)
        if first == 10:
            made.extend(batches=10)
            finish(made)
        seen[name] = encoder.batches
    assert seen["both"] == seen["straight"]
    assert seen["both"][:3] == [1, 50, 50]


@given(st.lists(st.integers(1, 9), max_size=4), st.integers(0, 2**32))
def test_pauses_and_repeated_starts_change_nothing(stops: list[int], seed: int) -> None:
    made = procedure(num_batches=3, batch_size=20, seed=seed)
    for stop in stops:
        for step, _ in enumerate(made.work()):
            if step == stop:
                break
    assert bits(finish(made)) == bits(finish(procedure(num_batches=3, batch_size=20, seed=seed)))


def test_the_seed_decides() -> None:
    assert bits(finish(procedure(seed=1))) == bits(finish(procedure(seed=1)))
    assert bits(finish(procedure(seed=1))) != bits(finish(procedure(seed=2)))
    result = finish(procedure(seed=2, num_batches=4))
    assert result.seed == result.settings.seed == 2


@pytest.mark.parametrize("shape", [(2, 50), (1, 16, 20), (3, 12, 12), (1, 8, 9, 7)])
def test_signals_pictures_and_volumes(shape: tuple[int, ...]) -> None:
    made = procedure(fakes.projected(shape=shape), fakes.sample(shape), shift="cells")
    result = finish(made)
    for name in ("importance", "uncertainty", "importance_error", "uncertainty_error"):
        found = getattr(result, name)
        assert found.shape == shape[1:]
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
    assert len(result.axes.names) == len(shape) - 1


def test_the_zero_vector_has_no_cosine() -> None:
    with pytest.raises(ModelError, match=r"whole input is the zero vector.*euclidean"):
        finish(procedure(lambda data: np.zeros(3)))
    result = finish(procedure(lambda data: np.zeros(3), similarity_measure="euclidean"))
    assert not result.importance.any()


def test_values_that_are_not_finite_are_told() -> None:
    with pytest.raises(ModelError, match="whole input holds 1 values that are not finite"):
        finish(procedure(lambda data: np.array([1.0, np.nan])))


def test_zero_vectors_of_masked_inputs_are_counted_and_told() -> None:
    full = fakes.sample()

    def row(data: Any) -> Any:
        return np.array([1.0, 2.0]) * (data.sum() > 0.5 * full.data.sum())

    result = finish(procedure(row))
    undefined = result.statistics["undefined similarities"]
    assert 0 < undefined < 128
    assert result.message.startswith(
        f"{undefined} of the masked inputs' representations are zero, where the cosine is "
        "undefined; it counts as 0."
    )
    assert result.similarity == pytest.approx(1 - undefined / 128)


def test_a_constant_representation_is_told() -> None:
    result = finish(procedure(lambda data: np.array([1.0, 2.0])))
    assert result.message == (
        "Every masked input has the same similarity: what is hidden changes nothing, and the map "
        "says nothing."
    )


def test_what_if_is_one_similarity() -> None:
    encoder = Fake(fakes.boxes)
    made = procedure(encoder)
    visible = np.zeros((16, 20), bool)
    visible[:8, :10] = True
    [score] = made.what_if(visible)
    assert (score.index, score.label) == (-1, "similarity")
    assert len(encoder.prepared) == 1
    [whole] = made.what_if(np.ones((16, 20), bool))
    [nothing] = made.what_if(np.zeros((16, 20), bool))
    assert whole.confidence == pytest.approx(1)
    assert nothing.confidence < score.confidence < 1
    assert made.counts == {"look": 1, "what-if": 3}
    with pytest.raises(InputError, match=r"shape \(3, 3\); expected \(16, 20\)"):
        made.what_if(np.ones((3, 3), bool))
    assert bits(finish(made)) == bits(finish(procedure()))


def test_a_class_is_refused_with_advice() -> None:
    with pytest.raises(SettingsError, match=r"has no classes.*changed\(like=…\)"):
        procedure().for_target(3)


def test_what_does_not_fit_is_told_before_anything_runs() -> None:
    with pytest.raises(InputError, match="cells"):
        procedure(num_cells=18)
    with pytest.raises(SettingsError, match=r"cells|axes|axis"):
        procedure(num_cells=(4, 4, 4))


def test_memory_does_not_grow_with_the_masks() -> None:
    made = procedure(num_batches=200, batch_size=64)
    work = made.work()
    for _ in range(20):
        next(work)
    tracemalloc.start()
    try:
        for _ in range(20):
            next(work)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            next(work)
        assert tracemalloc.get_traced_memory()[0] - before < 200_000
    finally:
        tracemalloc.stop()


def test_a_failure_loses_nothing() -> None:
    encoder = Fake(fakes.boxes)

    def breaks(call: int, rows: int) -> None:
        if call == 3:
            raise RuntimeError("the encoder broke")

    encoder.before_call = breaks
    made = procedure(encoder)
    with pytest.raises(RuntimeError, match="the encoder broke"):
        finish(made)
    assert made.answer(0.0).masks == 32
    assert bits(finish(made)) == bits(finish(procedure()))


@pytest.mark.parametrize("stopping", ["never", "hoeffding", "estimate"])
def test_too_few_masks_for_an_error_are_told(stopping: str) -> None:
    message = finish(procedure(stopping=stopping, num_batches=1, batch_size=16)).message
    assert "cannot be told from so few masks (16)" in message
    assert "inf" not in message.split()
