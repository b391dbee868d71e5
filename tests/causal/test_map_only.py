"""`no_extract`: the map is that of a whole run, and nothing is spent on extracting from it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.synthetic import RegionClassifier, bits_of, drive, run_of

MODEL = RegionClassifier((16, 16), [[(3, 9, 4, 10)]], need=0.4)


def test_the_map_is_the_same_and_nothing_is_extracted() -> None:
    whole = drive(run_of(MODEL, MODEL.picture(), iters=5))
    alone = drive(run_of(MODEL, MODEL.picture(), iters=5, no_extract=True))
    assert np.array_equal(alone.map, whole.map)
    assert alone.map.any()
    spent = alone.evaluations.breakdown
    assert not {"extract", "minimise", "early answer"} & {k for k, n in spent.items() if n}
    assert alone.evaluations < whole.evaluations
    assert alone.certificate is None
    assert alone.stage == "smallest passing mutant"
    assert "no_extract" in alone.message


@pytest.mark.parametrize("first", [1, 4])
def test_it_can_be_extended(first: int) -> None:
    run = run_of(MODEL, MODEL.picture(), iters=first, no_extract=True)
    drive(run)
    assert run.status == "finished"
    assert run.progress.fraction == 1.0
    run.extend(iters=5 - first)
    at_once = drive(run_of(MODEL, MODEL.picture(), iters=5, no_extract=True))
    assert bits_of(drive(run)) == bits_of(at_once)


def test_the_share_of_work_done_never_falls() -> None:
    run = run_of(MODEL, MODEL.picture(), iters=5, no_extract=True)
    shares = [progress.fraction for progress in run]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
