"""The border between batches: one worker, many visitors, nobody starved, nobody stuck."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from rex_widgets.border import Border
from tests.synthetic import PATIENCE, in_thread, join


def test_a_visitor_waits_for_the_batch_to_end() -> None:
    border = Border()
    in_batch, end_batch = threading.Event(), threading.Event()
    order: list[str] = []

    def work() -> None:
        with border.working():
            in_batch.set()
            assert end_batch.wait(PATIENCE)
            order.append("batch")

    def visit() -> None:
        with border.visiting():
            order.append("visit")

    worker, raised = in_thread(work)
    assert in_batch.wait(PATIENCE)
    visitor, _ = in_thread(visit)
    visitor.join(0.05)
    assert visitor.is_alive(), "the visitor came in while a batch was running"
    end_batch.set()
    join(worker, visitor)
    assert order == ["batch", "visit"]
    assert not raised


def test_a_waiting_visitor_comes_before_the_next_batch() -> None:
    border = Border()
    batches = 0
    visited_after: list[int] = []
    first, go_on = threading.Event(), threading.Event()

    def work() -> None:
        nonlocal batches
        for _ in range(50):
            with border.working():
                batches += 1
                first.set()
                if batches == 1:
                    assert go_on.wait(PATIENCE)
                    time.sleep(0.05)  # for the visitor to line up

    def visit() -> None:
        go_on.set()
        with border.visiting():
            visited_after.append(batches)

    worker, raised = in_thread(work)
    assert first.wait(PATIENCE)
    visitor, _ = in_thread(visit)
    join(worker, visitor)
    assert not raised
    assert visited_after[0] <= 2


def test_visitors_that_never_stop_do_not_starve_the_worker() -> None:
    border = Border()
    stop = threading.Event()
    visits = [0] * 4

    def hammer(which: int) -> None:
        while not stop.is_set():
            with border.visiting():
                visits[which] += 1
                time.sleep(0.001)

    def work() -> None:
        for _ in range(200):
            with border.working():
                pass

    hammers = [in_thread(lambda which=which: hammer(which)) for which in range(4)]
    worker, raised = in_thread(work)
    worker.join(PATIENCE / 2)
    starved = worker.is_alive()
    stop.set()
    join(worker, *(thread for thread, _ in hammers))
    assert not starved
    assert not raised
    assert not any(errors for _, errors in hammers)
    assert min(visits) > 0


def test_batches_and_visits_never_overlap() -> None:
    border = Border()
    inside = 0
    overlaps = 0

    def enter() -> None:
        nonlocal inside, overlaps
        inside += 1
        overlaps += inside != 1
        time.sleep(0)
        inside -= 1

    def visit() -> None:
        for _ in range(100):
            with border.visiting():
                enter()

    def work() -> None:
        for _ in range(100):
            with border.working():
                enter()

    threads = [in_thread(visit) for _ in range(3)] + [in_thread(work)]
    join(*(thread for thread, _ in threads))
    assert overlaps == 0
    assert not any(errors for _, errors in threads)


def test_a_second_worker_is_refused_in_words() -> None:
    border = Border()
    with border.working():
        thread, raised = in_thread(lambda: border.working().__enter__())
        join(thread)
    assert isinstance(raised[0], RuntimeError)
    assert "driven by another thread" in str(raised[0])
    assert "safe from any thread" in str(raised[0])
    with border.working():
        pass


def test_the_worker_may_visit_its_own_batch_and_visits_may_nest() -> None:
    border = Border()

    def work() -> None:
        with border.working(), border.visiting(), border.visiting():
            pass
        with border.visiting(), border.visiting():
            pass

    thread, raised = in_thread(work)
    join(thread)
    assert not raised


def test_nested_visits_go_on_while_the_worker_waits() -> None:
    border = Border()
    outer, waiting = threading.Event(), threading.Event()

    def visit() -> None:
        with border.visiting():
            outer.set()
            assert waiting.wait(PATIENCE)
            time.sleep(0.05)  # for the worker to line up
            with border.visiting():
                pass

    def work() -> None:
        assert outer.wait(PATIENCE)
        waiting.set()
        with border.working():
            pass

    visitor, raised = in_thread(visit)
    worker, errors = in_thread(work)
    join(visitor, worker)
    assert not raised
    assert not errors


def test_a_batch_that_fails_opens_the_border() -> None:
    border = Border()
    with pytest.raises(KeyError), border.working():
        raise KeyError
    with border.visiting():
        pass
    with pytest.raises(KeyError), border.visiting():
        raise KeyError
    with border.working():
        pass


def test_an_interrupted_visitor_leaves_no_trace() -> None:
    """Ctrl-C while waiting for a batch to end: the run must go on afterwards."""
    border = Border()
    in_batch, end_batch = threading.Event(), threading.Event()

    def work() -> None:
        with border.working():
            in_batch.set()
            assert end_batch.wait(PATIENCE)

    worker, _ = in_thread(work)
    assert in_batch.wait(PATIENCE)
    main = threading.main_thread().ident
    assert main is not None
    killer, _ = in_thread(lambda: (time.sleep(0.1), signal.pthread_kill(main, signal.SIGINT)))
    with pytest.raises(KeyboardInterrupt), border.visiting():
        pytest.fail("came in during a batch")
    end_batch.set()
    join(worker, killer)

    def again() -> None:
        with border.working():
            pass

    thread, raised = in_thread(again)
    join(thread)
    assert not raised
