from __future__ import annotations

import math

import numpy as np
import pytest

from rex_widgets.latent.benchmark.outcomes import Verdict
from rex_widgets.latent.benchmark.summary import (
    METRICS,
    Scores,
    mean_of,
    over_seeds,
    released_scores,
    scores,
    table,
)

U, T, N, C = Verdict
VERDICTS = np.array([[U, T, N, C], [N, N, U, U], [T, U, U, U]], np.uint8)
KEPT = np.array([[0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0]], bool)
NONE = np.array([[T, U], [U, U]], np.uint8)


def test_scores_by_hand() -> None:
    assert scores(VERDICTS, KEPT) == Scores(1.0, 4 / 12, 3 / 4, 1 / 4, 2 / 12)


def test_without_success_the_trivial_ones_still_count() -> None:
    assert scores(NONE, np.zeros((2, 2), bool)) == Scores(0, 0, 0, 0, 0.25)


def test_the_release_leaves_samples_without_success_out() -> None:
    assert released_scores(VERDICTS, KEPT) == Scores(1.5, 4 / 12, 3 / 4, 1 / 4, 2 / 12)
    assert released_scores(NONE, np.zeros((2, 2), bool)) == Scores(0, 0, 0, 0, 0)


def test_mean_of_batches() -> None:
    mean = mean_of([Scores(1, 0.5, 1, 0, 0), Scores(0, 0, 0, 0, 0.5)])
    assert mean == Scores(0.5, 0.25, 0.5, 0, 0.25)


def test_table_has_the_columns_of_the_release() -> None:
    found = table([{"explainer": "dice", **scores(VERDICTS, KEPT).named}])
    assert list(found.columns) == ["explainer", *METRICS]
    assert found["Cardinality (S#)"].tolist() == [1.0]
    assert list(table([]).columns) == ["explainer", *METRICS]


def test_standard_error_over_seeds() -> None:
    rows = [
        {"explainer": name, "seed": seed, **dict.fromkeys(METRICS, value)}
        for name, seed, value in (("b", 0, 1.0), ("b", 1, 3.0), ("a", 0, 7.0))
    ]
    found = over_seeds(rows, ["explainer"])
    assert found["explainer"].tolist() == ["b", "a"]
    assert found["seeds"].tolist() == [2, 1]
    assert found["SCE"].tolist() == [2.0, 7.0]
    # values 1 and 3: standard deviation √2, over √2 seeds
    assert found["SCE ±"][0] == pytest.approx(1.0)
    assert math.isnan(found["SCE ±"][1])
