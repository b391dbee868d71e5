"""What holds for every sampler: purity, marginals, independence of replicates, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.errors import SettingsError
from rex_widgets.relax.draws import BLOCK, Draw
from rex_widgets.relax.sampling import SAMPLERS, Sampler, make_sampler

NAMES = tuple(SAMPLERS)
GRIDS = [(9,), (4, 3), (3, 2, 4)]


def _sampler(
    name: str,
    cells: tuple[int, ...] = (4, 3),
    probability: float = 0.5,
    shifts: tuple[int, ...] | None = None,
    seed: int = 3,
    replicates: int = 3,
) -> Sampler:
    return make_sampler(
        name,
        cells=cells,
        probability=probability,
        shifts=cells if shifts is None else shifts,
        seed=seed,
        replicates=replicates,
    )


def _same(one: Draw, other: Draw) -> None:
    np.testing.assert_array_equal(one.grids, other.grids)
    np.testing.assert_array_equal(one.shifts, other.shifts)
    np.testing.assert_array_equal(one.replicates, other.replicates)


def _joined(parts: list[Draw]) -> Draw:
    return Draw(
        np.concatenate([part.grids for part in parts]),
        np.concatenate([part.shifts for part in parts]),
        np.concatenate([part.replicates for part in parts]),
    )


def test_the_register() -> None:
    assert NAMES == ("iid", "antithetic", "stratified", "sobol", "orthogonal")
    for name in NAMES:
        assert _sampler(name).name == name
        assert _sampler(name).note == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cells", GRIDS)
@pytest.mark.parametrize("probability", [0.5, 0.3])
def test_shapes_and_types(name: str, cells: tuple[int, ...], probability: float) -> None:
    draw = _sampler(name, cells, probability).draw(5, 70)
    assert len(draw) == 70
    assert draw.grids.shape == (70, *cells)
    assert draw.grids.dtype == np.bool_
    assert draw.shifts.shape == (70, len(cells))
    assert draw.shifts.dtype == draw.replicates.dtype == np.int64
    assert (draw.shifts >= 0).all()
    assert (draw.shifts < np.array(cells)).all()
    np.testing.assert_array_equal(draw.replicates, (np.arange(5, 75) // BLOCK) % 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("probability", [0.5, 0.3])
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(0, 200))
@settings(max_examples=15, deadline=None)
def test_masks_do_not_depend_on_how_they_are_asked_for(
    name: str, probability: float, counts: list[int], start: int
) -> None:
    whole = _sampler(name, probability=probability).draw(start, sum(counts))
    sampler = _sampler(name, probability=probability)
    edges = start + np.cumsum([0, *counts])
    pieces = list(zip(edges[:-1].tolist(), counts, strict=True))
    _same(_joined([sampler.draw(*piece) for piece in pieces]), whole)
    # The same sampler again, backwards.
    backwards = [sampler.draw(*piece) for piece in reversed(pieces)]
    _same(_joined(backwards[::-1]), whole)


@pytest.mark.parametrize("name", NAMES)
def test_sixty_four_masks_one_by_one(name: str) -> None:
    sampler = _sampler(name)
    _same(_joined([sampler.draw(n, 1) for n in range(64)]), _sampler(name).draw(0, 64))


@pytest.mark.parametrize("name", NAMES)
def test_far_ahead_and_back(name: str) -> None:
    sampler = _sampler(name)
    early = sampler.draw(0, 20)
    late = sampler.draw(50_000, 20)
    _same(sampler.draw(0, 20), early)
    _same(_sampler(name).draw(50_000, 20), late)
    assert not np.array_equal(early.grids, late.grids)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("probability", [0.5, 0.2, 0.71])
def test_each_cell_is_kept_as_often_as_asked(name: str, probability: float) -> None:
    draw = _sampler(name, (3, 5), probability, replicates=4).draw(0, 20_000)
    means = draw.grids.mean(axis=0)
    # Five standard errors of independent masks; no sampler here has larger ones.
    error = np.sqrt(probability * (1 - probability) / 20_000)
    assert np.abs(means - probability).max() < 5 * error


@pytest.mark.parametrize("name", NAMES)
def test_each_mask_alone_is_uniform(name: str) -> None:
    # The masks at one index over many seeds: 16 possible grids of 4 cells, each as likely.
    tally = np.zeros(16)
    first = np.zeros(3)
    for seed in range(800):
        draw = _sampler(name, (2, 2), shifts=(3, 3), seed=seed, replicates=2).draw(37, 1)
        tally[int(draw.grids.reshape(-1) @ [1, 2, 4, 8])] += 1
        first[draw.shifts[0, 0]] += 1
    # Chi-square with 15 and 2 degrees of freedom: 0.1 % of such sums are larger.
    assert ((tally - 50) ** 2 / 50).sum() < 37.7
    assert ((first - 800 / 3) ** 2 / (800 / 3)).sum() < 13.8


@pytest.mark.parametrize("name", NAMES)
def test_shifts_are_equally_likely(name: str) -> None:
    draw = _sampler(name, (3, 5, 2), shifts=(7, 2, 31), replicates=4).draw(0, 20_000)
    for axis, count in enumerate((7, 2, 31)):
        tally = np.bincount(draw.shifts[:, axis], minlength=count)
        assert len(tally) == count
        expected = 20_000 / count
        # At most what independent shifts allow in one case of a thousand (30 degrees: 59.7).
        assert ((tally - expected) ** 2 / expected).sum() < {7: 22.5, 2: 10.9, 31: 59.7}[count]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("probability", [0.5, 0.3])
def test_replicates_are_independent(name: str, probability: float) -> None:
    # Two masks at the same place of two replicates, over many seeds: a cell of one and a cell of
    # the other agree no more and no less often than by chance.
    agreement = np.zeros((6, 6))
    for seed in range(600):
        draw = _sampler(name, (3, 2), probability, seed=seed, replicates=2).draw(0, 2 * BLOCK)
        one, other = draw.grids[3].reshape(-1), draw.grids[BLOCK + 3].reshape(-1)
        agreement += one[:, None] == other
    chance = probability**2 + (1 - probability) ** 2
    assert np.abs(agreement / 600 - chance).max() < 4 * np.sqrt(chance * (1 - chance) / 600)


@pytest.mark.parametrize("name", NAMES)
def test_replicates_are_not_copies(name: str) -> None:
    draw = _sampler(name, (5, 5), replicates=4).draw(0, 4 * 64)
    groups = [draw.grids[draw.replicates == which] for which in range(4)]
    for one in range(4):
        for other in range(one):
            assert not np.array_equal(groups[one], groups[other])
            assert 0.2 < (groups[one] == groups[other]).mean() < 0.8


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name: str) -> None:
    one = _sampler(name, seed=2**40).draw(0, 64)
    _same(one, _sampler(name, seed=2**40).draw(0, 64))
    assert not np.array_equal(one.grids, _sampler(name, seed=2**40 + 1).draw(0, 64).grids)


@pytest.mark.parametrize("name", NAMES)
def test_the_global_generator_is_left_alone(name: str) -> None:
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]  # noqa: NPY002
    first = _sampler(name).draw(0, 64)
    after = np.random.get_state()[1]  # type: ignore[index]  # noqa: NPY002
    np.testing.assert_array_equal(before, after)
    np.random.seed(6)  # noqa: NPY002
    _same(_sampler(name).draw(0, 64), first)


@pytest.mark.parametrize("name", NAMES)
def test_values_that_are_refused(name: str) -> None:
    for probability in (0.0, 1.0, -0.1, 1.5, float("nan")):
        with pytest.raises(SettingsError, match="between 0 and 1"):
            _sampler(name, probability=probability)
    with pytest.raises(SettingsError, match="replicates is 0"):
        _sampler(name, replicates=0)
    with pytest.raises(SettingsError, match="seed of the masks is -1"):
        _sampler(name, seed=-1)
    with pytest.raises(SettingsError, match="number of offsets"):
        _sampler(name, shifts=(3,))
    with pytest.raises(SettingsError, match="at least one cell"):
        _sampler(name, cells=(3, 0), shifts=(1, 1))
    for start, count in [(-1, 3), (0, -3)]:
        with pytest.raises(ValueError, match="counted from 0"):
            _sampler(name).draw(start, count)


def test_an_unknown_sampler() -> None:
    with pytest.raises(SettingsError, match=r"'halton'.*iid, antithetic"):
        _sampler("halton")
