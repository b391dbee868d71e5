"""When a run of the RELAX benchmark counts as being as exact as the peer."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.relax_encoder import error, shape_error
from tests.benchmarks.relax_peer import Course, _reached

REFERENCE = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


def course(*off: float) -> Course:
    """A run whose maps are off by so much everywhere, at 100, 200, … masks, a second each."""
    maps = np.stack([REFERENCE + np.float32(one) for one in off])
    numbers = range(1, len(off) + 1)
    return Course([100 * n for n in numbers], [float(n) for n in numbers], maps, 0.0)


def test_errors_are_shares_of_the_reference() -> None:
    size = np.sqrt(np.mean(REFERENCE**2))
    assert error(REFERENCE + 0.5, REFERENCE) == pytest.approx(0.5 / size)
    assert shape_error(REFERENCE + 0.5, REFERENCE) == pytest.approx(0.0, abs=1e-7)
    assert shape_error(2 * REFERENCE, REFERENCE) == pytest.approx(1.0)


def test_a_lucky_border_does_not_count() -> None:
    wanted = error(REFERENCE + 0.3, REFERENCE)
    masks, seconds = _reached(course(0.9, 0.2, 0.5, 0.25, 0.1), wanted, error, REFERENCE)
    assert (masks, seconds) == (400, 4.0)
    assert _reached(course(0.1, 0.2), wanted, error, REFERENCE) == (100, 1.0)


def test_never_exact_enough_is_infinitely_long() -> None:
    wanted = error(REFERENCE + 0.3, REFERENCE)
    found = _reached(course(0.1, 0.4), wanted, error, REFERENCE)
    assert found == ("not reached", float("inf"))
