"""Ranking pixels and finding the shortest prefix that passes."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.causal.extract import prefix_mask, rank_pixels, ranked_prefix
from tests.causal.asking_help import asker_for, finish, passes
from tests.synthetic import AlwaysFirst, RandomNet, RegionClassifier


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 999), st.integers(1, 4))
def test_pixels_are_ranked_by_value_then_distance_then_index(
    height: int, width: int, seed: int, levels: int
) -> None:
    values = np.random.default_rng(seed).integers(0, levels, (height, width)).astype(float)
    total = values.sum() or 1.0
    weights = values if values.any() else np.ones_like(values)
    total = weights.sum()
    cells = [(r, c) for r in range(height) for c in range(width)]
    row = sum(weights[r, c] * r for r, c in cells) / total
    column = sum(weights[r, c] * c for r, c in cells) / total

    order = rank_pixels(values).tolist()

    assert sorted(order) == list(range(height * width))
    for first, second in pairwise(order):
        one, two = cells[first], cells[second]
        assert values[one] >= values[two]
        if values[one] == values[two]:
            near, far = hypot(one[0] - row, one[1] - column), hypot(two[0] - row, two[1] - column)
            assert near <= far + 1e-9
            if near == far:
                # rounding of the centre may part pixels that are equally far away
                assert first < second or abs(near - far) < 1e-9


def test_ties_start_at_the_centre_of_the_map() -> None:
    values = np.zeros((5, 5))
    values[1:4, 1:4] = 2.0
    order = rank_pixels(values)
    assert order[0] == 12
    assert order[1:5].tolist() == [7, 11, 13, 17]
    assert order[5:9].tolist() == [6, 8, 16, 18]


def test_an_empty_map_is_ranked_from_the_middle() -> None:
    assert rank_pixels(np.zeros((3, 3)))[0] == 4


@settings(max_examples=60)
@given(
    st.integers(0, 500),
    st.integers(1, 30),
    st.sampled_from([0.0, 0.5, 0.9]),
    st.sampled_from([1, 16, 64]),
)
def test_the_prefix_passes_and_its_neighbour_fails(
    seed: int, step: int, share: float, batch_size: int
) -> None:
    """Also for random networks, whose answer comes and goes as pixels are added."""
    net = RandomNet((8, 9), classes=3, seed=seed)
    data = net.picture(seed)
    whole = net.row(data.astype(np.float64))
    target = int(whole.argmax())
    needed = share * float(whole[target])
    order = np.random.default_rng(seed).permutation(72)
    asker = asker_for(net, data, target=target, confidence=needed, batch_size=batch_size)

    prefix = finish(ranked_prefix(order, (8, 9), step, asker))

    assert prefix is not None, "the whole input is a prefix, and passes"
    length = prefix.area
    assert prefix == prefix_mask(order, length, (8, 9))
    assert passes(net, data, prefix, target, needed)
    assert length % step == 0 or length == 72
    shorter = (length - 1) // step * step
    if shorter > 0:
        assert not passes(net, data, prefix_mask(order, shorter, (8, 9)), target, needed)


def test_a_monotone_model_gives_the_shortest_prefix() -> None:
    model = RegionClassifier((16, 16), [[(4, 8, 4, 8)]], need=0.5)
    data = model.picture()
    importance = np.zeros((16, 16))
    importance[2:10, 2:10] = 1.0
    order = rank_pixels(importance)
    for step in (1, 3, 10):
        asker = asker_for(model, data)
        prefix = finish(ranked_prefix(order, (16, 16), step, asker))
        lengths = [*range(step, 257, step), 256]
        expected = next(n for n in lengths if passes(model, data, prefix_mask(order, n, (16, 16))))
        assert prefix is not None
        assert prefix.area == expected


def test_a_spoiled_prefix_still_ends_between_pass_and_fail() -> None:
    """Class 1 appears, is spoiled by what comes next, and never returns."""
    model = RegionClassifier((8, 8), [[(0, 2, 0, 8)]], need=0.4, spoiler=(4, 8, 0, 8))
    data = np.ones((1, 8, 8), np.float32)
    order = np.arange(64)
    assert not passes(model, data, prefix_mask(order, 64, (8, 8)))
    prefix = finish(ranked_prefix(order, (8, 8), 1, asker_for(model, data)))
    assert prefix is not None
    assert passes(model, data, prefix)
    assert prefix.area == 7
    assert not passes(model, data, prefix_mask(order, 6, (8, 8)))


def test_nothing_passes() -> None:
    model = AlwaysFirst((6, 6))
    data = np.ones((1, 6, 6), np.float32)
    asker = asker_for(model, data, target=1)
    assert finish(ranked_prefix(np.arange(36), (6, 6), 2, asker)) is None


@pytest.mark.parametrize(("step", "most"), [(10, 80), (1, 100)])
def test_bracketing_asks_far_less_than_one_by_one(step: int, most: int) -> None:
    model = RegionClassifier((64, 64), [[(30, 50, 30, 50)]], need=0.5)
    data = model.picture()
    asker = asker_for(model, data)
    finish(ranked_prefix(np.arange(64 * 64), (64, 64), step, asker))
    assert asker.requests <= most
