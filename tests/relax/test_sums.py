"""Sums without masks against loops over masks; batches, order, saving."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rex_widgets.errors import ModelError
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.estimate import estimate
from rex_widgets.relax.map_sums import GridSums, PlaceSums, map_sums
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.sums import Sums
from tests.oracles.relax_loop import west

SPACES = [((20,), 4), ((13, 11), 3), ((7, 6, 5), 2)]


def _draw(geometry: MaskGeometry, count: int, replicates: int = 4, p: float = 0.5) -> Draw:
    sampler = make_sampler(
        "iid",
        cells=geometry.cells,
        probability=p,
        shifts=geometry.shifts,
        seed=3,
        replicates=replicates,
    )
    return sampler.draw(0, count)


def _part(draw: Draw, start: int, stop: int) -> Draw:
    of = slice(start, stop)
    return Draw(draw.grids[of], draw.shifts[of], draw.replicates[of])


def _filled(
    geometry: MaskGeometry, draw: Draw, values: np.ndarray, *borders: int, initial: float = 1e-10
) -> Sums:
    sums = Sums(geometry, 4, values.shape[1], initial)
    edges = [0, *borders, len(values)]
    for start, stop in pairwise(edges):
        sums.add(_part(draw, start, stop), values[start:stop])
    return sums


@pytest.mark.parametrize(("space", "cells"), SPACES)
@pytest.mark.parametrize("shift", ["pixels", "cells"])
def test_estimate_without_control_is_wests_loop(space, cells, shift):
    geometry = MaskGeometry(space, cells, shift)
    draw = _draw(geometry, 90)
    values = np.random.default_rng(0).normal(0.7, 0.05, (90, 2))
    for target in range(2):
        found = estimate(_filled(geometry, draw, values), target, control_variate=False)
        weights, mean, squares = west(geometry.masks(draw), values[:, target], 1e-10)
        np.testing.assert_allclose(found.importance, mean, rtol=3e-7)
        np.testing.assert_allclose(found.uncertainty, squares / weights, rtol=2e-6)
        np.testing.assert_allclose(found.uncertainty_released, squares, rtol=2e-6)
        np.testing.assert_allclose(found.weights, weights, rtol=3e-7)


@pytest.mark.parametrize("initial", [0.0, 1e-10, 0.5, 30.0])
@pytest.mark.parametrize("level", [0.0, 0.8, -3.0])
def test_the_initial_weight_counts_as_a_similarity_of_zero(initial, level):
    geometry = MaskGeometry((13, 11), 3, "pixels")
    draw = _draw(geometry, 60)
    values = np.random.default_rng(0).normal(level, 0.1, (60, 1))
    sums = Sums(geometry, 4, 1, initial)
    sums.add(draw, values)
    found = estimate(sums, control_variate=False)
    weights, mean, squares = west(geometry.masks(draw), values[:, 0], initial)
    np.testing.assert_allclose(found.importance, mean, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.uncertainty_released, squares, rtol=1e-5)
    np.testing.assert_allclose(found.uncertainty, squares / weights, rtol=1e-5)


def test_a_small_variance_beside_a_large_level_keeps_its_digits():
    geometry = MaskGeometry((13, 11), 3, "pixels")
    draw = _draw(geometry, 200)
    noise = np.random.default_rng(0).normal(0, 1e-3, (200, 1))
    near = estimate(_filled(geometry, draw, noise, initial=0.0), control_variate=False)
    large = _filled(geometry, draw, 2.0**20 + noise, initial=0.0)
    far = estimate(large, control_variate=False)
    # the similarities themselves are rounded to 1e-10 at this level
    np.testing.assert_allclose(far.uncertainty, near.uncertainty, rtol=1e-5)


@pytest.mark.parametrize("kind", [GridSums, PlaceSums])
@pytest.mark.parametrize(("space", "cells"), SPACES)
def test_both_ways_to_keep_sums_are_the_masks_own(kind, space, cells):
    geometry = MaskGeometry(space, cells, "pixels")
    draw = _draw(geometry, 75)
    values = np.random.default_rng(1).normal(size=(75, 2))
    kept = kind(geometry, 4, 2)
    kept.add(_part(draw, 0, 33), values[:33])
    kept.add(_part(draw, 33, 75), values[33:])
    masks = geometry.masks(draw).astype(np.float64)
    for target in range(2):
        powers = values[:, target, None] ** np.arange(3)
        found = kept.at_places(target)
        for replicate in range(4):
            mine = draw.replicates == replicate
            expected = np.tensordot(powers[mine].T, masks[mine], 1)
            np.testing.assert_allclose(found[replicate], expected, atol=2e-5)


def test_sums_are_by_shift_where_that_is_smaller():
    assert isinstance(map_sums(MaskGeometry((224, 224), 7, "pixels"), 8, 1), GridSums)
    assert isinstance(map_sums(MaskGeometry((40, 40), 20, "pixels"), 8, 1), PlaceSums)


@pytest.mark.parametrize(("side", "cells"), [(24, 3), (24, 12)])
def test_batches_do_not_show_in_any_bit(side, cells):
    geometry = MaskGeometry((side, side), cells, "pixels")
    draw = _draw(geometry, 150)
    values = np.random.default_rng(2).normal(size=(150, 2))
    _, once = _filled(geometry, draw, values).state()
    for borders in [(1,), (16, 32), (7, 8, 100), tuple(range(5, 150, 5))]:
        _, pieces = _filled(geometry, draw, values, *borders).state()
        assert once.keys() == pieces.keys()
        for name, array in once.items():
            np.testing.assert_array_equal(array, pieces[name], err_msg=name)


@pytest.mark.parametrize(("side", "cells"), [(24, 3), (24, 12)])
def test_saved_sums_go_on_to_the_same_bits(side, cells):
    geometry = MaskGeometry((side, side), cells, "pixels")
    draw = _draw(geometry, 150)
    values = np.random.default_rng(2).normal(size=(150, 2))
    whole = _filled(geometry, draw, values)
    state, arrays = _filled(geometry, _part(draw, 0, 53), values[:53]).state()
    again = Sums(geometry, 4, 2)
    again.restore(state, {name: array.copy() for name, array in arrays.items()})
    assert again.count == 53
    again.add(_part(draw, 53, 150), values[53:])
    for name, array in whole.state()[1].items():
        np.testing.assert_array_equal(array, again.state()[1][name], err_msg=name)
    np.testing.assert_array_equal(estimate(whole, 1).importance, estimate(again, 1).importance)


def test_a_damaged_state_is_refused_and_named():
    geometry = MaskGeometry((24, 24), 3, "pixels")
    sums = _filled(geometry, _draw(geometry, 20), np.ones((20, 1)))
    state, arrays = sums.state()
    with pytest.raises(ValueError, match="maps_first is missing"):
        Sums(geometry, 4, 1).restore(state, {k: v for k, v in arrays.items() if k != "maps_first"})
    with pytest.raises(ValueError, match="reference is float64"):
        Sums(geometry, 4, 2).restore(state, arrays)
    with pytest.raises(ValueError, match="20 masks are summed, but 21 were noted"):
        Sums(geometry, 4, 1).restore({"masks": 21}, arrays)


def test_memory_does_not_grow_with_masks():
    geometry = MaskGeometry((224, 224), 7, "pixels")
    sums = Sums(geometry, 8, 1)
    before = sum(array.nbytes for array in sums.state()[1].values())
    draw = _draw(geometry, 640, 8)
    sums.add(draw, np.random.default_rng(0).normal(size=(640, 1)))
    after = sum(array.nbytes for array in sums.state()[1].values())
    assert after == before < 3_500_000


def test_similarities_that_are_no_numbers_are_refused():
    geometry = MaskGeometry((13, 11), 3, "pixels")
    with pytest.raises(ModelError, match="2 of 20 similarities"):
        Sums(geometry, 4, 1).add(_draw(geometry, 20), np.r_[np.nan, np.inf, np.ones(18)])


def test_mean_similarity_is_the_plain_mean():
    geometry = MaskGeometry((13, 11), 3, "pixels")
    values = np.random.default_rng(2).normal(size=(30, 2))
    sums = _filled(geometry, _draw(geometry, 30), values)
    assert sums.mean_similarity(1) == pytest.approx(values[:, 1].mean())
    assert Sums(geometry, 4, 1).mean_similarity() == 0.0
