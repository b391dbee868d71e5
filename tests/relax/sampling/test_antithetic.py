"""Pairs of masks that show opposite cells."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.sampling.antithetic import AntitheticSampler


def test_a_pair_shows_every_place_once() -> None:
    geometry = MaskGeometry((33, 40), 5, "pixels")
    draw = AntitheticSampler(geometry.cells, 0.5, geometry.shifts, 1, 3).draw(0, 6 * BLOCK)
    np.testing.assert_array_equal(draw.grids[1::2], ~draw.grids[0::2])
    np.testing.assert_array_equal(draw.shifts[1::2], draw.shifts[0::2])
    masks = geometry.masks(draw)
    np.testing.assert_allclose(masks[0::2] + masks[1::2], 1.0, rtol=0, atol=1e-6)


def test_pairs_are_independent_of_each_other() -> None:
    draw = AntitheticSampler((6,), 0.5, (6,), 1, 1).draw(0, 8000)
    first, next_pair = draw.grids[0:-2:2], draw.grids[2::2]
    agreement = (first == next_pair).mean(axis=0)
    assert np.abs(agreement - 0.5).max() < 5 * 0.5 / np.sqrt(4000)


@pytest.mark.parametrize(("probability", "both"), [(0.3, 0.0), (0.8, 0.6)])
def test_a_cell_is_kept_twice_only_where_it_must(probability: float, both: float) -> None:
    draw = AntitheticSampler((6,), probability, (6,), 1, 2).draw(0, 8000)
    twice = (draw.grids[0::2] & draw.grids[1::2]).mean(axis=0)
    assert np.abs(twice - both).max() <= 5 * np.sqrt(both * (1 - both) / 4000)
