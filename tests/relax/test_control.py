"""The fit against numpy's least squares, and its known averages against all grids."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.relax.control import (
    MAX_TERMS,
    PAIR_RIDGE,
    RIDGE,
    Terms,
    at_places,
    fit,
    neighbours,
    variances,
)
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sums import Sums
from tests.oracles.relax_exact import exact


def _grids(count: int, cells: int, p: float) -> np.ndarray:
    return np.random.default_rng(0).random((count, cells)) < p


def _sums(grids: np.ndarray, values: np.ndarray, p: float, shape: tuple[int, int]):
    pairs = neighbours(shape)
    terms = np.c_[np.ones(len(grids)), grids, grids[:, pairs[:, 0]] * grids[:, pairs[:, 1]]]
    powers = np.stack([values, values**2], axis=1)
    found = fit((terms.T @ terms)[None], (terms.T @ powers)[None], grids.shape[1], pairs, p)
    g = grids - p
    return found, powers, np.c_[np.ones(len(grids)), g, g[:, pairs[:, 0]] * g[:, pairs[:, 1]]]


@pytest.mark.parametrize("p", [0.5, 0.2])
def test_the_fit_is_numpys_least_squares_with_pseudo_observations(p):
    grids = _grids(80, 6, p).astype(float)
    values = np.random.default_rng(1).normal(size=80)
    found, powers, design = _sums(grids, values, p, (2, 3))
    pairs = design.shape[1] - 7
    variance = p * (1 - p)
    roots = np.r_[np.full(6, RIDGE * variance), np.full(pairs, PAIR_RIDGE * variance**2)] ** 0.5
    penalty = np.c_[np.zeros(6 + pairs), np.diag(roots)]
    for power in range(2):
        right = np.r_[powers[:, power], np.zeros(6 + pairs)]
        expected = np.linalg.lstsq(np.r_[design, penalty], right, rcond=None)[0]
        np.testing.assert_allclose(found.intercept[0, power], expected[0], rtol=1e-6)
        np.testing.assert_allclose(found.slopes[0, power], expected[1:7], rtol=1e-6, atol=1e-8)
        drawn = (design[:, 1:] @ expected[1:]) @ grids
        np.testing.assert_allclose(found.drawn[0, power], drawn, rtol=1e-5, atol=1e-6)


def test_variances_are_those_of_least_squares_without_pairs():
    grids = _grids(80, 6, 0.3).astype(float)
    pairs = neighbours((2, 3))
    terms = np.c_[np.ones(80), grids, grids[:, pairs[:, 0]] * grids[:, pairs[:, 1]]]
    design = np.c_[np.ones(80), grids - 0.3]
    penalty = np.diag(np.r_[0, np.full(6, RIDGE * 0.3 * 0.7)])
    expected = np.diag(np.linalg.inv(design.T @ design + penalty))
    found = variances((terms.T @ terms)[None], 6, pairs, 0.3)
    np.testing.assert_allclose(found[0], expected, rtol=1e-9)


def test_masks_that_are_all_the_same_can_be_fitted():
    found, _, _ = _sums(np.ones((40, 4)), np.ones(40), 0.5, (2, 2))
    assert np.isfinite(found.slopes).all()


def test_neighbours_touch_and_are_counted_once():
    assert neighbours((4,)).tolist() == [[0, 1], [1, 2], [2, 3]]
    assert sorted(map(tuple, neighbours((2, 2)).tolist())) == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 2),
        (1, 3),
        (2, 3),
    ]
    assert len(neighbours((7, 7))) == 156
    for shape in ((7, 5), (3, 4, 2)):
        at = np.array(np.unravel_index(neighbours(shape), shape))
        assert (abs(at[:, :, 0] - at[:, :, 1]).max(axis=0) == 1).all()
        assert (neighbours(shape)[:, 0] < neighbours(shape)[:, 1]).all()
        assert len(np.unique(neighbours(shape), axis=0)) == len(neighbours(shape))


@pytest.mark.parametrize("p", [0.5, 0.3])
@pytest.mark.parametrize("shift", ["pixels", "cells"])
def test_the_known_average_of_the_line_is_that_over_all_grids(p, shift):
    geometry = MaskGeometry((9, 8), 3 if shift == "pixels" else 2, shift)
    slopes = np.random.default_rng(0).normal(size=9)
    expected, _ = exact(geometry, lambda grids: 0.4 + (grids - p) @ slopes, p)
    known = 0.4 + (1 - p) * at_places(geometry, slopes)
    np.testing.assert_allclose(known, expected, rtol=1e-5, atol=1e-6)


def test_terms_are_counted_exactly_by_replicate():
    grids = _grids(50, 6, 0.5).reshape(50, 2, 3)
    values = np.random.default_rng(1).normal(size=(50, 2))
    replicates = np.arange(50) % 3
    terms = Terms((2, 3), 3, 2)
    for part in (slice(0, 20), slice(20, 50)):
        draw = Draw(grids[part], np.zeros((50, 2), np.int64)[part], replicates[part])
        terms.add(draw, values[part])
    flat = grids.reshape(50, 6).astype(float)
    first, second = neighbours((2, 3)).T
    design = np.c_[np.ones(50), flat, flat[:, first] * flat[:, second]]
    for replicate in range(3):
        mine = design[replicates == replicate]
        np.testing.assert_array_equal(terms.gram[replicate], mine.T @ mine)
        expected = mine.T @ values[replicates == replicate]
        np.testing.assert_allclose(terms.products[replicate], expected)


def test_large_grids_have_no_pairs_and_larger_ones_no_control():
    assert len(Terms((10, 10), 2, 1).neighbours)
    assert not len(Terms((12, 12), 2, 1).neighbours)
    side = int(MAX_TERMS**0.5) + 1
    assert Sums(MaskGeometry((64, 64), side, "pixels"), 2, 1).terms is None
    assert Sums(MaskGeometry((64, 64), side - 1, "pixels"), 2, 1).terms is not None
