"""Steps of the bridge: each formula against its closed form and against the others."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.bridge.process import estimate_x0, p_posterior, q_sample, target_of
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import SettingsError

STEPS = 1000
BRIDGE = Schedule.symmetric()
SHARED = float(BRIDGE.betas.max() / BRIDGE.betas.sum())
TWO_STEPS = st.lists(st.integers(0, STEPS - 1), min_size=2, max_size=2, unique=True).map(
    lambda pair: (max(pair), min(pair))
)


def _unit(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


@given(TWO_STEPS, st.floats(-1, 1), st.floats(-3, 3))
def test_posterior_of_the_marginal_is_the_marginal(
    steps: tuple[int, int], x0: float, x1: float
) -> None:
    n, m = steps
    first, last = _unit(x0), _unit(x1)
    mean = p_posterior(BRIDGE, n, m, q_sample(BRIDGE, n, first, last), first)
    expected = q_sample(BRIDGE, m, first, last)
    # σ² + σ̄² differs between two steps by their β, which is at most this share of the whole.
    assert float(mean - expected) == pytest.approx(0, abs=SHARED * (abs(x0) + abs(x1)) + 1e-12)

    of_x_n, std_of_step = BRIDGE.posterior(n, m)[1], BRIDGE.posterior(n, m)[2]
    variance = (of_x_n * BRIDGE.marginal(n)[2]) ** 2 + std_of_step**2
    # The same difference of β, as a share of what x_n brings along.
    assert variance == pytest.approx(BRIDGE.marginal(m)[2] ** 2, rel=2 * SHARED)


@given(st.integers(0, STEPS // 2 - 1))
def test_mirrored_steps_share_their_beta_and_agree_to_rounding(m: int) -> None:
    n = STEPS - 1 - m
    first, last = _unit(0.7), _unit(-1.3)
    mean = p_posterior(BRIDGE, n, m, q_sample(BRIDGE, n, first, last), first)
    assert float(mean) == pytest.approx(float(q_sample(BRIDGE, m, first, last)), rel=1e-9)


def test_drawn_values_have_the_mean_and_spread_of_the_marginal() -> None:
    drawn = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 200_000, generator=drawn, dtype=torch.float64)
    first, last = torch.full((200_000,), 0.5).double(), torch.full((200_000,), -1.0).double()
    x_n = q_sample(BRIDGE, 700, first, last, noise[0])
    x_m = p_posterior(BRIDGE, 700, 300, x_n, first, noise[1])
    of_x0, of_x1, std = BRIDGE.marginal(300)
    assert float(x_m.mean()) == pytest.approx(0.5 * of_x0 - of_x1, abs=5e-3)
    assert float(x_m.std()) == pytest.approx(std, rel=1e-2)


def test_without_noise_a_walk_in_small_steps_ends_where_one_long_step_does() -> None:
    first, last = torch.rand(1, 1, 4, 4).double(), torch.randn(1, 1, 4, 4).double()
    at = q_sample(BRIDGE, 599, first, last)
    walked = at
    borders = BRIDGE.spaced(50, 600)
    for n, m in itertools.pairwise(borders):
        walked = p_posterior(BRIDGE, n, m, walked, first)
    torch.testing.assert_close(walked, p_posterior(BRIDGE, 599, 0, at, first))


@given(st.integers(0, STEPS - 1))
def test_the_estimate_inverts_the_target(step: int) -> None:
    drawn = torch.Generator().manual_seed(step)
    x0 = torch.rand(2, 1, 3, 3, generator=drawn, dtype=torch.float64) * 2 - 1
    x1 = torch.randn(2, 1, 3, 3, generator=drawn, dtype=torch.float64)
    x_t = q_sample(BRIDGE, step, x0, x1, torch.randn(x0.shape, generator=drawn).double())
    prediction = target_of(BRIDGE, step, x_t, x0)
    torch.testing.assert_close(estimate_x0(BRIDGE, step, x_t, prediction), x0)
    np.testing.assert_allclose(
        prediction.numpy(), (x_t - x0).numpy() / BRIDGE.forward[step], rtol=1e-12
    )


def test_ends_of_the_bridge() -> None:
    x0, x1 = torch.full((1, 1, 2, 2), -0.5), torch.full((1, 1, 2, 2), 1.0)
    torch.testing.assert_close(q_sample(BRIDGE, 0, x0, x1), x0, atol=1e-3, rtol=0)
    torch.testing.assert_close(q_sample(BRIDGE, STEPS - 1, x0, x1), x1, atol=1e-3, rtol=0)


def test_steps_that_do_not_exist_are_refused() -> None:
    x = torch.zeros(1, 1, 2, 2)
    with pytest.raises(SettingsError, match="steps are"):
        q_sample(BRIDGE, STEPS, x, x)
    with pytest.raises(SettingsError, match="steps are"):
        estimate_x0(BRIDGE, -1, x, x)
    with pytest.raises(SettingsError, match="walked down"):
        p_posterior(BRIDGE, 3, 7, x, x)
