"""Estimates against exact expectations: no bias, honest errors, less error with control."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from rex_widgets.relax.control import at_places, neighbours
from rex_widgets.relax.estimate import Estimate, estimate
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.sums import Sums
from tests.oracles.relax_exact import exact, rough, straight, with_pairs

FUNCTIONS = {"straight": straight(9), "pairs": with_pairs(9), "rough": rough(9)}
SEEDS = 60


@cache
def _geometry(shift: str = "pixels") -> MaskGeometry:
    return MaskGeometry((12, 12), 3 if shift == "pixels" else 2, shift)


def _estimate(
    sampling: str,
    seed: int,
    masks: int,
    function: str,
    *,
    p: float = 0.5,
    shift: str = "pixels",
    control: bool = True,
    replicates: int = 8,
) -> Estimate:
    geometry = _geometry(shift)
    sampler = make_sampler(
        sampling,
        cells=geometry.cells,
        probability=p,
        shifts=geometry.shifts,
        seed=seed,
        replicates=replicates,
    )
    draw = sampler.draw(0, masks)
    sums = Sums(geometry, replicates, 1, probability=p)
    sums.add(draw, FUNCTIONS[function](draw.grids.reshape(masks, -1))[:, None])
    return estimate(sums, 0, control)


def _errors(sampling, masks, function, *, p=0.5, shift="pixels", control=True):
    importance, uncertainty = exact(_geometry(shift), FUNCTIONS[function], p)
    found = [
        _estimate(sampling, seed, masks, function, p=p, shift=shift, control=control)
        for seed in range(SEEDS)
    ]
    return (
        found,
        np.array([each.importance - importance for each in found]),
        np.array([each.uncertainty - uncertainty for each in found]),
    )


def _rms(values) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize("function", list(FUNCTIONS))
@pytest.mark.parametrize(
    ("sampling", "p"), [("iid", 0.5), ("iid", 0.3), ("sobol", 0.5), ("stratified", 0.3)]
)
def test_estimates_are_unbiased_and_their_errors_are_what_they_say(sampling, p, function):
    found, importance, uncertainty = _errors(sampling, 256, function, p=p)
    for errors, said in (
        (importance, [each.importance_error for each in found]),
        (uncertainty, [each.uncertainty_error for each in found]),
    ):
        # the mean over seeds is that of an unbiased estimator, within what chance allows
        assert _rms(errors.mean(axis=0)) < 2.2 * _rms(errors) / np.sqrt(SEEDS)
        assert 0.7 < np.mean(np.square(said)) / np.mean(errors**2) < 1.45


def test_whole_cell_shifts_are_unbiased_too():
    for control in (False, True):
        found, errors, _ = _errors("iid", 256, "pairs", shift="cells", control=control)
        assert _rms(errors.mean(axis=0)) < 2.2 * _rms(errors) / np.sqrt(SEEDS)
        said = np.mean([np.square(each.importance_error) for each in found])
        assert 0.7 < said / np.mean(errors**2) < 1.4


def test_control_takes_most_of_the_error_of_independent_masks_away():
    for function, times in (("straight", 4.0), ("pairs", 1.5)):
        _, without, _ = _errors("iid", 256, function, control=False)
        _, with_control, _ = _errors("iid", 256, function)
        assert _rms(without) > times * _rms(with_control)


def test_sobol_masks_have_less_error_than_independent_ones():
    _, independent, independent_u = _errors("iid", 256, "pairs")
    _, sobol, sobol_u = _errors("sobol", 256, "pairs")
    assert _rms(independent) > 1.5 * _rms(sobol)
    assert _rms(independent_u) > 1.2 * _rms(sobol_u)


def test_the_relative_errors_are_those_of_the_maps():
    found, errors, _ = _errors("iid", 256, "pairs")
    importance, _ = exact(_geometry(), FUNCTIONS["pairs"], 0.5)
    relative = np.array([each.relative_error for each in found])
    assert _rms(relative) == pytest.approx(_rms(errors) / _rms(importance), rel=0.2)
    centred = errors - errors.mean(axis=(1, 2), keepdims=True)
    shape = importance - importance.mean()
    contrast = np.array([each.contrast_error for each in found])
    assert _rms(contrast) == pytest.approx(_rms(centred) / _rms(shape), rel=0.2)


def test_few_masks_are_not_fitted():
    assert not _estimate("iid", 0, 17, "pairs").control_variate
    assert _estimate("iid", 0, 18, "pairs").control_variate
    assert not _estimate("iid", 0, 256, "pairs", control=False).control_variate


def test_replicates_of_unequal_size_are_weighed():
    # 8 replicates of 16 and a ninth of 1: it must neither crash nor dominate
    found = [_estimate("iid", seed, 129, "pairs", replicates=9) for seed in range(SEEDS)]
    importance, _ = exact(_geometry(), FUNCTIONS["pairs"], 0.5)
    actual = np.mean([(each.importance - importance) ** 2 for each in found])
    said = np.mean([each.importance_error**2 for each in found])
    assert 0.6 < said / actual < 1.7


def test_equal_replicates_without_control_give_the_textbook_error():
    geometry = _geometry()
    sampler = make_sampler(
        "iid", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0, replicates=4
    )
    draw = sampler.draw(0, 4 * 16 * 200)
    values = np.random.default_rng(0).normal(0.5, 0.1, len(draw))
    sums = Sums(geometry, 4, 1)
    sums.add(draw, values[:, None])
    found = estimate(sums, control_variate=False)
    masks = geometry.masks(draw).astype(np.float64)
    ratios = [
        np.tensordot(values[mine], masks[mine], 1) / masks[mine].sum(axis=0)
        for mine in (draw.replicates == replicate for replicate in range(4))
    ]
    textbook = np.std(ratios, axis=0, ddof=1) / 2
    # the weights of replicates differ a little, and so does the jackknife
    np.testing.assert_allclose(found.importance_error, textbook, rtol=0.1)


def test_one_replicate_says_nothing_about_its_error():
    found = _estimate("iid", 0, 16, "pairs")
    assert np.isinf(found.importance_error).all()
    assert found.relative_error == found.contrast_error == np.inf
    assert np.isfinite(found.importance).all()


def test_no_masks_give_zeros():
    found = estimate(Sums(_geometry(), 8, 1))
    assert found.masks == 0
    for values in (found.importance, found.uncertainty, found.weights, found.uncertainty_released):
        assert values.shape == (12, 12)
        assert values.dtype == np.float32
        assert not values.any()
    assert found.relative_error == np.inf


@pytest.mark.parametrize("control", [False, True])
def test_a_constant_similarity_has_no_uncertainty_and_no_error(control):
    geometry = _geometry()
    sampler = make_sampler(
        "iid", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0
    )
    sums = Sums(geometry, 8, 1)
    sums.add(sampler.draw(0, 128), np.full((128, 1), -0.25))
    found = estimate(sums, 0, control)
    np.testing.assert_allclose(found.importance, -0.25, rtol=1e-6)
    np.testing.assert_allclose(found.uncertainty, 0, atol=1e-10)
    np.testing.assert_allclose(found.importance_error, 0, atol=1e-9)
    assert found.relative_error < 1e-8


def test_the_uncertainty_is_that_of_the_masks_drawn():
    with_control = _estimate("iid", 0, 256, "pairs")
    without = _estimate("iid", 0, 256, "pairs", control=False)
    assert with_control.control_variate
    np.testing.assert_array_equal(with_control.uncertainty, without.uncertainty)


def test_targets_do_not_mix():
    geometry = _geometry()
    sampler = make_sampler(
        "sobol", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0
    )
    draw = sampler.draw(0, 256)
    grids = draw.grids.reshape(256, -1)
    values = np.stack([function(grids) for function in FUNCTIONS.values()], axis=1)
    together = Sums(geometry, 8, 3)
    together.add(draw, values)
    for target in range(3):
        alone = Sums(geometry, 8, 1)
        alone.add(draw, values[:, target : target + 1])
        np.testing.assert_array_equal(
            estimate(together, target).importance, estimate(alone).importance
        )


@pytest.mark.parametrize("sampling", ["iid", "sobol"])
def test_errors_are_honest_with_barely_five_masks_a_cell(sampling):
    geometry = MaskGeometry((21, 21), 7, "pixels")
    rng = np.random.default_rng(0)
    slopes, pairs = rng.normal(size=49), neighbours((7, 7))
    strength = rng.normal(0.4, 0.4, len(pairs))

    def similarity(grids):
        centred = grids.reshape(len(grids), -1) - 0.5
        products = centred[:, pairs[:, 0]] * centred[:, pairs[:, 1]]
        return 0.7 + 0.02 * (centred @ slopes) + 0.02 * (products @ strength)

    # pairs of cells are 0 on average
    expected = 0.7 + 0.5 * at_places(geometry, 0.02 * slopes)
    actual, said, without = [], [], []
    for seed in range(24):
        sampler = make_sampler(
            sampling, cells=(7, 7), probability=0.5, shifts=geometry.shifts, seed=seed
        )
        draw = sampler.draw(0, 256)
        sums = Sums(geometry, 8, 1)
        noise = 0.01 * np.random.default_rng(seed).normal(size=256)
        sums.add(draw, (similarity(draw.grids) + noise)[:, None])
        found = estimate(sums)
        actual.append(np.mean((found.importance - expected) ** 2))
        said.append(np.mean(found.importance_error**2))
        plain = estimate(sums, control_variate=False)
        without.append(np.mean((plain.importance - expected) ** 2))
    assert 0.75 < np.sqrt(np.mean(said) / np.mean(actual)) < 1.5
    assert np.mean(without) > 1.4 * np.mean(actual)


def test_the_error_of_pure_noise_is_larger_than_what_is_seen():
    geometry = MaskGeometry((12, 12), 3, "pixels")
    sampler = make_sampler(
        "iid", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0
    )
    found = []
    for seed in range(20):
        sums = Sums(geometry, 8, 1)
        sums.add(sampler.draw(0, 512), np.random.default_rng(seed).normal(0.5, 0.1, (512, 1)))
        found.append(estimate(sums, control_variate=False).contrast_error)
    # the map is nothing but its errors: a share of what is seen would stay near 1
    assert np.median(found) > 1.2
