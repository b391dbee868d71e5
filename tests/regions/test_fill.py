"""Flood and threshold fills against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.errors import InputError
from rex_widgets.regions import flood, top_share


def slow_flood(picture: Any, row: int, column: int, tolerance: int) -> set[tuple[int, int]]:
    height, width = picture.shape[:2]
    colour = [int(v) for v in picture[row, column]]
    found: set[tuple[int, int]] = set()
    waiting = [(row, column)]
    while waiting:
        r, c = waiting.pop()
        if (r, c) in found or not (0 <= r < height and 0 <= c < width):
            continue
        if any(abs(int(v) - w) > tolerance for v, w in zip(picture[r, c], colour, strict=True)):
            continue
        found.add((r, c))
        waiting += [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 15), st.integers(1, 15), st.integers(0, 255))
def test_a_flood_takes_what_is_joined(seed: int, height: int, width: int, tolerance: int) -> None:
    random = np.random.default_rng(seed)
    picture = random.choice([0, 60, 120, 255], (height, width, 3)).astype(np.uint8)
    row, column = int(random.integers(height)), int(random.integers(width))
    mask = flood(picture, row, column, tolerance)
    assert set(map(tuple, np.argwhere(mask).tolist())) == slow_flood(
        picture, row, column, tolerance
    )


def test_a_flood_of_a_grey_picture() -> None:
    picture = np.array([[1, 9, 1], [1, 9, 1]], np.uint8)
    assert flood(picture, 0, 0, 7).tolist() == [[True, False, False]] * 2
    assert flood(picture, 0, 0, 8).all()


def test_floods_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="Row 2 and column 0 were given; expected a place"):
        flood(np.zeros((2, 2), np.uint8), 2, 0, 3)
    with pytest.raises(InputError, match="float64 with 2 axes was given; expected uint8"):
        flood(np.zeros((2, 2)), 0, 0, 3)


def test_the_top_of_a_map_by_hand() -> None:
    values = np.array([5, 1, np.nan, 4, 4, -np.inf, 0, -0.0, 9], np.float32)
    # 8 places are not NaN.
    assert top_share(values, 1 / 8).nonzero()[0].tolist() == [8]
    assert top_share(values, 2 / 8).nonzero()[0].tolist() == [0, 8]
    # Both fours or none.
    assert top_share(values, 3 / 8).nonzero()[0].tolist() == [0, 8]
    assert top_share(values, 4 / 8).nonzero()[0].tolist() == [0, 3, 4, 8]
    # The two zeros are equal.
    assert top_share(values, 6 / 8).nonzero()[0].tolist() == [0, 1, 3, 4, 8]
    assert top_share(values, 1).sum() == 8
    assert not top_share(values, 0).any()


def test_all_of_an_even_map_and_nothing_of_no_map() -> None:
    assert top_share(np.ones((3, 3), np.float32), 0.3).all()
    assert not top_share(np.full((3, 3), np.nan, np.float32), 1).any()
    with pytest.raises(InputError, match="from 0 to 1"):
        top_share(np.ones(3, np.float32), 1.1)
    with pytest.raises(InputError, match="from 0 to 1"):
        top_share(np.ones(3, np.float32), float("nan"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.floats(0, 1))
def test_a_share_is_the_most_that_fits(numbers: list[int], share: float) -> None:
    values = np.array(numbers, np.float32)
    mask = top_share(values, share)
    wanted = int(share * len(numbers) + 0.5)
    counts = {v: sum(n >= v for n in numbers) for v in numbers}
    fitting = [v for v in numbers if counts[v] <= wanted] or [max(numbers)]
    expected = [wanted > 0 and n >= min(fitting) for n in numbers]
    assert mask.tolist() == expected
