"""The schedule of the bridge against its closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import SettingsError

STEPS = 1000
BRIDGE = Schedule.symmetric()


def test_betas_are_the_square_of_a_line_and_mirrored() -> None:
    slope = (np.sqrt(1e-3) - np.sqrt(1e-4)) / (STEPS - 1)
    for step in (0, 1, 250, 499):
        expected = (np.sqrt(1e-4) + slope * step) ** 2
        assert BRIDGE.betas[step] == pytest.approx(expected, rel=1e-12)
        assert BRIDGE.betas[STEPS - 1 - step] == BRIDGE.betas[step]
    assert BRIDGE.betas.argmax() in (499, 500)


def test_a_schedule_of_four_steps_by_hand() -> None:
    # The line 0.1, 0.2, 0.3, 0.4 gives variances 0.01 and 0.04, then mirrored.
    small = Schedule.symmetric(steps=4, beta_max=0.64, beta_min=0.01)
    np.testing.assert_allclose(small.betas, [0.01, 0.04, 0.04, 0.01])
    np.testing.assert_allclose(small.forward**2, [0.01, 0.05, 0.09, 0.10])
    np.testing.assert_allclose(small.backward**2, [0.10, 0.09, 0.05, 0.01])
    of_x0, of_x1, std = small.marginal(1)
    assert of_x0 == pytest.approx(0.09 / 0.14)
    assert of_x1 == pytest.approx(0.05 / 0.14)
    assert std**2 == pytest.approx(0.05 * 0.09 / 0.14)
    of_x0, of_x_n, std = small.posterior(2, 0)
    assert of_x0 == pytest.approx(0.08 / 0.09)
    assert of_x_n == pytest.approx(0.01 / 0.09)
    assert std**2 == pytest.approx(0.01 * 0.08 / 0.09)


def test_both_halves_mirror_each_other() -> None:
    np.testing.assert_allclose(BRIDGE.forward, BRIDGE.backward[::-1], rtol=1e-12)


def test_variances_add_up_but_for_the_shared_step() -> None:
    both = BRIDGE.forward**2 + BRIDGE.backward**2
    np.testing.assert_allclose(both, BRIDGE.betas.sum() + BRIDGE.betas, rtol=1e-12)


@given(st.integers(0, STEPS - 1))
def test_marginal_is_a_mean_of_both_ends(step: int) -> None:
    of_x0, of_x1, std = BRIDGE.marginal(step)
    near, far = BRIDGE.forward[step] ** 2, BRIDGE.backward[step] ** 2
    assert of_x0 == pytest.approx(far / (near + far), rel=1e-12)
    assert of_x1 == pytest.approx(near / (near + far), rel=1e-9)
    assert std**2 == pytest.approx(near * far / (near + far), rel=1e-12)


@given(st.integers(0, STEPS - 1))
def test_marginal_seen_from_the_other_end(step: int) -> None:
    of_x0, of_x1, std = BRIDGE.marginal(step)
    mirrored = BRIDGE.marginal(STEPS - 1 - step)
    assert mirrored == pytest.approx((of_x1, of_x0, std), rel=1e-9)


@given(st.integers(1, 200), st.integers(2, STEPS))
def test_spaced_steps_fall_from_the_start_to_zero(nfe: int, start_step: int) -> None:
    borders = BRIDGE.spaced(nfe, start_step)
    assert len(borders) == min(nfe + 1, start_step)
    assert borders[0] == start_step - 1
    assert borders[-1] == 0
    gaps = -np.diff(borders)
    assert gaps.min() >= 1
    assert gaps.max() - gaps.min() <= 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: Schedule.symmetric(steps=999), "even"),
        (lambda: Schedule.symmetric(steps=2), "even"),
        (lambda: Schedule.symmetric(beta_max=0.01), "beta_min"),
        (lambda: Schedule.symmetric(beta_min=0.0), "beta_min"),
        (lambda: Schedule.of_betas([0.1, -0.1]), "positive"),
        (lambda: Schedule.of_betas([[0.1, 0.1]]), "shape"),
        (lambda: Schedule.of_betas([0.1, np.nan]), "finite"),
        (lambda: Schedule(np.ones(2), np.ones(2), np.ones(3)), "one length"),
        (lambda: Schedule(np.ones(2), np.ones(2), np.ones(2)), "rise"),
        (lambda: BRIDGE.marginal(STEPS), "0 to 999"),
        (lambda: BRIDGE.marginal(-1), "0 to 999"),
        (lambda: BRIDGE.posterior(5, 5), "walked down"),
        (lambda: BRIDGE.spaced(0, 600), "nfe"),
        (lambda: BRIDGE.spaced(5, 1001), "start_step"),
        (lambda: BRIDGE.spaced(5, 1), "start_step"),
    ],
)
def test_what_cannot_be_is_refused(asked: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        asked()  # type: ignore[operator]
