"""FID and sFID: against closed forms, and against each other's way of computing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from rex_widgets.bridge.evaluation.frechet import (
    frechet_distance,
    gaussian_distance,
    split_distance,
)
from rex_widgets.errors import InputError


def test_gaussians_with_a_closed_form() -> None:
    mean1, mean2 = np.array([0.0, 1.0]), np.array([3.0, 5.0])
    deviations1, deviations2 = np.array([1.0, 2.0]), np.array([4.0, 0.5])
    # diagonal covariances: |m1 - m2|² + sum of (s1 - s2)²
    expected = 25 + 9 + 2.25
    found = gaussian_distance(mean1, np.diag(deviations1**2), mean2, np.diag(deviations2**2))
    assert found == pytest.approx(expected, rel=1e-12)


def test_gaussians_in_one_dimension_from_samples() -> None:
    first, second = np.array([[0.0], [2.0]]), np.array([[5.0], [11.0]])
    # unbiased deviations: sqrt(2) and sqrt(18)
    assert frechet_distance(first, second) == pytest.approx(49 + (18**0.5 - 2**0.5) ** 2)


@pytest.mark.parametrize("rows", [6, 40])
def test_both_ways_agree_with_the_root_of_the_product(rows: int) -> None:
    random = np.random.default_rng(rows)
    first = random.standard_normal((rows, 12)) @ random.standard_normal((12, 12))
    second = random.standard_normal((rows + 3, 12)) * 2 + 1
    one, two = np.cov(first.T), np.cov(second.T)
    # a multiple of one keeps the root defined where covariances are singular
    root = sqrtm(one @ two + 0j) if rows > 12 else None
    by_hand = gaussian_distance(first.mean(0), one, second.mean(0), two)
    assert frechet_distance(first, second) == pytest.approx(by_hand, rel=1e-6)
    if root is not None:
        apart = np.square(first.mean(0) - second.mean(0)).sum()
        expected = apart + np.trace(one + two - 2 * root.real)
        assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)


def test_a_set_is_at_no_distance_from_itself() -> None:
    rows = np.random.default_rng(0).standard_normal((7, 30)).astype(np.float32)
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(InputError, match="at least two rows"):
        frechet_distance(np.ones((1, 3)), np.ones((5, 3)))
    with pytest.raises(InputError, match="at least two rows"):
        frechet_distance(np.ones((5, 2)), np.ones((5, 3)))
    with pytest.raises(InputError, match="at least 4"):
        split_distance(np.ones((3, 2)), np.ones((3, 2)), np.arange(3))


def test_split_distance_compares_with_other_images_only() -> None:
    # four images of one feature; whatever the halves, the distance of two pairs is known
    before = np.array([[0.0], [1.0], [10.0], [14.0]])
    images = np.array([3, 0, 1, 2])
    after = before[images] + 1
    pairs = [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    possible = []
    for one, two in pairs:
        both = [
            frechet_distance(before[list(a)], before[list(b)] + 1)
            for a, b in ((one, two), (two, one))
        ]
        possible.append(sum(both) / 2)
    single = split_distance(before, after, images, splits=1, seed=5)
    assert min(abs(single.value - value) for value in possible) < 1e-9
    many = split_distance(before, after, images, splits=300, seed=0)
    assert many.value == pytest.approx(np.mean(possible), rel=0.15)
    assert many.deviation > 0 and many.splits == 300


def test_unchanged_pictures_have_no_fid_but_an_sfid() -> None:
    rows = np.random.default_rng(1).standard_normal((12, 20))
    assert frechet_distance(rows, rows) < 1e-9
    assert split_distance(rows, rows, np.arange(12)).value > 1
