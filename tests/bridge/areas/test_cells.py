from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.bridge.areas.cells import CellGrid, checked_budget, keep_highest, pixels_of
from rex_widgets.errors import SettingsError


def slow_keep(
    values: NDArray[np.float32], size: int, step: int, budget: int
) -> tuple[set[tuple[int, int]], list[tuple[int, int]]]:
    """Cells one by one, pixels one by one, sums in whole numbers."""
    rows, columns = values.shape

    def starts(length: int) -> list[int]:
        found = [0]
        while found[-1] + size < length:
            found.append(found[-1] + step)
        return found

    whole = [[round(float(v) * 2**30) for v in row] for row in values]
    mass = sum(max(v, 0) for row in whole for v in row)
    middle = (rows / 2, columns / 2)
    if mass:
        middle = (
            sum((i + 0.5) * max(v, 0) for i, row in enumerate(whole) for v in row) / mass,
            sum((j + 0.5) * max(v, 0) for row in whole for j, v in enumerate(row)) / mass,
        )
    ranked = []
    for top in starts(rows):
        for left in starts(columns):
            pixels = [
                (i, j)
                for i in range(top, min(top + size, rows))
                for j in range(left, min(left + size, columns))
            ]
            score = sum(whole[i][j] for i, j in pixels)
            row = (top + min(top + size, rows)) / 2
            column = (left + min(left + size, columns)) / 2
            away = round((row - middle[0]) ** 2 + (column - middle[1]) ** 2, 6)
            ranked.append((-score, away, top, left, pixels))
    ranked.sort(key=lambda entry: entry[:4])
    kept: set[tuple[int, int]] = set()
    order = []
    for _, _, top, left, pixels in ranked:
        new = [pixel for pixel in pixels if pixel not in kept]
        if new and len(kept) + len(new) <= budget:
            kept.update(new)
            order.append((top, left))
    return kept, order


@given(
    rows=st.integers(2, 14),
    columns=st.integers(2, 14),
    size=st.integers(1, 6),
    half=st.booleans(),
    share=st.floats(0.05, 0.95),
    levels=st.integers(1, 5),
    signed=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_like_the_slow_one(
    rows: int,
    columns: int,
    size: int,
    half: bool,
    share: float,
    levels: int,
    signed: bool,
    seed: int,
) -> None:
    size = min(size, rows, columns)
    half = half and size % 2 == 0
    generator = np.random.default_rng(seed)
    # Few levels, so that ties are common.
    values = (generator.integers(-levels * signed, levels + 1, (rows, columns)) / levels).astype(
        np.float32
    )
    budget = max(1, int(share * rows * columns))
    region, cells = keep_highest(values, CellGrid((rows, columns), size, half), budget)
    kept, order = slow_keep(values, size, size // 2 if half else size, budget)
    assert {tuple(place) for place in np.argwhere(region).tolist()} == kept
    assert [(top, left) for top, _, left, _ in cells.tolist()] == order
    assert region.sum() <= budget


def test_by_hand() -> None:
    values = np.zeros((4, 6), np.float32)
    values[0:2, 4:6] = 0.25
    values[2:4, 0:2] = [[0.5, 0.5], [0.5, 0.0]]
    values[0, 0] = 0.125
    region, cells = keep_highest(values, CellGrid((4, 6), 2), 10)
    assert cells.tolist() == [[2, 4, 0, 2], [0, 2, 4, 6]]
    assert region.sum() == 8
    # The third, where 2 pixels too many would be needed, stays out.
    assert not region[0, 0]


def test_cut_off_cells_fill_what_is_left() -> None:
    # 5 × 5 in cells of 2: the last row and column are 1 wide; the corner is one pixel.
    values = np.full((5, 5), 0.5, np.float32)
    grid = CellGrid((5, 5), 2)
    assert len(grid.boxes()) == 9
    region, cells = keep_highest(values, grid, 5)
    assert region.sum() == 5
    assert [(b - t) * (r - left) for t, b, left, r in cells.tolist()] == [4, 1]


def test_half_stride_ends_at_the_border() -> None:
    grid = CellGrid((8, 8), 4, half_stride=True)
    assert sorted({int(top) for top in grid.boxes()[:, 0]}) == [0, 2, 4]
    grid = CellGrid((9, 8), 4, half_stride=True)
    assert sorted({int(top) for top in grid.boxes()[:, 0]}) == [0, 2, 4, 6]


def test_overlapping_pixels_are_counted_once() -> None:
    values = np.zeros((8, 8), np.float32)
    values[2:6, 2:6] = 1
    region, cells = keep_highest(values, CellGrid((8, 8), 4, half_stride=True), 24)
    assert cells[0].tolist() == [2, 6, 2, 6]
    # 16 pixels, and one neighbour that overlaps it by half brings 8.
    assert len(cells) == 2
    assert region.sum() == 24


@given(side=st.integers(5, 14), size=st.sampled_from([2, 4]), seed=st.integers(0, 10_000))
def test_no_further_overlapping_cell_fits(side: int, size: int, seed: int) -> None:
    # One that was passed over never fits later: each that is kept takes as much of what is left.
    generator = np.random.default_rng(seed)
    values = generator.random((side, side)).astype(np.float32)
    budget = int(generator.integers(size**2, side**2))
    grid = CellGrid((side, side), size, half_stride=True)
    region, _ = keep_highest(values, grid, budget)
    left = budget - int(region.sum())
    for top, bottom, first, last in grid.boxes().tolist():
        new = int((~region[top:bottom, first:last]).sum())
        assert new == 0 or new > left


def test_numbered_is_a_partition_of_cells() -> None:
    grid = CellGrid((5, 7), 3)
    numbers = grid.numbered()
    for index, (top, bottom, left, right) in enumerate(grid.boxes().tolist()):
        assert (numbers[top:bottom, left:right] == index).all()
    assert numbers.max() + 1 == len(grid.boxes())


@pytest.mark.parametrize("area", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_area_out_of_range(area: float) -> None:
    with pytest.raises(SettingsError, match="above 0 and below 1"):
        pixels_of(area, (4, 4))


def test_area_of_less_than_a_pixel() -> None:
    with pytest.raises(SettingsError, match="less than one pixel"):
        pixels_of(0.05, (4, 4))


def test_area_counts_what_is_written() -> None:
    assert pixels_of(0.29, (10, 10)) == 29
    assert pixels_of(0.3, (256, 256)) == 19_660


def test_cell_that_does_not_fit_says_what_does() -> None:
    with pytest.raises(SettingsError, match=r"at least 0\.25, or cell_size of at most 10"):
        checked_budget(CellGrid((32, 32), 16), 0.1)
    assert checked_budget(CellGrid((32, 32), 16), 0.25) == 256
    assert checked_budget(CellGrid((32, 32), 10), 0.1) == 102
    with pytest.raises(SettingsError, match="Give cell_size of at most 5"):
        checked_budget(CellGrid((8, 8), 8), 0.5)


@pytest.mark.parametrize(
    ("size", "half", "words"),
    [(0, False, "at least 1"), (9, False, "larger than the picture"), (3, True, "even")],
)
def test_cells_that_cannot_be(size: int, half: bool, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        CellGrid((8, 12), size, half)
