from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.bridge.areas import region_of_map
from rex_widgets.bridge.areas.maps import chosen_sign, ready_map, smoothed, without_outliers
from rex_widgets.errors import InputError, SettingsError


def test_outliers_by_hand() -> None:
    # Sorted: 1 1 2 6 10, sums 1 2 4 10 20; half of the mass is reached at 6.
    values = np.array([[1.0, -10.0, 2.0, 6.0, 1.0]])
    assert np.allclose(without_outliers(values, 0.5), [[1 / 6, -1, 2 / 6, 1, 1 / 6]])
    assert np.allclose(without_outliers(values, 1.0), values / 10)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30), st.floats(0.01, 1.0))
def test_outliers_like_a_loop(numbers: list[int], share: float) -> None:
    if not any(numbers):
        numbers[0] = 1
    values = np.array([numbers], np.float64)
    total, found = 0.0, 0.0
    for value in sorted(abs(n) for n in numbers):
        total += value
        if total >= share * sum(abs(n) for n in numbers) - 1e-9:
            found = value
            break
    expected = [min(max(n / found, -1.0), 1.0) for n in numbers]
    assert np.allclose(without_outliers(values, share), [expected])


def test_signs() -> None:
    values = np.array([[1.0, -2.0]])
    assert chosen_sign(values, "absolute_value").tolist() == [[1, 2]]
    assert chosen_sign(values, "positive").tolist() == [[1, 0]]
    assert chosen_sign(values, "negative").tolist() == [[0, 2]]
    assert chosen_sign(values, "all").tolist() == [[1, -2]]
    with pytest.raises(SettingsError, match="absolute_value, positive, negative, all"):
        chosen_sign(values, "both")
    with pytest.raises(InputError, match="No value of the map is negative"):
        chosen_sign(np.ones((2, 2)), "negative")


def test_smoothing_keeps_a_plain_map_and_spreads_a_point() -> None:
    assert np.allclose(smoothed(np.ones((6, 6)), 1.5), 1)
    point = np.zeros((9, 9))
    point[4, 4] = 1
    spread = smoothed(point, 1.0)
    assert spread[4, 4] < 0.2
    assert spread[4, 5] == pytest.approx(spread[4, 4] * np.exp(-0.5), rel=1e-3)
    assert smoothed(point, 0) is point
    for sigma in (-1.0, 100.0, float("nan")):
        with pytest.raises(SettingsError, match="smoothing"):
            smoothed(point, sigma)


@pytest.mark.parametrize("share", [0.0, 1.01, float("nan")])
def test_share_out_of_range(share: float) -> None:
    with pytest.raises(SettingsError, match="outlier"):
        without_outliers(np.ones((2, 2)), share)


def test_region_of_a_given_map() -> None:
    heat = np.zeros((8, 8))
    heat[4:, :4] = 3.0
    heat[0, 0] = 4.0
    found = region_of_map(heat, cell_size=4, area=0.3)
    assert found.region[4:, :4].all()
    assert found.region.sum() == 16
    assert found.area == 0.25
    assert found.map.dtype == np.float32
    assert found.map.max() == 1
    assert found.cells.tolist() == [[4, 8, 0, 4]]
    same = region_of_map(torch.tensor(heat), cell_size=4, area=0.3)
    assert (same.region == found.region).all()


def test_a_map_of_any_scale() -> None:
    heat = np.random.default_rng(0).random((8, 8))
    expected = region_of_map(heat, cell_size=2, area=0.4).region
    for scale in (1e-300, 1e-12, 1e300):
        assert (region_of_map(heat * scale, cell_size=2, area=0.4).region == expected).all()


def test_cells_worth_nothing_join_the_others() -> None:
    heat = np.zeros((12, 12))
    heat[8:10, 8:10] = 1
    region = region_of_map(heat, cell_size=2, area=0.15).region
    assert region.sum() == 20
    assert region[8:10, 8:10].all()
    assert not region[:5].any()


@pytest.mark.parametrize(
    ("heat", "words"),
    [
        (
            np.zeros((4, 4)),
            "zero everywhere.* more iterations .*another method, or draw the region",
        ),
        (np.full((4, 4), np.nan), "16 of the map's 16 values are not finite"),
        (np.ones((3, 4, 4)), "one value a pixel"),
        (np.ones((4, 4), complex), "real numbers"),
        (np.array([["a", "b"]]), "real numbers"),
    ],
)
def test_maps_that_cannot_be(heat: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        region_of_map(heat, cell_size=2, area=0.5)


def test_order_of_the_steps() -> None:
    # Clipped first and smoothed then: the peak of 100 counts no more than its neighbours.
    heat = np.ones((5, 5))
    heat[2, 2] = 100
    ready = ready_map(heat, outlier=0.1, smoothing=1.0)
    assert np.allclose(ready, 1)
