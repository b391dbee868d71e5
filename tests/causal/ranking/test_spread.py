"""Standard error over trees, stability of the top, and stopping for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.ranking.spread import overlap, standard_error, top_places
from rex_widgets.causal.ranking.stability import Stability
from rex_widgets.causal.ranking.trees import TreeSpread
from rex_widgets.causal.responsibility import SCALE, Update
from rex_widgets.results import Explanation
from tests.synthetic import RegionClassifier, drive, run_of


def test_standard_error_of_a_sum() -> None:
    trees = np.random.default_rng(0).random((7, 3, 4))
    error = standard_error(trees.sum(axis=0), (trees**2).sum(axis=0), 7)
    np.testing.assert_allclose(error, np.sqrt(7) * trees.std(axis=0, ddof=1))
    assert np.isnan(standard_error(trees[0], trees[0] ** 2, 1)).all()


def test_trees_are_told_apart() -> None:
    spread = TreeSpread((4,), target=2)
    spread.add(0, [Update(2, ((0, 2),), (SCALE,)), Update(1, ((0, 4),), (SCALE,))])
    spread.add(1, [Update(2, ((1, 3),), (SCALE // 2,))])
    spread.add(0, [Update(2, ((0, 1),), (SCALE,))])
    spread.close(0)
    spread.close(1)
    own = np.array([[2.0, 1.0, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0]])
    np.testing.assert_allclose(spread.error(), np.sqrt(2) * own.std(axis=0, ddof=1))


def test_a_running_tree_is_saved() -> None:
    spread, other = TreeSpread((4, 4), 2), TreeSpread((4, 4), 2)
    spread.add(0, [Update(2, ((0, 2, 1, 3),), (SCALE,))])
    other.restore(spread.state(), spread.arrays())
    for one in (spread, other):
        one.close(0)
        one.close(1)
    assert np.array_equal(spread.error(), other.error())
    assert spread.error().any()


def test_top_and_overlap() -> None:
    order = np.arange(100)
    assert np.flatnonzero(top_places(order)).tolist() == [0, 1, 2, 3, 4]
    assert overlap(top_places(order), top_places(np.roll(order, -2))) == pytest.approx(0.6)
    assert np.isnan(overlap(np.zeros(3, np.bool_), np.ones(3, np.bool_)))


def test_a_border_is_noted_once() -> None:
    stability = Stability()
    for border, shift in ((4, 0), (12, 0), (12, 50), (28, 1)):
        stability.note(border, np.roll(np.arange(100), -shift))
    assert stability.overlaps == pytest.approx([1.0, 0.8])
    assert not stability.stable


def _run(**options: Any) -> Explanation:
    model = RegionClassifier((24, 24), [[(6, 14, 8, 18)]], need=0.4)
    return drive(run_of(model, model.picture(), minimise_budget=0, **options))


def test_the_error_agrees_with_single_trees() -> None:
    maps = [_run(iters=n, ranking="contrast").map.astype(float) for n in range(1, 7)]
    trees = np.diff(np.stack([np.zeros_like(maps[0]), *maps]), axis=0)
    error = _run(iters=6, ranking="contrast").map_error
    assert error is not None
    np.testing.assert_allclose(error, np.sqrt(6) * trees.std(axis=0, ddof=1), atol=1e-5)


def test_maps_that_are_no_sum_have_no_error() -> None:
    assert _run(iters=4, responsibility_style="multiplicative").map_error is None
    assert _run(iters=1).map_error is None


def test_stops_at_a_border_when_stable_and_not_before() -> None:
    whole, stopped = _run(iters=40), _run(iters=40, stop_when_stable=True)
    reached = int(stopped.statistics["iterations"])
    assert whole.statistics["iterations"] == 40
    assert reached == 28
    assert stopped.stability[0] < 0.9 <= stopped.stability[1]
    assert stopped.stability == whole.stability
    assert np.array_equal(stopped.map, _run(iters=28).map)
    assert any("stopped after 28 of 40" in words for words in stopped.choices)


def test_extending_a_stopped_search_goes_on() -> None:
    model = RegionClassifier((24, 24), [[(6, 14, 8, 18)]], need=0.4)
    run = run_of(model, model.picture(), iters=40, stop_when_stable=True, minimise_budget=0)
    assert drive(run).statistics["iterations"] == 28
    run.extend(iters=1)
    assert drive(run).statistics["iterations"] == 41
