"""Splitting a box: what holds for every distribution, and what each of them does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.causal.partition import area_of, can_split, split
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.masks import Box

DISTRIBUTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"distribution": "binom"},
    {"distribution": "binom", "distribution_args": (0.0,)},
    {"distribution": "binom", "distribution_args": (1.0,)},
    {"distribution": "betabinom", "distribution_args": (0.3, 0.3)},
    {"distribution": "betabinom", "distribution_args": (5.0, 1.0)},
    {"distribution": "adaptive"},
    {"distribution": "adaptive", "blend": 0.5},
    {"distribution": "adaptive", "blend": 1.0},
)

boxes = st.tuples(st.integers(0, 5), st.integers(2, 12), st.integers(0, 5), st.integers(2, 12)).map(
    lambda t: (t[0], t[0] + t[1], t[2], t[2] + t[3])
)


def cuts(box: Box, weight: np.ndarray | None = None, draws: int = 400, **options: Any) -> list[int]:
    """Row cuts, counted from the top of the box."""
    generator = np.random.default_rng(0)
    settings = CausalSettings(**options)
    return [split(box, generator, settings, weight)[0][1] - box[0] for _ in range(draws)]


@given(boxes, st.sampled_from(DISTRIBUTIONS), st.integers(0, 1000), st.booleans())
def test_four_children_tile_the_box(
    box: Box, options: dict[str, Any], seed: int, mapped: bool
) -> None:
    generator = np.random.default_rng(seed)
    weight = np.floor(generator.uniform(0, 2.5, (20, 20))) if mapped else None
    children = split(box, generator, CausalSettings(**options), weight)

    count = np.zeros((20, 20), int)
    for r0, r1, c0, c1 in children:
        assert r1 > r0, "a child is empty"
        assert c1 > c0, "a child is empty"
        count[r0:r1, c0:c1] += 1
    expected = np.zeros((20, 20), int)
    expected[box[0] : box[1], box[2] : box[3]] = 1
    np.testing.assert_array_equal(count, expected)
    assert sum(map(area_of, children)) == area_of(box)
    # top left, top right, bottom left, bottom right
    assert children[0][1] == children[1][1] == children[2][0] == children[3][0]
    assert children[0][3] == children[2][3] == children[1][2] == children[3][2]


@pytest.mark.parametrize("options", [{}, {"distribution": "adaptive"}])
def test_uniform_cuts_reach_every_line(options: dict[str, Any]) -> None:
    """Adaptive is uniform where the map is 0, or where there is none yet."""
    found = cuts((3, 10, 0, 4), np.zeros((10, 10)) if options else None, **options)
    counts = np.bincount(found, minlength=7)
    assert counts[0] == 0
    assert set(found) == {1, 2, 3, 4, 5, 6}
    assert counts[1:].min() > 400 / 6 * 0.6


def test_binomial_cuts() -> None:
    """1 + Binomial(n − 2, p): both ends of the range at p 0 and 1, about the middle at 0.5."""
    box = (0, 12, 0, 4)
    assert set(cuts(box, distribution="binom", distribution_args=(0.0,))) == {1}
    assert set(cuts(box, distribution="binom", distribution_args=(1.0,))) == {11}
    middle = cuts(box, distribution="binom")
    assert np.mean(middle) == pytest.approx(1 + 10 * 0.5, abs=0.3)
    assert np.var(middle) == pytest.approx(10 * 0.25, rel=0.3)
    assert np.mean(cuts(box, distribution="binom", distribution_args=(0.2,))) == pytest.approx(
        3, abs=0.3
    )


def test_beta_binomial_cuts() -> None:
    """Mean 1 + (n − 2)·a/(a + b), and wider than the binomial."""
    box = (0, 12, 0, 4)
    found = cuts(box, None, 2000, distribution="betabinom", distribution_args=(2, 6))
    assert np.mean(found) == pytest.approx(1 + 10 * 0.25, abs=0.25)
    n, a, b = 10, 2, 6
    variance = n * a * b * (a + b + n) / ((a + b) ** 2 * (a + b + 1))
    assert np.var(found) == pytest.approx(variance, rel=0.25)
    assert min(found) >= 1
    assert max(found) <= 11


def test_adaptive_cuts_follow_the_map() -> None:
    weight = np.zeros((20, 20))
    weight[7, 3] = 1.0
    weight[9, 3] = 3.0
    found = cuts((2, 12, 0, 8), weight, distribution="adaptive")
    assert set(found) == {5, 7}
    assert found.count(7) / found.count(5) == pytest.approx(3, rel=0.4)


def test_blend_mixes_uniform_cuts_in() -> None:
    weight = np.zeros((20, 20))
    weight[9, 3] = 3.0
    found = cuts((2, 12, 0, 8), weight, 2000, distribution="adaptive", blend=0.45)
    assert set(found) == set(range(1, 10))
    assert found.count(7) / 2000 == pytest.approx(0.55 + 0.45 / 9, abs=0.05)


@pytest.mark.parametrize(
    ("box", "depth", "able"),
    [
        ((0, 5, 0, 2), 0, True),
        ((0, 3, 0, 3), 0, False),  # 9 pixels, min_box_size 10
        ((0, 1, 0, 50), 0, False),  # one row cannot be cut
        ((0, 50, 0, 1), 0, False),
        ((0, 50, 0, 50), 3, True),
        ((0, 50, 0, 50), 4, False),  # tree_depth 4
    ],
)
def test_which_boxes_are_split(box: Box, depth: int, able: bool) -> None:
    assert can_split(box, depth, CausalSettings(tree_depth=4, min_box_size=10)) is able
