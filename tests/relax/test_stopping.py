from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.relax.estimate import estimate
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.stopping import hoeffding_masks, reached
from rex_widgets.relax.sums import Sums


def test_hoeffding_is_the_papers_number():
    assert hoeffding_masks(0.025, 0.05) == 2952
    # by hand: ln(2 / 0.1) / (2 · 0.01) = 149.79
    assert hoeffding_masks(0.1, 0.1) == 150


@pytest.mark.parametrize(("delta", "alpha"), [(0, 0.05), (1, 0.05), (0.1, 0), (0.1, 1), (-1, 0.5)])
def test_hoeffding_refuses_what_means_nothing(delta, alpha):
    with pytest.raises(SettingsError, match=r"0\.025 and 0\.05"):
        hoeffding_masks(delta, alpha)


def test_tolerance_waits_for_an_error_that_is_known_and_small():
    geometry = MaskGeometry((12, 12), 3, "pixels")
    sampler = make_sampler(
        "iid", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0
    )
    sums = Sums(geometry, 8, 1)
    assert not reached(estimate(sums), 10.0)
    stops = []
    for start in range(0, 8192, 16):
        draw = sampler.draw(start, 16)
        noise = np.random.default_rng(start).normal(0, 0.1, (16, 1))
        sums.add(draw, 0.4 + 0.1 * draw.grids[:, 0, 0, None] + noise)
        stops.append(reached(estimate(sums, control_variate=False), 0.2))
    assert not stops[0]
    first = 16 * (1 + stops.index(True))
    # the noise is three times what the cell adds: it is averaged to a fifth of the map's spread
    # within a few thousand masks, and not within a few dozen
    assert 100 < first < 8192


def test_the_level_of_a_map_does_not_count_as_accuracy():
    geometry = MaskGeometry((12, 12), 3, "pixels")
    sampler = make_sampler(
        "iid", cells=geometry.cells, probability=0.5, shifts=geometry.shifts, seed=0
    )
    sums = Sums(geometry, 8, 1)
    sums.add(sampler.draw(0, 512), np.random.default_rng(0).normal(100, 0.1, (512, 1)))
    found = estimate(sums)
    assert found.relative_error < 1e-3, "the level is known well"
    assert not reached(found, 0.3), "nothing is known of where the map is high"
