"""The fit against numpy's least squares, and its known averages against all grids."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.relax.control import MAX_CELLS, Pairs, at_places, line
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sums import Sums
from tests.oracles.relax_exact import exact


def _grids(count: int, cells: int, p: float) -> np.ndarray:
    return np.random.default_rng(0).random((count, cells)) < p


@pytest.mark.parametrize("p", [0.5, 0.2])
def test_the_fit_is_numpys_least_squares(p):
    grids = _grids(80, 6, p)
    values = np.random.default_rng(1).normal(size=80)
    powers = np.stack([values, values**2])
    fit = line(
        np.array([80.0]),
        (grids.T.astype(float) @ grids)[None],
        np.stack([grids.sum(axis=0), *(powers @ grids)])[None].astype(float),
        powers.sum(axis=1)[None],
        p,
    )
    design = np.c_[np.ones(80), grids - p]
    for power in range(2):
        expected = np.linalg.lstsq(design, powers[power], rcond=None)[0]
        np.testing.assert_allclose(fit.intercept[0, power], expected[0], rtol=1e-6)
        np.testing.assert_allclose(fit.slopes[0, power], expected[1:], rtol=1e-6, atol=1e-8)
        drawn = ((grids - p) @ expected[1:]) @ grids
        np.testing.assert_allclose(fit.noise[0, power], drawn, rtol=1e-5, atol=1e-6)


def test_masks_that_are_all_the_same_can_be_fitted():
    grids = np.ones((40, 4))
    cells = np.stack([grids.sum(axis=0)] * 3)[None]
    fit = line(np.array([40.0]), (grids.T @ grids)[None], cells, np.array([[40.0, 40.0]]), 0.5)
    assert np.isfinite(fit.slopes).all()


@pytest.mark.parametrize("p", [0.5, 0.3])
@pytest.mark.parametrize("shift", ["pixels", "cells"])
def test_the_known_average_of_the_line_is_that_over_all_grids(p, shift):
    geometry = MaskGeometry((9, 8), 3 if shift == "pixels" else 2, shift)
    slopes = np.random.default_rng(0).normal(size=9)
    expected, _ = exact(geometry, lambda grids: 0.4 + (grids - p) @ slopes, p)
    known = 0.4 + (1 - p) * at_places(geometry, slopes)
    np.testing.assert_allclose(known, expected, rtol=1e-5, atol=1e-6)


def test_pairs_are_counted_by_replicate():
    grids = _grids(50, 6, 0.5)
    replicates = np.arange(50) % 3
    pairs = Pairs(3, 6)
    for part in (slice(0, 20), slice(20, 50)):
        shifts = np.zeros((50, 1), np.int64)
        pairs.add(Draw(grids[part], shifts[part], replicates[part]))
    for replicate in range(3):
        mine = grids[replicates == replicate].astype(int)
        np.testing.assert_array_equal(pairs.counts[replicate], mine.T @ mine)


def test_large_grids_have_no_pairs():
    side = int(MAX_CELLS**0.5) + 1
    assert Sums(MaskGeometry((64, 64), side, "pixels"), 2, 1).pairs is None
    assert Sums(MaskGeometry((64, 64), side - 1, "pixels"), 2, 1).pairs is not None
