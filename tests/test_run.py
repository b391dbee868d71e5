"""The Run contract: look, pause, resume, step, cancel, extend, from any thread, at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rex_widgets.api import Run
from rex_widgets.errors import InputError, SettingsError
from rex_widgets.results import Explanation
from tests.synthetic import (
    PATIENCE,
    RegionClassifier,
    bits_of,
    drive,
    fail_at,
    in_thread,
    join,
    run_of,
)

SHAPE = (16, 16)
SMALL: dict[str, Any] = {"iters": 6, "batch_size": 16, "minimise_budget": 150}


def region() -> RegionClassifier:
    return RegionClassifier(SHAPE, [[(3, 9, 4, 10)], [(11, 15, 2, 8)]], need=0.4)


def fresh(**options: Any) -> tuple[Run, RegionClassifier]:
    model = region()
    return run_of(model, model.picture(), **{**SMALL, **options}), model


@pytest.fixture(scope="module")
def undisturbed() -> Explanation:
    return drive(fresh()[0])


def assert_usable(result: Explanation) -> None:
    assert result.map.shape == result.mask.shape == SHAPE
    assert result.map.dtype == np.float32
    assert result.mask.dtype == np.bool_
    assert (result.map >= 0).all()
    assert result.area == pytest.approx(result.mask.mean())
    assert result.stage
    assert not result.mask.flags.writeable


def test_nothing_happens_before_iterating() -> None:
    run, model = fresh()
    assert (model.calls, model.prepared) == (0, 0)
    assert run.status == "ready"
    assert run.progress.evaluations == 0
    result = run.result()
    assert_usable(result)
    assert result.stage == "nothing yet"
    assert not result.verified
    assert result.target.index == -1
    assert model.calls == 0
    assert "ready" in repr(run)


def test_one_item_per_batch_and_a_usable_result_at_every_border() -> None:
    run, model = fresh()
    fractions: list[float] = []
    evaluations: list[int] = []
    stages: list[str] = []
    for progress in run:
        before = model.calls
        result = run.result()
        assert model.calls == before, "looking at a run called the model"
        assert_usable(result)
        assert result.evaluations == progress.evaluations == sum(model.batches)
        if result.verified:
            shown = np.where(result.mask, model.picture(), 0).astype(np.float64)
            assert int(model.row(shown).argmax()) == result.target.index
        fractions.append(progress.fraction)
        evaluations.append(progress.evaluations)
        stages.append(result.stage)
    assert run.status == "finished"
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert evaluations == sorted(evaluations)
    wanted = ["nothing yet", "smallest passing mutant", "verified"]
    assert [stage for stage in dict.fromkeys(stages) if stage in wanted] == wanted
    assert model.prepared == 1
    assert len(fractions) >= sum(model.batches) / SMALL["batch_size"]
    assert list(run) == [], "a finished run has nothing left"


def test_break_loses_nothing(undisturbed: Explanation) -> None:
    run, _ = fresh()
    for count in range(1, 40):
        for number, _ in enumerate(run):
            if number + 1 >= count % 4 + 1:
                break
    assert bits_of(drive(run)) == bits_of(undisturbed)
    assert run.status == "finished"


def test_pause_in_the_loop_and_go_on(undisturbed: Explanation) -> None:
    run, model = fresh()
    for _ in range(5):
        seen = 0
        for _ in run:
            seen += 1
            if seen == 2:
                run.pause()
        assert seen == 2
        assert run.status == "paused"
    calls = model.calls
    run.result()
    assert model.calls == calls
    assert bits_of(drive(run)) == bits_of(undisturbed)


def test_pause_before_the_start() -> None:
    run, model = fresh()
    run.pause()
    assert run.status == "paused"
    with pytest.raises(StopIteration):
        next(run)
    assert model.calls == 0
    run.resume()
    assert run.status == "ready"
    next(run)
    assert run.status == "running"


def test_pause_from_another_thread_ends_the_loop_at_the_next_border() -> None:
    run, model = fresh()
    in_call, go_on = threading.Event(), threading.Event()

    def hold(call: int, rows: int) -> None:
        if call == 5:
            in_call.set()
            assert go_on.wait(PATIENCE)

    model.before_call = hold
    driver, raised = in_thread(lambda: drive(run))
    assert in_call.wait(PATIENCE)
    pauser, _ = in_thread(run.pause)
    pauser.join(0.05)
    assert pauser.is_alive(), "pause() returned while a batch was running"
    go_on.set()
    join(driver, pauser)
    assert not raised
    assert run.status == "paused"
    assert model.calls <= 6  # the batch that ran, and the check of its smallest mutant


def test_a_pause_or_cancel_after_the_end_changes_nothing() -> None:
    run, _ = fresh()
    drive(run)
    run.pause()
    with pytest.raises(StopIteration):
        next(run)
    assert run.status == "finished"
    run.cancel()
    assert run.status == "finished"
    run.resume()
    assert list(run) == []


def test_cancel_keeps_what_was_found(undisturbed: Explanation) -> None:
    run, model = fresh()
    for progress in run:
        if progress.evaluations > 120:
            run.cancel()
    assert run.status == "cancelled"
    result = run.result()
    assert result.verified
    assert result.stage == "smallest passing mutant"
    assert result.map.any()
    calls = model.calls
    assert list(run) == []
    assert run.step() == run.progress
    run.pause()
    assert list(run) == []
    assert run.status == "cancelled"
    assert model.calls == calls


def test_extend_after_cancel_goes_on() -> None:
    run, model = fresh(iters=4)
    for progress in run:
        if progress.evaluations > 60:
            run.cancel()
    before = sum(model.batches)
    run.extend(iters=2)
    assert run.status == "ready"
    assert bits_of(drive(run)) == bits_of(drive(fresh(iters=6)[0]))
    assert sum(model.batches) > before
    assert run.iters == 6


def test_step_by_step(undisturbed: Explanation) -> None:
    run, model = fresh()
    steps = 0
    while run.status != "finished":
        before = model.calls
        run.step()
        assert model.calls - before <= 2
        steps += 1
        if run.status != "finished":
            assert run.status == "paused"
    assert steps > 10
    assert bits_of(run.result()) == bits_of(undisturbed)
    assert run.step().fraction == 1.0


def test_the_progress_tells_rates_and_stages() -> None:
    run, _ = fresh()
    seen = list(run)
    assert seen[-1].seconds >= seen[0].seconds
    assert seen[-1].evaluations_per_second > 0
    assert {"searching", "explaining"} <= {progress.stage for progress in seen}
    assert seen[-1].seconds_left == 0


def test_everything_at_once_from_four_threads(undisturbed: Explanation, tmp_path: Any) -> None:
    run, _ = fresh()
    stop = threading.Event()
    actions: list[Callable[[], object]] = [
        run.result,
        lambda: run.save(tmp_path / "hammered.run"),
        lambda: run.map_for(1),
        lambda: (run.pause(), run.resume()),
    ]
    done = [0] * len(actions)

    def hammer(which: int) -> None:
        while not stop.is_set():
            actions[which]()
            done[which] += 1

    def work() -> None:
        while run.status != "finished":
            drive(run)

    hammers = [in_thread(lambda which=which: hammer(which)) for which in range(len(actions))]
    worker, raised = in_thread(work)
    worker.join(2 * PATIENCE)
    stuck = worker.is_alive()
    stop.set()
    run.cancel()
    join(worker, *(thread for thread, _ in hammers))
    assert not stuck
    assert not raised
    assert not [errors for _, errors in hammers if errors]
    assert min(done) > 0
    assert bits_of(run.result()) == bits_of(undisturbed)


def test_a_second_driving_thread_is_refused() -> None:
    run, model = fresh()
    in_call, go_on = threading.Event(), threading.Event()

    def hold(call: int, rows: int) -> None:
        if call == 4:
            in_call.set()
            assert go_on.wait(PATIENCE)

    model.before_call = hold
    driver, raised = in_thread(lambda: drive(run))
    assert in_call.wait(PATIENCE)
    with pytest.raises(RuntimeError, match="driven by another thread"):
        next(run)
    go_on.set()
    join(driver)
    assert not raised
    assert run.status == "finished"


@pytest.mark.parametrize("call", [1, 2, 3, 9, 20, 30])
def test_a_keyboard_interrupt_in_the_model_leaves_a_whole_state(
    call: int, undisturbed: Explanation
) -> None:
    run, model = fresh()
    survived: list[int] = []

    def interrupt(number: int, rows: int) -> None:
        if number == call:
            signal.raise_signal(signal.SIGINT)
            survived.append(number)

    model.before_call = interrupt
    with pytest.raises(KeyboardInterrupt):
        drive(run)
    assert survived == [call], "the batch was torn apart"
    assert run.status == "running"
    assert run.error is None
    assert_usable(run.result())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert bits_of(drive(run)) == bits_of(undisturbed)


@pytest.mark.parametrize("call", [1, 2, 3, 4, 9, 17, 25, 33])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_keeps_the_partial_result_and_can_be_tried_again(
    call: int, error: type[BaseException], undisturbed: Explanation
) -> None:
    run, model = fresh()
    model.before_call = fail_at(call, error)
    with pytest.raises(error, match=f"broke at call {call}"):
        drive(run)
    assert run.status == "failed"
    assert isinstance(run.error, error)
    partial = run.result()
    assert_usable(partial)
    if call > 17:
        assert partial.map.any()
        assert partial.verified
    result = drive(run)
    assert run.status == "finished"
    assert run.error is None
    assert bits_of(result) == bits_of(undisturbed)


def test_a_step_after_a_failure_forgets_the_error() -> None:
    run, model = fresh()
    model.before_call = fail_at(3)
    with pytest.raises(RuntimeError):
        drive(run)
    run.step()
    assert run.error is None
    assert run.status == "paused"


def test_a_failure_between_trees_of_a_multiplicative_search() -> None:
    options: dict[str, Any] = {"responsibility_style": "multiplicative", "iters": 10}
    expected = bits_of(drive(fresh(**options)[0]))
    for call in (5, 8, 13):
        run, model = fresh(**options)
        model.before_call = fail_at(call)
        with pytest.raises(RuntimeError):
            drive(run)
        assert bits_of(drive(run)) == expected


def test_what_if() -> None:
    run, model = fresh()
    first = np.zeros(SHAPE, bool)
    first[3:9, 4:10] = True
    second = np.zeros(SHAPE, bool)
    second[11:15, 2:8] = True
    assert run.what_if(first)[0].index == 1, "also before the run has begun"
    for number, _ in enumerate(run):
        if number == 6:
            calls = model.calls
            best = run.what_if(second)
            assert model.calls == calls + 1
            assert [score.index for score in best][:1] == [2]
            assert [s.confidence for s in best] == sorted(s.confidence for s in best)[::-1]
            assert best[0].label == "class 2"
            assert len(best) == 3
    with pytest.raises(InputError, match=r"\(3, 3\); expected \(16, 16\)"):
        run.what_if(np.ones((3, 3), bool))
    assert run.result().evaluations.breakdown["what-if"] == 2


def test_what_if_changes_no_answer(undisturbed: Explanation) -> None:
    run, _ = fresh()
    for _ in run:
        run.what_if(np.random.default_rng(0).random(SHAPE) < 0.5)
    assert bits_of(run.result()) == bits_of(undisturbed)


def test_another_class_reuses_what_has_been_evaluated() -> None:
    run, _ = fresh()
    assert drive(run).target.index == 1
    other = run.for_target(2)
    assert isinstance(other, Run)
    result = drive(other)
    assert result.target.index == 2
    assert result.verified
    assert not result.mask[:9].any()
    assert result.mask[11:15, 2:8].sum() == result.mask.sum() > 0
    alone, _ = fresh(target=2)
    expected = drive(alone)
    assert bits_of(result) == bits_of(expected)
    assert result.evaluations < expected.evaluations
    assert run.status == "finished"


def test_a_class_that_never_wins() -> None:
    """The one pixel of class 2 is dim."""
    model = RegionClassifier(SHAPE, [[(3, 9, 4, 10)], [(0, 1, 0, 1)]], need=0.4)
    run = run_of(model, region().picture(), **SMALL)
    assert drive(run).target.index == 1
    other = run.for_target(2)
    result = drive(other)
    assert result.stage == "none found"
    assert not result.verified
    assert not result.mask.any()
    assert "No part of the input was found" in result.message
    assert "class 2" in result.message
    assert "class 1" in result.message
    assert other.status == "finished"


def test_maps_of_other_classes() -> None:
    run, _ = fresh(iters=10)
    assert run.map_for(1) is None
    result = drive(run)
    own = run.map_for(1)
    assert own is not None
    np.testing.assert_array_equal(own, result.map)
    other = run.map_for(2)
    assert other is not None
    assert other.dtype == np.float32
    assert other.shape == SHAPE
    # class 2 is given where its own rectangle is visible and the first is not
    assert other[11:15, 2:8].mean() > other[3:9, 4:10].mean()
    assert run.map_for(99) is None


@pytest.mark.parametrize("amounts", [{}, {"iters": 0}, {"iters": -3}, {"masks": 5}])
def test_extend_refuses_what_it_does_not_know(amounts: dict[str, int]) -> None:
    run, _ = fresh()
    with pytest.raises(SettingsError, match="expects iters"):
        run.extend(**amounts)
