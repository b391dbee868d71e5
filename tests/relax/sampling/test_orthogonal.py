"""Randomised orthogonal arrays: strength 3, checked for every three cells."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.sampling.orthogonal import OrthogonalSampler
from rex_widgets.relax.sampling.sobol import SobolSampler


@pytest.mark.parametrize(
    ("cells", "runs"), [((2,), 32), ((16,), 32), ((17,), 64), ((7, 7), 128), ((3, 3, 3), 64)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_any_three_cells_show_all_combinations_equally_often(
    cells: tuple[int, ...], runs: int, seed: int
) -> None:
    sampler = OrthogonalSampler(cells, 0.5, cells, seed, 2)
    assert sampler.runs == runs
    draw = sampler.draw(0, 4 * runs)
    for replicate in range(2):
        mine = draw.grids[draw.replicates == replicate].reshape(2, runs, -1)
        # Over GF(2): no product of up to three cells, as signs, has a sum other than 0.
        signs = 1 - 2 * mine.astype(np.int64)
        for array in signs:
            size = array.shape[1]
            assert not array.sum(axis=0).any()
            pairs = array.T @ array
            np.testing.assert_array_equal(pairs, runs * np.eye(size, dtype=int))
            triples = np.einsum("na,nb,nc->abc", array, array, array, optimize=True)
            different = [triples[three] for three in combinations(range(size), 3)]
            assert not np.any(different)
        assert not np.array_equal(mine[0], mine[1])


def test_eight_combinations_counted() -> None:
    draw = OrthogonalSampler((4, 4), 0.5, (4, 4), 9, 1).draw(0, 32)
    flat = draw.grids.reshape(32, 16)
    for three in combinations(range(16), 3):
        tally = np.bincount(flat[:, three] @ [1, 2, 4], minlength=8)
        np.testing.assert_array_equal(tally, 4)


def test_complements_follow_one_another() -> None:
    draw = OrthogonalSampler((7, 7), 0.5, (7, 7), 9, 3).draw(0, 10 * BLOCK)
    np.testing.assert_array_equal(draw.grids[1::2], ~draw.grids[0::2])


def test_no_array_is_that_of_another_replicate() -> None:
    draw = OrthogonalSampler((5, 5), 0.5, (5, 5), 9, 2).draw(0, 2 * 64)
    first, second = (draw.grids[draw.replicates == which].reshape(64, -1) for which in range(2))
    # Not even up to the order of the masks.
    rows = {row.tobytes() for row in first}
    assert len(rows) == 64
    assert len(rows & {row.tobytes() for row in second}) < 8


def test_another_probability_falls_back_to_sobol_and_says_so() -> None:
    sampler = make_sampler(
        "orthogonal", cells=(4, 3), probability=0.3, shifts=(4, 3), seed=1, replicates=2
    )
    assert sampler.name == "sobol"
    assert "probability of 0.5, and 0.3 was asked for" in sampler.note
    plain = SobolSampler((4, 3), 0.3, (4, 3), 1, 2)
    np.testing.assert_array_equal(sampler.draw(0, 50).grids, plain.draw(0, 50).grids)
    assert plain.note == ""
    with pytest.raises(SettingsError, match="choose the sampling 'sobol'"):
        OrthogonalSampler((4, 3), 0.3, (4, 3), 1, 2)


def test_the_largest_grid_costs_no_memory_but_a_block() -> None:
    draw = OrthogonalSampler((140, 150), 0.5, (7, 7), 1, 1).draw(40_000, 2)
    assert draw.grids.shape == (2, 140, 150)
    assert abs(draw.grids[0].mean() - 0.5) < 5 * 0.5 / np.sqrt(21_000)
    np.testing.assert_array_equal(draw.grids[1], ~draw.grids[0])
