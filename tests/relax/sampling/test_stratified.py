"""The number of kept cells covers its distribution evenly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from rex_widgets.relax.sampling.iid import IidSampler
from rex_widgets.relax.sampling.stratified import StratifiedSampler, _golden


def test_powers_of_the_golden_ratio() -> None:
    np.testing.assert_allclose(_golden(1), [(np.sqrt(5) - 1) / 2], rtol=0, atol=1e-15)
    ratio = 1 / _golden(2)[0]
    assert ratio**3 == pytest.approx(ratio + 1, abs=1e-14)
    np.testing.assert_allclose(_golden(3), _golden(3)[0] ** np.arange(1, 4), rtol=0, atol=1e-15)


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_the_number_of_kept_cells_follows_its_distribution_closely(probability: float) -> None:
    # Largest distance of the distribution found from the binomial one, over seeds.
    distances = {}
    for sampler in (StratifiedSampler, IidSampler):
        found = []
        for seed in range(20):
            draw = sampler((5, 6), probability, (5, 6), seed, 1).draw(0, 256)
            kept = draw.grids.reshape(256, -1).sum(axis=1)
            below = (kept[:, None] <= np.arange(30)).mean(axis=0)
            found.append(np.abs(below - binom.cdf(np.arange(30), 30, probability)).max())
        distances[sampler.name] = max(found)
    # An additive recurrence misses by a few points of 256, chance by about 1/sqrt(256).
    assert distances["stratified"] < 4 / 256
    assert distances["iid"] > 10 / 256


def test_shifts_are_covered_evenly_together_with_it() -> None:
    draw = StratifiedSampler((5, 6), 0.5, (5, 6), 2, 1).draw(0, 960)
    tally = np.zeros((5, 6))
    np.add.at(tally, tuple(draw.shifts.T), 1)
    assert np.abs(tally - 32).max() <= 5


def test_which_cells_are_kept_is_chance() -> None:
    draw = StratifiedSampler((8,), 0.5, (8,), 2, 1).draw(0, 8000)
    grids = draw.grids.astype(float) - 0.5
    products = grids.T @ grids / 8000
    np.fill_diagonal(products, 0)
    assert np.abs(products).max() < 5 * 0.25 / np.sqrt(8000)
