from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import label

from rex_widgets.bridge.areas import free_form, inverse, random_like, region_of_map
from rex_widgets.errors import InputError, SettingsError


@given(
    rows=st.integers(2, 40),
    columns=st.integers(2, 40),
    area=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**40),
)
def test_strokes_cover_exactly_the_area(rows: int, columns: int, area: float, seed: int) -> None:
    pixels = int(area * rows * columns + 1e-6)
    if pixels < 1:
        with pytest.raises(SettingsError):
            free_form((rows, columns), area, seed)
        return
    region = free_form((rows, columns), area, seed)
    assert region.shape == (rows, columns)
    assert region.dtype == np.bool_
    assert region.sum() == pixels
    assert np.array_equal(region, free_form((rows, columns), area, seed))


def test_strokes_are_strokes() -> None:
    regions = [free_form((64, 64), 0.3, seed) for seed in range(8)]
    assert len({region.tobytes() for region in regions}) == 8
    for region in regions:
        # A few connected parts, not scattered pixels, and not one block.
        assert label(region)[1] <= 6
        rows, columns = np.nonzero(region)
        assert np.ptp(rows) > 25 or np.ptp(columns) > 25
    # Everywhere can be reached.
    assert np.mean([free_form((16, 16), 0.4, seed) for seed in range(60)], axis=0).min() > 0


def test_a_shape_without_room() -> None:
    with pytest.raises(InputError, match="at least 2"):
        free_form((1, 5), 0.5)


def test_inverse() -> None:
    region = np.zeros((3, 4), bool)
    region[1, 2] = True
    assert np.array_equal(inverse(region), ~region)
    assert np.array_equal(inverse(torch.from_numpy(region)), ~region)


@given(
    rows=st.integers(3, 20),
    columns=st.integers(3, 20),
    size=st.integers(1, 5),
    share=st.floats(0.1, 0.9),
    seed=st.integers(0, 1000),
)
def test_random_cells(rows: int, columns: int, size: int, share: float, seed: int) -> None:
    if int(share * rows * columns) < size**2 or size > min(rows, columns):
        return
    heat = np.random.default_rng(seed).random((rows, columns))
    region = region_of_map(heat, cell_size=size, area=share).region
    if region.all():
        return
    other = random_like(region, seed, cell_size=size)
    assert other.sum() == region.sum()
    assert not np.array_equal(other, region)
    assert np.array_equal(other, random_like(region, seed, cell_size=size))
    counts = np.add.reduceat(
        np.add.reduceat(other.astype(int), np.arange(0, rows, size), 0),
        np.arange(0, columns, size),
        1,
    )
    before = np.add.reduceat(
        np.add.reduceat(region.astype(int), np.arange(0, rows, size), 0),
        np.arange(0, columns, size),
        1,
    )
    if sorted(counts.ravel()) != sorted(before.ravel()):
        # Only where no cell can change places with one of its own form: then it is moved.
        heights = np.minimum(size, rows - np.arange(0, rows, size))
        widths = np.minimum(size, columns - np.arange(0, columns, size))
        for form in {(h, w) for h in heights.tolist() for w in widths.tolist()}:
            mask = np.outer(heights == form[0], widths == form[1])
            assert len(set((before[mask] > 0).tolist())) == 1


def test_random_cells_go_everywhere() -> None:
    region = np.zeros((16, 16), bool)
    region[:8, :4] = True
    drawn = np.mean([random_like(region, seed, cell_size=4) for seed in range(200)], axis=0)
    assert abs(drawn - 2 / 16).max() < 0.1


def test_a_drawn_region_is_moved() -> None:
    region = np.zeros((12, 10), bool)
    region[2:5, 3:4] = True
    region[4, 3:7] = True
    seen = set()
    for seed in range(40):
        other = random_like(region, seed)
        assert other.sum() == region.sum()
        assert not np.array_equal(other, region)
        moves = [np.roll(region, (i, j), (0, 1)) for i in range(12) for j in range(10)]
        assert any(np.array_equal(other, move) for move in moves)
        seen.add(other.tobytes())
    assert len(seen) > 25
    # A region that is not made of whole cells is moved as well.
    assert random_like(region, 0, cell_size=4).sum() == region.sum()


def test_two_cells_always_change_places() -> None:
    region = np.zeros((4, 8), bool)
    region[:, :4] = True
    for seed in range(30):
        assert np.array_equal(random_like(region, seed, cell_size=4), ~region)


def test_unavoidably_the_same() -> None:
    # A cell that no other can stand for is moved; a checkerboard that is moved, is the inverse.
    board = np.indices((4, 4)).sum(0) % 2 == 0
    for seed in range(10):
        assert np.array_equal(random_like(board, seed), ~board)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (np.zeros((4, 4), bool), "empty"),
        (np.ones((4, 4), bool), "the whole picture"),
        (np.ones((4, 4)), "expected bool"),
        (np.ones(4, bool), "expected bool"),
    ],
)
def test_regions_without_another(region: object, words: str) -> None:
    for control in (inverse, random_like):
        with pytest.raises(InputError, match=words):
            control(region)


def test_cells_of_nothing() -> None:
    with pytest.raises(SettingsError, match="at least 1 pixel"):
        random_like(np.eye(4, dtype=bool), cell_size=0)
