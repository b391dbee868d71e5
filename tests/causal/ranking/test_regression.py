"""Cells, and the regression of confidence on their visibility."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.causal.ranking.cells import Cells, prior_covariance
from rex_widgets.causal.ranking.regression import KINDS, KNOTS, LOOSE, Regression


def test_pooling_is_the_mean_of_each_cell() -> None:
    cells = Cells((5, 4), (2, 2))
    mask = np.zeros((5, 4), np.bool_)
    mask[0, :3] = True
    assert cells.pooled(mask).tolist() == pytest.approx([0.5, 0.25, 0.0, 0.0])


@pytest.mark.parametrize(
    ("shape", "counts"), [((9,), (3,)), ((12, 8), (4, 2)), ((4, 6, 8), (2, 3, 1))]
)
def test_spreading_hits_the_centres_and_stays_between(
    shape: tuple[int, ...], counts: tuple[int, ...]
) -> None:
    cells = Cells(shape, counts)
    values = np.random.default_rng(0).standard_normal(cells.number)
    spread = cells.spread(values)
    assert spread.shape == shape
    assert spread.max() <= values.max() + 1e-12
    assert spread.min() >= values.min() - 1e-12
    constant = cells.spread(np.full(cells.number, 2.5))
    np.testing.assert_allclose(constant, 2.5)


def test_spreading_one_axis_by_hand() -> None:
    np.testing.assert_allclose(
        Cells((6,), (3,)).spread(np.array([0.0, 1.0, 3.0])), [0, 0.25, 0.75, 1.5, 2.5, 3]
    )


@pytest.mark.parametrize("counts", [(5,), (6, 4), (3, 2, 3)])
def test_the_prior_is_a_covariance(counts: tuple[int, ...]) -> None:
    covariance = prior_covariance(counts)
    np.testing.assert_allclose(np.diag(covariance), 1)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert covariance[0, 1] > covariance[0, -1]


def _learned(
    seed: int, noise: float, number: int = 800
) -> tuple[Regression, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(seed)
    regression = Regression(Cells((12, 12), (6, 6)))
    effects = np.zeros((6, 6))
    effects[1:3, 2:5] = 1.0
    shown = (generator.random((number, 36)) < 0.5).astype(float)
    kinds = generator.integers(0, 2, number)
    responses = shown @ effects.ravel() + 3 * shown.mean(axis=1) + 2.0 * kinds
    responses = responses + noise * generator.standard_normal(number)
    regression.add(shown, kinds, responses)
    return regression, effects.ravel(), (shown, kinds, responses)


def test_known_effects_are_found() -> None:
    regression, effects, _ = _learned(0, 0.5)
    found = regression.effects()
    # what depends on the visible share alone belongs to the function of the share
    assert np.corrcoef(found, effects)[0, 1] > 0.97


def test_effects_are_those_of_the_normal_equations() -> None:
    regression, _, (shown, kinds, responses) = _learned(1, 0.5, 300)
    found = regression.effects()
    share = shown.mean(axis=1)
    hats = np.zeros((len(share), KINDS, len(KNOTS)))
    for row, (value, kind) in enumerate(zip(share, kinds, strict=True)):
        for knot in range(len(KNOTS)):
            unit = np.zeros(len(KNOTS))
            unit[knot] = 1
            hats[row, kind, knot] = np.interp(value, KNOTS, unit)
    design = np.concatenate([shown, hats.reshape(len(share), -1)], axis=1)
    prior = np.eye(design.shape[1]) * LOOSE
    prior[:36, :36] = prior_covariance((6, 6))
    inner = design @ prior @ design.T + regression.ratio * np.eye(len(share))
    expected = prior @ design.T @ np.linalg.solve(inner, responses)
    np.testing.assert_allclose(found, expected[:36], atol=1e-6)


def test_more_noise_is_believed_less() -> None:
    quiet, loud = _learned(2, 0.05)[0], _learned(2, 5.0)[0]
    quiet.effects()
    loud.effects()
    assert loud.ratio > 10 * quiet.ratio


def test_equal_answers_have_no_effects() -> None:
    regression = Regression(Cells((8, 8), (4, 4)))
    assert not regression.effects().any()
    shown = (np.random.default_rng(0).random((50, 16)) < 0.5).astype(float)
    regression.add(shown, np.zeros(50, np.int64), np.full(50, 0.25))
    assert not regression.effects().any()


def test_restored_sums_give_the_same_effects() -> None:
    regression, _, (shown, kinds, responses) = _learned(3, 0.5)
    regression.effects()
    other = Regression(regression.cells)
    other.restore(regression.arrays())
    for one in (regression, other):
        one.add(shown[:50], kinds[:50], responses[:50])
    assert np.array_equal(regression.effects(), other.effects())
