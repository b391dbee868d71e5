"""Scrambled Sobol' masks: exact balance in powers of two, without end."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling import sobol
from rex_widgets.relax.sampling.sobol import SobolSampler


@pytest.mark.parametrize("cells", [(9,), (7, 7), (4, 3, 4)])
@pytest.mark.parametrize(("probability", "runs"), [(0.5, 16), (0.5, 256), (0.25, 64), (0.375, 32)])
def test_each_cell_is_kept_exactly_as_often_as_asked(
    cells: tuple[int, ...], probability: float, runs: int
) -> None:
    sampler = SobolSampler(cells, probability, cells, 4, 3)
    draw = sampler.draw(0, 3 * runs)
    for replicate in range(3):
        kept = draw.grids[draw.replicates == replicate].sum(axis=0)
        np.testing.assert_array_equal(kept, int(probability * runs))
    # Also in the second 2^k points.
    kept = sampler.draw(3 * runs, 3 * runs).grids.sum(axis=0)
    np.testing.assert_array_equal(kept, int(3 * probability * runs))


def test_shifts_are_covered_evenly() -> None:
    draw = SobolSampler((7, 7), 0.5, (8, 4), 4, 1).draw(0, 256)
    for axis, count in enumerate((8, 4)):
        tally = np.bincount(draw.shifts[:, axis])
        np.testing.assert_array_equal(tally, np.full(count, 256 // count))


def test_cells_and_shifts_come_from_one_point() -> None:
    from scipy.stats.qmc import Sobol

    sampler = SobolSampler((3, 2), 0.3, (5, 4), 11, 2)
    # Block 1 of replicate 0 holds the masks from 2 * BLOCK.
    draw = sampler.draw(2 * BLOCK, BLOCK)
    points = Sobol(8, scramble=True, seed=sampler._generator(0, 0)).random(2 * BLOCK)[BLOCK:]
    np.testing.assert_array_equal(draw.grids.reshape(BLOCK, -1), points[:, :6] < 0.3)
    np.testing.assert_array_equal(draw.shifts, (points[:, 6:] * [5, 4]).astype(int))


def test_a_sequence_that_is_used_up_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sobol, "LONGEST", 64)
    sampler = SobolSampler((5, 4), 0.5, (5, 4), 4, 2)
    draw = sampler.draw(0, 2 * 192)
    for replicate in range(2):
        mine = draw.grids[draw.replicates == replicate].reshape(3, 64, -1)
        np.testing.assert_array_equal(mine.sum(axis=1), 32)
        assert not np.array_equal(mine[0], mine[1])
        assert not np.array_equal(mine[1], mine[2])
    again = SobolSampler((5, 4), 0.5, (5, 4), 4, 2).draw(200, 30)
    np.testing.assert_array_equal(again.grids, draw.grids[200:230])
