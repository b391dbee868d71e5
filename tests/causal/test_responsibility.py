"""Responsibility maps: corner updates against pixel-by-pixel sums, merging, bounds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.causal import responsibility
from rex_widgets.causal.responsibility import SCALE, ResponsibilityMaps, Update, update_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.masks import Box

SHAPE = (7, 6)
boxes = st.tuples(st.integers(0, 6), st.integers(1, 7), st.integers(0, 5), st.integers(1, 6)).map(
    lambda t: (t[0], max(t[0] + 1, t[1]), t[2], max(t[2] + 1, t[3]))
)
mutants = st.tuples(st.integers(0, 3), st.lists(boxes, min_size=1, max_size=3))


def slow_sum(updates: list[Update], index: int) -> np.ndarray:
    """Every pixel of every box, one at a time, in Fractions."""
    total = np.full(SHAPE, Fraction(0), dtype=object)
    for update in updates:
        if update.given == index:
            for (r0, r1, c0, c1), units in zip(update.boxes, update.units, strict=True):
                for r in range(r0, r1):
                    for c in range(c0, c1):
                        total[r, c] += Fraction(units, SCALE)
    return total


def plain(mutants: list[tuple[int, list[Box]]], **options: object) -> list[Update]:
    settings = CausalSettings(**options)
    return [update_of(given, 0.5, tuple(kept), 1, settings) for given, kept in mutants]


@given(st.lists(mutants, max_size=12))
def test_corner_updates_equal_a_loop_over_pixels(drawn: list[tuple[int, list[Box]]]) -> None:
    updates = plain(drawn)
    maps = ResponsibilityMaps(SHAPE, CausalSettings(), 0)
    maps.add(updates)
    for index in range(4):
        expected = slow_sum(updates, index)
        units = maps.exact(index)
        for pixel, value in np.ndenumerate(expected):
            assert Fraction(int(units[pixel]), SCALE) == value
        np.testing.assert_array_equal(maps.map(index), expected.astype(np.float64))


@given(st.lists(mutants, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_updates_changes_no_bit(
    drawn: list[tuple[int, list[Box]]], shuffler: object
) -> None:
    updates = plain(drawn, weighted=True)
    shuffled = list(updates)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (ResponsibilityMaps(SHAPE, CausalSettings(), 0) for _ in range(2))
    one.add(updates)
    for update in shuffled:
        other.add([update])
    for index in range(4):
        assert one.map(index).tobytes() == other.map(index).tobytes()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_mutant_gives_one_over_the_number_of_kept_children(count: int) -> None:
    kept = tuple((r, r + 1, 0, 2) for r in range(count))
    update = update_of(3, 0.8, kept, 2, CausalSettings())
    assert [Fraction(u, SCALE) for u in update.units] == [Fraction(1, count)] * count
    assert update.given == 3


def test_weights_and_concentration() -> None:
    kept = ((0, 2, 0, 3), (2, 3, 0, 1))
    weighted = update_of(0, 0.75, kept, 4, CausalSettings(weighted=True))
    assert [Fraction(u, SCALE) for u in weighted.units] == [Fraction(3, 8)] * 2
    area = update_of(0, 0.75, kept, 4, CausalSettings(concentrate="area"))
    assert [u / SCALE for u in area.units] == pytest.approx([0.5 / 6, 0.5], rel=1e-9)
    depth = update_of(0, 0.75, kept, 4, CausalSettings(concentrate="depth"))
    assert [Fraction(u, SCALE) for u in depth.units] == [2, 2]
    assert CausalSettings(concentrate=True).concentrate == "area"


@given(st.lists(st.lists(mutants, min_size=1, max_size=6), min_size=1, max_size=4))
def test_multiplicative_merging(trees: list[list[tuple[int, list[Box]]]]) -> None:
    """M ← M·(1 + Σ)/max, once per tree that saw the class."""
    settings = CausalSettings(responsibility_style="multiplicative")
    maps = ResponsibilityMaps(SHAPE, settings, 0)
    expected: dict[int, np.ndarray] = {}
    for tree in trees:
        updates = plain(tree)
        maps.multiply(updates)
        for index in {mutant[0] for mutant in tree}:
            before = expected.get(index, np.full(SHAPE, Fraction(1), dtype=object))
            after = before * (1 + slow_sum(updates, index))
            expected[index] = after / max(after.ravel())
    assert set(maps.classes) == set(expected)
    for index, value in expected.items():
        np.testing.assert_allclose(maps.map(index), value.astype(np.float64), rtol=1e-12)
        assert maps.map(index).max() == 1.0


@given(st.lists(mutants, max_size=10))
def test_negative_responsibility_subtracts_the_other_classes(
    drawn: list[tuple[int, list[Box]]],
) -> None:
    updates = plain(drawn)
    maps = ResponsibilityMaps(SHAPE, CausalSettings(negative_responsibility=True), 0)
    maps.add(updates)
    others = sum((slow_sum(updates, i) for i in (1, 2, 3)), np.full(SHAPE, 0, dtype=object))
    expected = np.maximum((slow_sum(updates, 0) - others).astype(np.float64), 0)
    np.testing.assert_allclose(maps.map(0), expected, atol=1e-12)
    assert maps.map(0).min() >= 0


def test_a_class_never_given_has_an_empty_map() -> None:
    for style in ("additive", "multiplicative"):
        maps = ResponsibilityMaps(SHAPE, CausalSettings(responsibility_style=style), 0)
        assert not maps.map(5).any()
        assert maps.map(5).shape == SHAPE


def test_maps_are_bounded_and_the_target_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responsibility, "MAX_MAPS", 3)
    maps = ResponsibilityMaps(SHAPE, CausalSettings(), 9)
    box = ((0, 1, 0, 1),)
    maps.add([Update(9, box, (SCALE,))])
    for index in range(6):
        maps.add([Update(index, box, (SCALE,))] * (10 - index))
    assert len(maps.classes) == 3
    assert 9 in maps.classes
    assert set(maps.classes) == {0, 1, 9}
    assert maps.map(9)[0, 0] == 1.0
    assert not maps.map(5).any()


@pytest.mark.parametrize("style", ["additive", "multiplicative"])
def test_saved_and_restored(style: str) -> None:
    settings = CausalSettings(responsibility_style=style)
    maps = ResponsibilityMaps(SHAPE, settings, 0)
    updates = plain([(0, [(0, 3, 1, 4)]), (2, [(2, 5, 0, 6), (5, 7, 1, 2)])])
    maps.add(updates) if style == "additive" else maps.multiply(updates)
    again = ResponsibilityMaps(SHAPE, settings, 0)
    again.restore(maps.arrays())
    assert again.counts == maps.counts
    for index in range(3):
        assert again.map(index).tobytes() == maps.map(index).tobytes()
    again.add(updates) if style == "additive" else again.multiply(updates)
    assert again.map(0).tobytes() != maps.map(0).tobytes()
