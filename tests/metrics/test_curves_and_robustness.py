from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.errors import InputError, ModelError
from rex_widgets.metrics import curve_points, deletion_curve, insertion_curve, robustness


def visible(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A model whose confidence is the share of what is visible."""
    return masks.reshape(len(masks), -1).mean(axis=1)


def test_points_begin_with_nothing_and_end_with_all() -> None:
    assert curve_points(10, 4).tolist() == [0, 4, 8, 10]
    assert curve_points(8, 4).tolist() == [0, 4, 8]
    assert curve_points(3, 100).tolist() == [0, 3]


def test_a_confidence_that_grows_evenly_has_half_the_area() -> None:
    order = np.random.default_rng(0).random((5, 6))
    for step in (1, 2, 7, 100):
        curve = insertion_curve(order, visible, target_confidence=1.0, step=step)
        assert curve.area == pytest.approx(0.5)
        assert curve.confidences == pytest.approx(curve.positions / 30)
        falling = deletion_curve(order, visible, target_confidence=1.0, step=step)
        assert falling.area == pytest.approx(0.5)
        assert falling.confidences == pytest.approx(1 - falling.positions / 30)


def test_simpson_and_the_normalising_by_hand() -> None:
    order = np.array([4.0, 3.0, 2.0, 1.0])

    def square(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return visible(masks) ** 2

    # The integral of (x / 4)² from 0 to 4 is 4 / 3; Simpson's rule is exact for it.
    plain = insertion_curve(order, square, target_confidence=0.5, step=2, normalise=False)
    assert (plain.area, plain.normalised) == (pytest.approx(4 / 3), False)
    divided = insertion_curve(order, square, target_confidence=0.5, step=2)
    assert (divided.area, divided.normalised) == (pytest.approx(4 / 3 / (0.5 * 4)), True)


def test_places_come_by_value_and_ties_in_reading_order() -> None:
    seen: list[list[list[int]]] = []

    def look(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        seen.extend(masks.astype(int).tolist())
        return np.zeros(len(masks))

    insertion_curve(np.array([[1, 5], [1, 9]]), look, target_confidence=1, step=1)
    assert seen == [
        [[0, 0], [0, 0]],
        [[0, 0], [0, 1]],
        [[0, 1], [0, 1]],
        [[1, 1], [0, 1]],
        [[1, 1], [1, 1]],
    ]


@given(st.integers(0, 1000), st.sampled_from([(7,), (1, 9), (3, 4), (2, 3, 4)]), st.integers(1, 40))
def test_deletion_is_insertion_of_the_opposite_order_read_backwards(
    seed: int, shape: tuple[int, ...], batch: int
) -> None:
    generator = np.random.default_rng(seed)
    order = generator.permutation(int(np.prod(shape))).reshape(shape).astype(np.float32)
    weights = generator.random(shape)

    def weigh(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray((masks * weights).reshape(len(masks), -1).sum(axis=1))

    down = deletion_curve(order, weigh, target_confidence=1.0, step=1, batch_size=batch)
    up = insertion_curve(-order, weigh, target_confidence=1.0, step=1)
    assert down.confidences == pytest.approx(up.confidences[::-1])
    assert down.confidences[0] == pytest.approx(weights.sum())
    best = insertion_curve(weights, weigh, target_confidence=1.0, step=1)
    assert best.area >= up.area - 1e-9


def test_curves_refuse_what_makes_no_sense() -> None:
    order = np.arange(4.0)
    with pytest.raises(InputError, match="step=0"):
        insertion_curve(order, visible, target_confidence=1, step=0)
    with pytest.raises(InputError, match="normalise=False"):
        insertion_curve(order, visible, target_confidence=0)
    with pytest.raises(InputError, match="NaN"):
        deletion_curve(np.array([1.0, np.nan]), visible, target_confidence=1)
    answers: list[Any] = [lambda m: np.zeros((len(m), 2)), lambda m: np.full(len(m), np.nan)]
    for answer in answers:
        with pytest.raises(ModelError, match="one finite number for each mask"):
            deletion_curve(order, answer, target_confidence=1)


DATA = np.linspace(-1, 3, 24, dtype=np.float32).reshape(2, 3, 4)
MASK = np.arange(12).reshape(3, 4) < 5


def test_backgrounds_surround_the_explanation_and_stay_in_range() -> None:
    batches: list[NDArray[np.float32]] = []

    def look(inputs: NDArray[np.float32]) -> NDArray[np.int64]:
        batches.append(inputs.copy())
        return np.zeros(len(inputs), np.int64)

    assert robustness(MASK, DATA, look, 0, backgrounds=40, batch_size=16) == 1.0
    assert [len(batch) for batch in batches] == [16, 16, 8]
    rows = np.concatenate(batches)
    assert (rows[:, :, MASK] == DATA[:, MASK]).all()
    hidden = rows[:, :, ~MASK]
    assert hidden.min() >= -1 and hidden.max() <= 3
    assert np.unique(hidden).size > 0.99 * hidden.size  # every element by itself
    assert abs(hidden.mean() - 1) < 0.15
    again: list[NDArray[np.float32]] = batches
    batches = []
    robustness(MASK, DATA, look, 0, backgrounds=40, batch_size=7)
    assert (np.concatenate(batches) == np.concatenate(again)).all()
    batches = []
    robustness(MASK, DATA, look, 0, backgrounds=40, seed=1)
    assert (np.concatenate(batches) != np.concatenate(again)).any()


def test_robustness_is_the_share_that_keeps_the_class() -> None:
    def bright(inputs: NDArray[np.float32]) -> NDArray[np.int64]:
        return (inputs.reshape(len(inputs), -1).mean(axis=1) > 1).astype(np.int64)

    whole = np.ones((3, 4), bool)
    assert robustness(whole, DATA, bright, int(DATA.mean() > 1)) == 1.0
    share = robustness(MASK, DATA, bright, 1, backgrounds=200, seed=3)
    assert share + robustness(MASK, DATA, bright, 0, backgrounds=200, seed=3) == 1.0
    assert 0 < share < 1


def test_robustness_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="channels first"):
        robustness(MASK, DATA[0], lambda inputs: np.zeros(len(inputs), int), 0)
    with pytest.raises(InputError, match="backgrounds=0"):
        robustness(MASK, DATA, lambda inputs: np.zeros(len(inputs), int), 0, backgrounds=0)
    with pytest.raises(ModelError, match="one each"):
        robustness(MASK, DATA, lambda inputs: np.zeros((len(inputs), 2), int), 0)
