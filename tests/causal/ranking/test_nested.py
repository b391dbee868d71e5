"""Nested passing sets."""

from __future__ import annotations

import numpy as np

from rex_widgets.causal.ranking.nested import MARGIN, NestedSets, demands_of
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, mask_of


def _mask(*places: int) -> Mask:
    array = np.zeros(100, np.bool_)
    array[list(places)] = True
    return mask_of(array.reshape(10, 10))


def _answer(mask: Mask, target: float, other: float = 0.1) -> Entry:
    given = 7 if target >= other else 3
    scores = sorted([(target, 7), (other, 3)], reverse=True)
    return Entry(
        mask.digest, given, tuple(c for _, c in scores), tuple(s for s, _ in scores), target
    )


def _sets() -> NestedSets:
    return NestedSets((10, 10), 7, 0.8, demands_of(0.0))


def test_demands_hold_the_threshold_once() -> None:
    assert demands_of(0.0) == (0.5, 0.0)
    assert demands_of(0.5) == (0.5, 0.0)
    assert demands_of(0.9) == (0.9, 0.5, 0.0)


def test_the_smallest_that_passes_is_kept_for_every_demand() -> None:
    sets = _sets()
    large, middle, small = _mask(*range(40)), _mask(*range(20)), _mask(*range(5))
    answers = [_answer(large, 0.7), _answer(middle, 0.3), _answer(small, 0.05)]
    sets.consider([large, middle, small], answers)
    assert [int(kept.sum()) for kept in sets.sets if kept is not None] == [40, 20]


def test_a_set_needs_a_margin() -> None:
    sets, mask = _sets(), _mask(*range(30))
    sets.consider([mask], [_answer(mask, 0.5 * 0.8 * MARGIN - 0.01)])
    assert sets.sets[0] is None
    assert sets.sets[1] is not None
    other = _sets()
    other.consider([mask], [_answer(mask, 0.2, 0.19)])
    assert not other.begun


def test_a_larger_set_never_replaces_a_smaller_one() -> None:
    sets, small, large = _sets(), _mask(1, 2), _mask(*range(50))
    sets.consider([small], [_answer(small, 0.7)])
    sets.consider([large], [_answer(large, 0.8)])
    assert sets.sets[0] is not None
    assert sets.sets[0].sum() == 2


def test_tries_are_smaller_and_keep_the_inner_set() -> None:
    sets, score = _sets(), np.arange(100, dtype=np.float32)[::-1].reshape(10, 10)
    outer, inner = _mask(*range(30)), _mask(*range(10))
    sets.consider([outer, inner], [_answer(outer, 0.7), _answer(inner, 0.3)])
    tried = sets.tries(np.random.default_rng(0), score, 40)
    subsets = [t for n, t in enumerate(tried) if n % 4 != 3]
    assert len(tried) == 40
    assert all(1 <= t.sum() < 30 for t in tried)
    assert all(not (t & ~outer.array()).any() for t in subsets)
    assert all((t & inner.array()).sum() == 10 for t in subsets[::2][:1])


def test_nothing_is_tried_before_a_set_has_passed() -> None:
    assert _sets().tries(np.random.default_rng(0), np.zeros((10, 10), np.float32), 5) == []


def test_tiers_count_the_sets_and_leave_out_the_large() -> None:
    sets = _sets()
    outer, inner = _mask(*range(30)), _mask(*range(10))
    sets.consider([outer, inner], [_answer(outer, 0.7), _answer(inner, 0.3)])
    assert sorted(np.unique(sets.tiers(), return_counts=True)[1].tolist()) == [10, 20, 70]
    wide, mask = _sets(), _mask(*range(80))
    wide.consider([mask], [_answer(mask, 0.7)])
    assert not wide.tiers().any()


def test_saved_sets_come_back() -> None:
    sets, other = _sets(), _sets()
    outer = _mask(*range(30))
    sets.consider([outer], [_answer(outer, 0.3)])
    other.restore(sets.arrays())
    assert other.sets[0] is None
    assert sets.sets[1] is not None
    assert other.sets[1] is not None
    assert np.array_equal(sets.sets[1], other.sets[1])
