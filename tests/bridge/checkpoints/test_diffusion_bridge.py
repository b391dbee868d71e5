"""A diffusion network as a bridge, with exact denoisers of Gaussian pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rex_widgets.bridge.checkpoints import DiffusionBridge, DiffusionLevels
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.process import estimate_x0, p_posterior, q_sample
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import InputError, ModelError

MEAN, SPREAD = 0.3, 0.4
STEPS = 200
# Levels with log signal-to-noise 9, ..., -9: a fraction of a step has a closed form.
RATIOS = np.linspace(9, -9, 91)
LEVELS = DiffusionLevels(1 / (1 + np.exp(-RATIOS)))
SCHEDULE = Schedule.symmetric(STEPS, beta_max=0.5)
REGION = torch.zeros(6, 8, dtype=torch.bool)
REGION[1:4, 2:7] = True


class Exact(nn.Module):
    """What a diffusion network answers at best, when pictures are N(MEAN, SPREAD²) by pixel."""

    def __init__(self, predicts: str = "epsilon") -> None:
        super().__init__()
        self.predicts = predicts
        self.seen: list[Tensor] = []
        self.times: list[float] = []

    def forward(self, y: Tensor, times: Tensor) -> Tensor:
        self.seen.append(y.detach())
        self.times.append(float(times[0]))
        ratio = 9 - 18 * times.double()[:, None, None, None] / 90
        bar = torch.sigmoid(ratio)
        signal, noise = bar.sqrt(), (1 - bar).sqrt()
        x0 = MEAN + signal * SPREAD**2 * (y - signal * MEAN) / (bar * SPREAD**2 + 1 - bar)
        epsilon = (y - signal * x0) / noise
        answer = {"epsilon": epsilon, "v_prediction": signal * epsilon - noise * x0, "sample": x0}
        variance = torch.zeros_like(y)
        return torch.cat([answer[self.predicts].to(y.dtype), variance], dim=1)


def bridge(network: nn.Module | None = None, **options: Any) -> DiffusionBridge:
    return DiffusionBridge(
        network or Exact(options.get("predicts", "epsilon")),
        SCHEDULE,
        LEVELS,
        channels=3,
        size=None,
        multiple=1,
        name="exact",
        **options,
    )


def drawn(seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 6, 8, generator=random, dtype=torch.float64)


def pictures() -> tuple[Tensor, Tensor]:
    x0 = MEAN + SPREAD * drawn(0)
    return x0, torch.where(REGION, drawn(1), x0)


def posterior_mean(x: Tensor, step: int, *, ot_ode: bool) -> Tensor:
    """E[x_0 | x_t] where x_1 ~ N(0, 1), by the formula for two Gaussians."""
    a, b, s = SCHEDULE.marginal(step)
    variance = b**2 + (0 if ot_ode else s**2)
    return MEAN + a * SPREAD**2 * (x - a * MEAN) / (a**2 * SPREAD**2 + variance)


@pytest.mark.parametrize("predicts", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("ot_ode", [True, False])
@pytest.mark.parametrize("step", [40, 100, 160])
def test_estimate_is_the_mean_of_pictures_given_the_bridges(
    predicts: Any, ot_ode: bool, step: int
) -> None:
    x0, x1 = pictures()
    noise = None if ot_ode else drawn(2)
    x = q_sample(SCHEDULE, step, x0, x1, noise)
    network = bridge(predicts=predicts, ot_ode=ot_ode).for_region(REGION)
    found = estimate_x0(SCHEDULE, step, x, network(x, step, x1))
    expected = posterior_mean(x, step, ot_ode=ot_ode)
    assert torch.allclose(found[..., REGION], expected[..., REGION], atol=1e-6)
    assert torch.allclose(found[..., ~REGION], x1[..., ~REGION], atol=1e-12)


def test_no_other_estimate_is_closer_to_the_pictures() -> None:
    # The mean square of what is missed is the least there is: the variance given x_t.
    step = 100
    random = torch.Generator().manual_seed(5)
    first, x1 = torch.randn(2, 400, 3, 6, 8, generator=random, dtype=torch.float64)
    x0 = MEAN + SPREAD * first
    x = q_sample(SCHEDULE, step, x0, x1)
    found = estimate_x0(SCHEDULE, step, x, bridge()(x, step, x1))
    a, b, _ = SCHEDULE.marginal(step)
    least = SPREAD**2 * b**2 / (a**2 * SPREAD**2 + b**2)
    assert float((found - x0).square().mean()) == pytest.approx(least, rel=0.02)


def test_what_the_network_sees_has_the_level_it_is_told_everywhere() -> None:
    many = DiffusionBridge(
        exact := Exact(), SCHEDULE, LEVELS, channels=3, size=None, multiple=1, name="e"
    )
    x0 = torch.full((1, 3, 64, 64), 0.5)
    x1 = x0.clone()
    x1[..., :32] = torch.randn(1, 3, 64, 32, generator=torch.Generator().manual_seed(3))
    many(q_sample(SCHEDULE, 120, x0, x1), 120, x1)
    bar = 1 / (1 + np.exp(-(9 - 18 * exact.times[0] / 90)))
    for half in (exact.seen[0][..., :32], exact.seen[0][..., 32:]):
        assert float(half.mean()) == pytest.approx(0.5 * bar**0.5, abs=0.03)
        assert float(half.std()) == pytest.approx((1 - bar) ** 0.5, rel=0.03)


def test_steps_of_the_ot_ode_are_those_of_ddim() -> None:
    x0, x1 = pictures()
    network = bridge()
    high, low = 150, 90
    x = q_sample(SCHEDULE, high, x0, x1)
    estimate = estimate_x0(SCHEDULE, high, x, network(x, high, x1))
    reached = p_posterior(SCHEDULE, high, low, x, estimate)[..., REGION]
    # DDIM: y' = sqrt(ᾱ') x̂_0 + sqrt(1 - ᾱ') ε̂, between y and y' as the levels scale x.
    at, to = network.level(high), network.level(low)
    y, known = at.scale * x[..., REGION], estimate[..., REGION]
    epsilon = (y - at.alpha_bar**0.5 * known) / (1 - at.alpha_bar) ** 0.5
    ddim = to.alpha_bar**0.5 * known + (1 - to.alpha_bar) ** 0.5 * epsilon
    # The bridge's σ² + σ̄² is the whole variance plus β_t, hence not to the last digit.
    assert torch.allclose(to.scale * reached, ddim, atol=2e-2)
    assert float((to.scale * reached - ddim).std()) < 5e-3


def test_known_pixels_are_found_although_they_were_rounded() -> None:
    x0, x1 = (value.float() for value in pictures())
    x = q_sample(SCHEDULE, 199, x0, x1)
    told, guessed = bridge().for_region(REGION), bridge()
    assert not torch.equal(x[..., ~REGION], x1[..., ~REGION])
    assert torch.equal(told(x, 199, x1), guessed(x, 199, x1))


def test_every_sample_is_answered_by_itself_and_again_the_same() -> None:
    x0, x1 = pictures()
    for ot_ode in (True, False):
        network = bridge(ot_ode=ot_ode).for_region(REGION)
        x = q_sample(SCHEDULE, 80, x0, x1)
        both = network(x, 80, x1)
        assert torch.equal(both[1:], network(x[1:], 80, x1[1:]))
        assert torch.equal(both, network(x, 80, x1))


@pytest.mark.parametrize("ot_ode", [True, False])
def test_noise_on_known_pixels_is_one_field_for_the_ot_ode(ot_ode: bool) -> None:
    exact = Exact()
    network = bridge(exact, ot_ode=ot_ode).for_region(REGION)
    x0, x1 = pictures()
    fields = []
    for step in (60, 90):
        network(q_sample(SCHEDULE, step, x0, x1), step, x1)
        bar = network.level(step).alpha_bar
        fields.append(((exact.seen[-1] - bar**0.5 * x1) / (1 - bar) ** 0.5)[0][..., ~REGION])
    assert torch.allclose(*fields, atol=1e-5) is ot_ode
    other = bridge(exact, ot_ode=ot_ode, seed=1).for_region(REGION)
    other(q_sample(SCHEDULE, 90, x0, x1), 90, x1)
    changed = ((exact.seen[-1] - bar**0.5 * x1) / (1 - bar) ** 0.5)[0][..., ~REGION]
    assert not torch.allclose(changed, fields[1], atol=0.1)


def test_gradient_comes_through_to_the_region_alone() -> None:
    x0, x1 = pictures()
    network = bridge()
    step = 100
    x = q_sample(SCHEDULE, step, x0, x1).requires_grad_()
    estimate = estimate_x0(SCHEDULE, step, x, network(x, step, x1))
    (gradient,) = torch.autograd.grad(estimate.sum(), x)
    a, b, _ = SCHEDULE.marginal(step)
    slope = a * SPREAD**2 / (a**2 * SPREAD**2 + b**2)
    assert torch.allclose(gradient[..., REGION], torch.tensor(slope).double(), atol=1e-6)
    assert float(gradient[..., ~REGION].abs().max()) < 1e-12


def test_clipped_estimates_stay_between_black_and_white() -> None:
    x0, x1 = pictures()
    x1 = torch.where(REGION, 50 * x1, x1)
    x = q_sample(SCHEDULE, 100, x0, x1)
    free = estimate_x0(SCHEDULE, 100, x, bridge()(x, 100, x1))
    clipped = estimate_x0(SCHEDULE, 100, x, bridge(clip=True)(x, 100, x1))
    assert float(free.abs().max()) > 1.5
    assert torch.allclose(clipped[..., REGION], free.clamp(-1, 1)[..., REGION])


def test_it_is_a_bridge_network_and_refuses_what_is_none_of_its_pictures() -> None:
    network = bridge()
    assert isinstance(network, BridgeNetwork)
    assert isinstance(network.for_region(REGION), BridgeNetwork)
    x0, x1 = pictures()
    with pytest.raises(InputError, match=r"was given \(2, 1, 6, 8\); expected \(batch, 3"):
        network(x0[:, :1], 3, x1[:, :1])
    with pytest.raises(InputError, match=r"told the region, by network.for_region"):
        bridge(ot_ode=False)(x0, 3, x1)
    with pytest.raises(InputError, match=r"told a region of \(6, 7\)"):
        network.for_region(REGION[:, :7])(x0, 3, x1)
    with pytest.raises(InputError, match=r"they have to agree"):
        network(x0, 3, x1[:1])
    with pytest.raises(ModelError, match=r"expected a tensor"):
        bridge(Wordy())(x0, 3, x1)


class Wordy(nn.Module):
    def forward(self, y: Tensor, times: Tensor) -> str:
        return "a picture"
