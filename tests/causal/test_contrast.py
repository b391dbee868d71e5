"""Contrast against a plain loop, and as the ranking of the extraction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rex_widgets as rw
from rex_widgets.causal.contrast import HALF, ContrastMap, contrast_units
from rex_widgets.causal.responsibility import FRACTION
from rex_widgets.causal.tree import SUBSETS, VISIBLE
from tests.synthetic import RegionClassifier


def test_every_child_is_visible_in_half_of_the_mutants() -> None:
    assert len(SUBSETS) == 2 * HALF
    assert [sum(row) for row in VISIBLE] == [HALF] * 4


@given(st.lists(st.floats(0, 1), min_size=14, max_size=14))
def test_units_are_a_difference_of_means(confidences: list[float]) -> None:
    units = contrast_units(VISIBLE, confidences)
    for child in range(4):
        kept = [c for c, s in zip(confidences, SUBSETS, strict=True) if child in s]
        hidden = [c for c, s in zip(confidences, SUBSETS, strict=True) if child not in s]
        expected = np.mean(kept) - np.mean(hidden)
        assert units[child] / (HALF * FRACTION) == pytest.approx(expected, abs=1e-8)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-9, 9)), min_size=1, max_size=8
    )
)
def test_corner_updates_are_a_sum_over_boxes(splits: list[tuple[int, int, int]]) -> None:
    contrast, slow = ContrastMap((6, 6)), np.zeros((6, 6))
    for row, column, value in splits:
        box = (row, 6, 0, column + 1)
        contrast.add([box], [value * HALF * FRACTION])
        slow[row:6, 0 : column + 1] += value
    assert np.array_equal(contrast.map(), slow)


def test_the_setting_chooses_what_ranks() -> None:
    classifier = RegionClassifier((24, 24), [[(5, 13, 6, 15)]], need=0.4)
    picture = np.full((24, 24), 250, np.uint8)
    by_contrast = rw.explain(picture, classifier, iters=6, seed=3, progress=False)
    by_map = rw.explain(
        picture, classifier, iters=6, seed=3, progress=False, ranking="responsibility"
    )
    assert by_contrast.ranking is not None
    assert by_map.ranking is not None
    assert np.array_equal(by_contrast.map, by_map.map)
    assert np.array_equal(by_map.ranking, by_map.map)
    assert not np.array_equal(by_contrast.ranking, by_contrast.map)
    row, column = np.unravel_index(np.argmax(by_contrast.ranking), by_contrast.ranking.shape)
    assert 5 <= row < 13
    assert 6 <= column < 15


def test_ranking_survives_extension() -> None:
    classifier = RegionClassifier((24, 24), [[(5, 13, 6, 15)]], need=0.4)
    picture = np.full((24, 24), 250, np.uint8)
    run = rw.start(picture, classifier, iters=3, seed=1)
    for _ in run:
        pass
    run.extend(iters=4)
    for _ in run:
        pass
    whole = rw.explain(picture, classifier, iters=7, seed=1, progress=False)
    assert np.array_equal(run.result().ranking, whole.ranking)
