"""`Run.wait`, and what a run says after a failure."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.api import Run
from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.settings import read_toml
from tests.synthetic import PATIENCE, RegionClassifier, bits_of, drive, fail_at, run_of

SHAPE = (16, 16)
SMALL: dict[str, Any] = {"iters": 4, "batch_size": 16, "minimise_budget": 100, "seed": 2}


def fresh(**options: Any) -> tuple[Run, RegionClassifier]:
    model = RegionClassifier(SHAPE, [[(3, 9, 4, 10)]], need=0.4)
    return run_of(model, model.picture(), **{**SMALL, **options}), model


def test_a_run_that_nobody_drives_is_driven() -> None:
    run, _ = fresh()
    assert bits_of(run.wait()) == bits_of(drive(fresh()[0]))
    run.extend(iters=2)
    assert run.progress.fraction < 1
    assert bits_of(run.wait()) == bits_of(drive(fresh(iters=6)[0]))


def test_a_run_that_is_attended_is_waited_for() -> None:
    run, model = fresh()
    run.attended = True
    with pytest.raises(TimeoutError, match=r"The run is ready at 0%"):
        run.wait(timeout=0.05)
    assert model.calls == 0
    thread = threading.Thread(target=lambda: (time.sleep(0.05), drive(run)))
    thread.start()
    assert run.wait(timeout=PATIENCE).stage == "verified"
    thread.join(PATIENCE)


def test_a_failure_is_told_wherever_one_looks() -> None:
    run, model = fresh()
    model.before_call = fail_at(6, RuntimeError)
    with pytest.raises(RuntimeError):
        drive(run)
    assert "failed (RuntimeError" in repr(run)
    assert run.result().message.startswith("The run failed: RuntimeError")
    model.before_call = fail_at(0, RuntimeError)
    run.extend(iters=1)
    assert run.status == "ready"
    assert run.wait().message == ""


def test_waiting_for_a_failed_run_says_why() -> None:
    run, _ = fresh()
    run.attended = True
    run.status, run.error = "failed", RuntimeError("no power")
    with pytest.raises(ModelError, match=r"The run failed: RuntimeError: no power\."):
        run.wait()


def test_settings_may_be_spelled_as_their_flags() -> None:
    picture = np.full(SHAPE, 250, np.uint8)
    _, model = fresh()
    run = rw.start(picture, model, threshold=0.5, seed=0)
    assert run.settings.minimum_confidence_threshold == 0.5
    with pytest.raises(SettingsError, match="given twice"):
        rw.start(picture, model, threshold=0.5, minimum_confidence_threshold=0.5)
    found = read_toml("threshold = 0.25", (rw.CausalSettings,))
    assert found[rw.CausalSettings] == {"minimum_confidence_threshold": 0.25}


def test_preparing_the_model_does_not_count_as_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    run, model = fresh()
    monkeypatch.setattr(model, "prepare", lambda probe, expected: time.sleep(1.0))
    last = run.progress
    for progress in run:
        last = progress
    assert last.seconds > 1.0
    assert last.seconds_left == 0.0
    assert last.evaluations_per_second > 2 * last.evaluations / last.seconds
