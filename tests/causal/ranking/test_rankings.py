"""The rankings by name: what they find, in every dimension, whatever the batches and pauses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rex_widgets as rw
from rex_widgets.causal.ranking import ESTIMATORS
from rex_widgets.causal.ranking.adaptive import FIRST, normal_scores
from rex_widgets.causal.settings import RANKINGS
from rex_widgets.results import Explanation
from tests.synthetic import RegionClassifier as Regions
from tests.synthetic import Synthetic, drive, fail_at, run_of
from tests.synthetic_kinds import BallModel, SpikeModel, sample_of_kind

SHAPE = (32, 32)
BOX = (8, 16, 12, 22)


def _regions() -> Regions:
    return Regions(SHAPE, [[BOX]], need=0.4)


def _ranked(name: str, **options: Any) -> Explanation:
    model = _regions()
    return drive(run_of(model, model.picture(), ranking=name, minimise_budget=0, **options))


def _hits(explanation: Explanation, truth: NDArray[np.bool_]) -> float:
    """Share of the truth among as many places, best ranked."""
    assert explanation.ranking is not None
    flat = explanation.ranking.reshape(-1)
    best = np.argsort(-flat, kind="stable")[: int(truth.sum())]
    return float(truth.reshape(-1)[best].mean())


def _order(explanation: Explanation) -> NDArray[np.float32]:
    assert explanation.ranking is not None
    return explanation.ranking


def _truth() -> NDArray[np.bool_]:
    truth = np.zeros(SHAPE, np.bool_)
    truth[BOX[0] : BOX[1], BOX[2] : BOX[3]] = True
    return truth


def test_every_name_is_a_ranking() -> None:
    assert set(ESTIMATORS) == set(RANKINGS) - {"contrast", "responsibility"}


@pytest.mark.parametrize(
    ("name", "least"), [("adaptive", 0.7), ("rise", 0.6), ("product", 0.6), ("contrast", 0.3)]
)
def test_the_place_that_matters_ranks_first(name: str, least: float) -> None:
    found = [_hits(_ranked(name, iters=12, seed=seed), _truth()) for seed in range(3)]
    assert np.median(found) >= least


def test_masks_are_counted_for_every_tree() -> None:
    ranked = _ranked("adaptive", iters=9, ranking_masks=40)
    # a mask that the search happens to have asked about is not asked again
    assert 350 <= ranked.evaluations.breakdown["ranking"] <= 360
    assert "ranking" not in _ranked("contrast", iters=9).evaluations.breakdown
    assert "ranking" not in _ranked("adaptive", iters=9, ranking_masks=0).evaluations.breakdown


def test_the_map_does_not_depend_on_the_ranking() -> None:
    maps = [_ranked(name, iters=7).map for name in RANKINGS]
    assert all(np.array_equal(maps[0], other) for other in maps[1:])


def test_before_the_first_evaluations_contrast_stands_in() -> None:
    iters = FIRST // 50 - 1
    few, plain = _ranked("adaptive", iters=iters), _ranked("contrast", iters=iters)
    assert np.array_equal(_order(few), _order(plain))
    enough = _ranked("adaptive", iters=iters + 1)
    assert not np.array_equal(_order(enough), _order(_ranked("contrast", iters=iters + 1)))


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_batches_change_nothing(name: str) -> None:
    rankings = [_order(_ranked(name, iters=9, batch_size=size)) for size in (1, 7, 64)]
    assert all(np.array_equal(rankings[0], other) for other in rankings[1:])


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_ten_more_are_twenty(name: str) -> None:
    model = _regions()
    run = run_of(model, model.picture(), ranking=name, iters=10, minimise_budget=0)
    drive(run)
    run.extend(iters=10)
    extended, whole = drive(run), _ranked(name, iters=20)
    assert np.array_equal(_order(extended), _order(whole))
    assert extended.map_error is not None
    assert whole.map_error is not None
    assert np.array_equal(extended.map_error, whole.map_error)
    assert extended.stability == whole.stability
    assert len(whole.stability) == 1


@pytest.mark.parametrize("calls", [1, 3, 9, 14, 20, 26])
def test_saved_and_loaded_in_the_middle(calls: int, tmp_path: Path) -> None:
    model = _regions()
    run = run_of(model, model.picture(), iters=13, minimise_budget=0)
    for number, _ in enumerate(run):
        if number == calls:
            run.pause()
    path = run.save(tmp_path / "half.run")
    again = rw.load_run(path, _regions())
    again.resume()
    resumed, whole = drive(again), _ranked("adaptive", iters=13)
    assert np.array_equal(_order(resumed), _order(whole))
    assert resumed.map_error is not None
    assert whole.map_error is not None
    assert np.array_equal(resumed.map_error, whole.map_error)
    assert resumed.stability == whole.stability


def test_a_model_that_breaks_in_a_round_can_go_on() -> None:
    model = _regions()
    run = run_of(model, model.picture(), iters=9, minimise_budget=0, batch_size=16)
    model.before_call = fail_at(40)
    with pytest.raises(RuntimeError, match="call 40"):
        drive(run)
    model.before_call = lambda call, rows: None
    resumed = drive(run)
    whole = _ranked("adaptive", iters=9, batch_size=16)
    assert np.array_equal(_order(resumed), _order(whole))


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@pytest.mark.parametrize(("model", "kind"), [(SpikeModel(), "signal"), (BallModel(), "volume")])
def test_signals_and_volumes(name: str, model: SpikeModel | BallModel, kind: str) -> None:
    run = rw.start(
        sample_of_kind(model.data(), kind), model, ranking=name, iters=10, seed=1, minimise_budget=0
    )
    for _ in run:
        pass
    assert _hits(run.result(), model.truth()) >= 0.5


class _Constant(Synthetic):
    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([0.2, 0.8]) if data.any() else np.array([0.9, 0.1])


def test_answers_that_tell_nothing_leave_contrast() -> None:
    data = np.ones((1, 12, 12), np.float32)
    plain = drive(run_of(_Constant((12, 12)), data, iters=8, ranking="contrast"))
    ranked = drive(run_of(_Constant((12, 12)), data, iters=8))
    assert np.array_equal(_order(ranked), _order(plain))
    assert ranked.verified


def test_normal_scores_follow_the_ranks() -> None:
    values = np.random.default_rng(0).standard_normal((30, 40)) ** 3
    scores = normal_scores(values)
    assert np.array_equal(np.argsort(scores.ravel()), np.argsort(values.ravel()))
    assert abs(scores.mean()) < 1e-3
    assert scores.std() == pytest.approx(1, abs=0.02)
