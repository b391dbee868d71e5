"""A row alone and in company; and when two runtimes agree."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.classifiers.agreement import Refused
from rex_widgets.encoders.agreement import same_representations
from rex_widgets.encoders.independence import check_independent, relative_difference
from rex_widgets.errors import ModelError

ROWS = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)


def test_relative_difference() -> None:
    assert relative_difference(np.array([3, 4], "f4"), np.array([3, 4], "f4")) == 0
    assert relative_difference(np.zeros(2, "f4"), np.zeros(2, "f4")) == 0
    assert relative_difference(np.array([3, 4], "f4"), np.array([0, 0], "f4")) == 1
    assert relative_difference(np.array([3, 4], "f4"), np.array([3, 3], "f4")) == pytest.approx(0.2)


@pytest.mark.parametrize(("difference", "passes"), [(5e-4, True), (2e-3, False)])
def test_the_tolerance(difference: float, passes: bool) -> None:
    def encode(batch: np.ndarray) -> np.ndarray:
        return batch * (1 if len(batch) == 1 else 1 + difference)

    if passes:
        check_independent(encode, ROWS)
    else:
        with pytest.raises(ModelError, match=r"0\.2% apart alone and among 4.* Try this\."):
            check_independent(encode, ROWS, advice=" Try this.")
        check_independent(encode, ROWS, tolerance=1e-2)


def test_a_single_input_gets_company() -> None:
    sizes: list[int] = []

    def encode(batch: np.ndarray) -> np.ndarray:
        sizes.append(len(batch))
        return batch - batch.mean(axis=0)

    with pytest.raises(ModelError, match="among 2"):
        check_independent(encode, ROWS[:1])
    assert sizes == [2, 1, 2]


def test_nan_is_not_judged_here() -> None:
    check_independent(lambda batch: batch * (np.nan if len(batch) == 1 else 1), ROWS)


def test_agreement() -> None:
    assert "at most 0 of their length" in same_representations(ROWS, ROWS)
    same_representations(ROWS, ROWS * np.float32(1 + 5e-5))
    same_representations(np.zeros((2, 3), "f4"), np.zeros((2, 3), "f4"))
    with pytest.raises(Refused, match=r"differ by 0\.001 of their length"):
        same_representations(ROWS, ROWS * np.float32(1.001))
    with pytest.raises(Refused, match="differ by"):
        same_representations(np.zeros((2, 3), "f4"), np.ones((2, 3), "f4"))
    with pytest.raises(Refused, match="5 values instead of 6"):
        same_representations(ROWS, ROWS[:, :5])
    with pytest.raises(Refused, match="differ by nan"):
        same_representations(ROWS, ROWS * np.float32(np.nan))
