"""The thread that drives a panel's run: it obeys at the next border and never makes anyone wait."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from typing import Any

import numpy as np
import pytest

from rex_widgets.results import ClassScore, Explanation
from rex_widgets.run import Run
from rex_widgets.widgets.turns import Turns, turns_at
from rex_widgets.widgets.worker import RESULT_SECONDS, Worker
from tests.widgets.bright_square import SIDE, SQUARE, BrightSquare, bright_run, wait_until


class Heard:
    """Remembers what a worker said, and on which thread."""

    def __init__(self) -> None:
        self.statuses: list[str] = []
        self.results: list[tuple[Explanation, str]] = []
        self.what_ifs: list[tuple[ClassScore, ...] | None] = []
        self.rests: list[str] = []
        self.problems: list[BaseException] = []
        self.runs: list[Run] = []
        self.threads: set[int] = set()

    def on_progress(self, run: Run, status: str) -> None:
        self.threads.add(threading.get_ident())
        self.statuses.append(status)

    def on_result(self, explanation: Explanation, status: str) -> None:
        self.results.append((explanation, status))

    def on_what_if(self, scores: tuple[ClassScore, ...] | None) -> None:
        self.what_ifs.append(scores)

    def on_run(self, run: Run) -> None:
        self.runs.append(run)

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        self.rests.append(run.status)

    def on_problem(self, problem: BaseException) -> None:
        self.problems.append(problem)


@pytest.fixture
def model() -> BrightSquare:
    return BrightSquare()


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_it_drives_to_the_end_on_a_thread_of_its_own(model: BrightSquare, heard: Heard) -> None:
    worker = Worker(bright_run(model), heard)
    assert not worker.alive
    worker.start()
    wait_until(lambda: heard.rests)
    assert heard.rests == ["finished"]
    assert heard.statuses[0] == "running" and heard.statuses[-1] == "finished"
    assert heard.threads == {worker._thread.ident} and threading.get_ident() not in heard.threads
    last, status = heard.results[-1]
    assert status == "finished" and last.verified and last.target.index == 1
    assert heard.problems == []
    worker.close(wait=10)
    assert not worker.alive


def test_pause_stops_evaluating_and_resume_gives_the_same_answer(
    model: BrightSquare, heard: Heard
) -> None:
    uninterrupted = bright_run(iters=60)
    for _ in uninterrupted:
        pass
    worker = Worker(bright_run(model, iters=60), heard)
    worker.start()
    wait_until(lambda: worker.run.progress.evaluations > 20)
    worker.pause()
    wait_until(lambda: heard.rests)
    assert worker.run.status == "paused"
    calls = model.calls
    worker.step()
    wait_until(lambda: model.calls > calls and len(heard.rests) == 2)
    assert worker.run.status == "paused"
    worker.resume()
    wait_until(lambda: "finished" in heard.rests)
    assert np.array_equal(worker.run.result().map, uninterrupted.result().map)
    assert np.array_equal(worker.run.result().mask, uninterrupted.result().mask)
    worker.close()


def test_commands_never_wait_for_the_model(model: BrightSquare, heard: Heard) -> None:
    worker = Worker(bright_run(model), heard)
    model.gate.clear()
    calls = model.calls
    worker.start()
    wait_until(lambda: model.calls > calls)
    # The model hangs, and all of these return all the same.
    worker.pause()
    worker.extend_to(9)
    worker.what_if(np.ones((SIDE, SIDE), bool))
    worker.stop()
    assert worker.run.status == "running"
    model.gate.set()
    wait_until(lambda: heard.rests)
    assert heard.rests == ["cancelled"] and worker.run.iters == 9
    assert model.calls <= calls + 3  # nothing but the batch that hung, and the question
    worker.close()


def test_an_extension_goes_on_after_the_end_and_equals_one_go(
    model: BrightSquare, heard: Heard
) -> None:
    at_once = bright_run(iters=5)
    for _ in at_once:
        pass
    worker = Worker(bright_run(model, iters=3), heard)
    worker.start()
    wait_until(lambda: heard.rests)
    worker.extend_to(2)  # fewer than there are
    worker.extend_to(5)
    wait_until(lambda: len(heard.rests) == 2)
    assert worker.run.iters == 5 and worker.run.status == "finished"
    assert np.array_equal(worker.run.result().map, at_once.result().map)
    worker.close()


def test_an_extension_does_not_begin_what_was_not_begun(heard: Heard) -> None:
    worker = Worker(bright_run(), heard)
    worker.extend_to(4)
    wait_until(lambda: heard.statuses)
    assert worker.run.iters == 4 and worker.run.status == "ready"
    worker.close()


def test_what_the_model_raises_is_kept_and_the_run_can_be_tried_again(
    model: BrightSquare, heard: Heard
) -> None:
    worker = Worker(bright_run(model, iters=5000), heard)
    worker.start()
    wait_until(lambda: worker.run.progress.evaluations > 20)
    model.raises = ZeroDivisionError("the model is broken")
    wait_until(lambda: heard.rests)
    assert worker.run.status == "failed" and worker.run.error is model.raises
    assert heard.statuses[-1] == "failed" and worker.alive
    assert int(heard.results[-1][0].evaluations) > 20
    model.raises = None
    evaluations = worker.run.progress.evaluations
    worker.start()
    wait_until(lambda: worker.run.progress.evaluations > evaluations + 20)
    worker.close()


def test_what_if_asks_for_the_last_question_only(model: BrightSquare, heard: Heard) -> None:
    worker = Worker(bright_run(model), heard)
    shown = np.ones((SIDE, SIDE), bool)
    hidden = shown.copy()
    hidden[SQUARE] = False
    model.gate.clear()
    worker.call(lambda run: model(np.zeros((1, 3, SIDE, SIDE))))
    for _ in range(5):
        worker.what_if(shown)
    worker.what_if(hidden)
    model.gate.set()
    wait_until(lambda: heard.what_ifs)
    worker.what_if(None)
    wait_until(lambda: len(heard.what_ifs) == 2)
    first = heard.what_ifs[0]
    assert first is not None and first[0].index != 1
    assert heard.what_ifs[1] is None
    worker.close()


def test_a_run_that_another_thread_drives_is_left_alone(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(run: Run) -> None:
        raise RuntimeError("This run is being driven by another thread.")

    monkeypatch.setattr(Run, "__next__", refused)
    worker = Worker(bright_run(), heard)
    worker.start()
    wait_until(lambda: heard.problems)
    assert "driven by another thread" in str(heard.problems[0])
    assert worker.run.status == "ready" and worker.run.error is None
    worker.close()


def test_a_run_resumed_by_code_goes_on(model: BrightSquare, heard: Heard) -> None:
    worker = Worker(bright_run(model, iters=60), heard)
    worker.start()
    wait_until(lambda: worker.run.progress.evaluations > 20)
    worker.run.pause()
    wait_until(lambda: heard.rests)
    worker.run.resume()
    wait_until(lambda: "finished" in heard.rests)
    worker.close()


def test_the_thread_ends_with_its_worker(heard: Heard) -> None:
    worker = Worker(bright_run(), heard)
    worker.start()
    wait_until(lambda: heard.rests)
    thread, gone = worker._thread, weakref.ref(worker)
    assert thread is not None
    del worker

    def ended() -> bool:
        gc.collect()
        return not thread.is_alive()

    wait_until(ended)
    assert gone() is None


def test_a_listener_that_fails_does_not_end_the_computation(
    heard: Heard, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("the screen is gone")

    monkeypatch.setattr(heard, "on_result", broken)
    worker = Worker(bright_run(), heard)
    worker.start()
    wait_until(lambda: heard.rests)
    assert worker.run.status == "finished" and "could not show" in caplog.text
    worker.close()


def test_two_workers_on_one_model_take_turns(model: BrightSquare) -> None:
    inside, most = 0, 0

    def counted(batch: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        try:
            return model(batch)
        finally:
            inside -= 1

    both = [Heard(), Heard()]
    workers = [Worker(bright_run(counted, seed=seed), h) for seed, h in enumerate(both)]
    for worker in workers:
        worker.start()
    wait_until(lambda: all(h.rests for h in both))
    assert [h.rests for h in both] == [["finished"], ["finished"]] and most == 1
    for worker in workers:
        worker.close()


def test_turns_are_shared_by_classifiers_of_one_model(model: BrightSquare) -> None:
    one, other = bright_run(model).classifier, bright_run(model).classifier
    turns = turns_at(one)
    assert turns is turns_at(other)
    assert turns is not turns_at(bright_run().classifier)


def test_turns_are_first_come_first_served() -> None:
    turns, order, threads = Turns(), [], []
    with turns.mine():
        for number in range(4):

            def wait(number: int = number) -> None:
                with turns.mine():
                    order.append(number)

            threads.append(threading.Thread(target=wait))
            threads[-1].start()
            wait_until(lambda number=number: len(turns._line) == number + 2)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3]


def test_results_that_cost_much_come_less_often(model: BrightSquare) -> None:
    class Dear(Heard):
        ahead = 0.0

        def on_result(self, explanation: Explanation, status: str) -> None:
            super().on_result(explanation, status)
            end = time.thread_time() + 0.05
            while time.thread_time() < end:
                pass

        def on_progress(self, run: Run, status: str) -> None:
            super().on_progress(run, status)
            if self.results:
                self.ahead = max(self.ahead, worker._next_result - time.monotonic())

    dear = Dear()
    worker = Worker(bright_run(model, iters=5000), dear)
    worker.start()
    wait_until(lambda: dear.ahead > 2 * RESULT_SECONDS)
    worker.close(wait=10)
