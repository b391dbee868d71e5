"""The early answer: shown after the first wave, and without a trace in the final one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.api import Run
from rex_widgets.causal import procedure
from tests.synthetic import RegionClassifier, drive, run_of

SHAPE = (32, 32)


def fresh(**options: Any) -> tuple[Run, RegionClassifier]:
    model = RegionClassifier(SHAPE, [[(8, 16, 10, 20)]], need=0.4)
    settings = {"iters": 12, "seed": 4, "batch_size": 16, "minimise_budget": 200, **options}
    return run_of(model, model.picture(), **settings), model


def test_an_early_answer_is_verified_before_the_search_ends() -> None:
    run, _ = fresh()
    early = None
    for progress in run:
        result = run.result()
        if progress.stage == "searching" and "early answer" in result.evaluations.breakdown:
            early = result
    assert early is not None
    assert early.verified
    assert early.area > 0
    final = run.result()
    assert final.evaluations.breakdown["early answer"] <= procedure.EARLY_BUDGET
    assert final.area <= early.area


def test_the_final_answer_does_not_depend_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = drive(fresh()[0])
    monkeypatch.setattr(procedure, "EARLY_ITERATIONS", 10**9)
    without = drive(fresh()[0])
    assert "early answer" not in without.evaluations.breakdown
    assert np.array_equal(with_it.mask, without.mask)
    assert np.array_equal(with_it.map, without.map)
    assert with_it.confidence == without.confidence


def test_nobody_who_does_not_minimise_pays_for_it() -> None:
    result = drive(fresh(minimise_budget=0)[0])
    assert "early answer" not in result.evaluations.breakdown
