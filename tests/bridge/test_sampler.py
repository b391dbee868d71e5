"""The sampler against the written-out loop, closed forms, and itself in other batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import ModelError, SettingsError
from tests.bridge.toys import (
    FEW,
    Bent,
    Classifier,
    Constant,
    Gaussian,
    picture,
    problem,
    region,
    run_to_end,
    started,
)
from tests.oracles.bridge_loop import sample

VARIANTS: dict[str, dict[str, Any]] = {
    "as recommended": {},
    "without guidance": {"scale": 0.0},
    "with noise": {"ot_ode": False},
    "noise, no guidance": {"ot_ode": False, "scale": 0.0},
    "plain gradient": {"adam": None, "normalise": False},
    "only normalised": {"adam": None},
    "only stabilised": {"normalise": False, "scale": 0.05},
    "min and max": {"rescale": "min_max"},
    "terms": {"weights": {"consistency": 0.3, "l2": 0.5, "tv": 0.0}},
    "every step": {"nfe": 1000, "start_step": 12},
    "one step": {"nfe": 1},
    "two steps are the fewest": {"start_step": 2},
    "from x_1 itself": {"start_step": 100, "batch_size": 2},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_the_written_out_loop(variant: str):
    asked = replace(FEW, **VARIANTS[variant])
    sampler = run_to_end(started(asked, range(4, 7)))
    assert sampler.at == len(sampler.steps) == min(asked.nfe, asked.start_step - 1)
    for row, number in enumerate(sampler.numbers):
        expected = sample(sampler.problem, asked, 11, number, sampler.borders)
        for at, x in sampler.kept.items():
            torch.testing.assert_close(x[row], expected["x"][at])
        torch.testing.assert_close(sampler.x[row], expected["x"][-1])
        wanted = torch.stack(expected["probabilities"]).float().numpy()
        np.testing.assert_allclose(sampler.probabilities[:, row], wanted, rtol=2e-6)
        inside = region()[None]
        estimate = expected["estimates"][-1].clamp(-1, 1)
        torch.testing.assert_close(sampler.estimate[row][inside], estimate[inside])


def test_outside_the_region_every_bit_is_the_picture_s():
    odd = picture().float()
    odd[0, 0, 0] = -0.0
    asked = problem(network=Bent().float(), classifier=Classifier().float(), image=odd)
    sampler = Sampler(asked, replace(FEW, ot_ode=False), 0, range(2))
    assert sampler.finished_images().shape == (2, 1, 6, 6)
    run_to_end(sampler)
    for shown in (*sampler.finished_images(), *sampler.estimate):
        mine, own = shown[:, ~region()].numpy(), odd[:, ~region()].numpy()
        assert mine.tobytes() == own.tobytes()
        assert shown.abs().max() <= 1
        assert not torch.equal(shown[:, region()], odd[:, region()])


def test_a_network_that_knows_one_picture_ends_there_in_closed_form():
    # x_m - c = σ_m²/σ_n² (x_n - c) at each step, so all steps together are σ_0²/σ_start².
    known = torch.full((1, 6, 6), 0.25, dtype=torch.float64)
    sampler = started(replace(FEW, scale=0.0), network=Constant(known))
    first = sampler.x
    run_to_end(sampler)
    schedule = sampler.problem.network.schedule
    share = (schedule.forward[0] / schedule.forward[59]) ** 2
    torch.testing.assert_close(
        sampler.x[:, :, region()], (known + share * (first - known))[:, :, region()]
    )


def test_with_the_exact_network_it_converges_to_the_closed_form():
    # Of Gaussians, the flow keeps (x_t - mean of x_t) / (standard deviation of x_t).
    schedule = Schedule.symmetric(1000)
    network = Gaussian(0.3, 0.2, schedule, noisy=False)
    errors = []
    for nfe in (20, 80, 599):
        asked = SamplingSettings(nfe=nfe, start_step=600, scale=0.0)
        sampler = started(asked, network=network)
        of_x0, variance = network.moments(599)
        standard = (sampler.x - of_x0 * 0.3) / variance**0.5
        of_x0, variance = network.moments(0)
        expected = of_x0 * 0.3 + variance**0.5 * standard
        run_to_end(sampler)
        errors.append(float((sampler.x - expected)[:, :, region()].abs().max()))
    assert errors[0] > 2.5 * errors[1] > 5 * errors[2]
    assert errors[2] < 4e-3


def test_with_noise_the_exact_network_samples_the_distribution():
    schedule = Schedule.symmetric(1000)
    where = torch.ones(48, 48, dtype=torch.bool)
    where[0] = False
    sampler = run_to_end(
        started(
            SamplingSettings(nfe=999, start_step=1000, scale=0.0, ot_ode=False, looks=2),
            range(12),
            network=Gaussian(0.3, 0.2, schedule, noisy=True),
            classifier=Classifier(48),
            image=torch.zeros(1, 48, 48, dtype=torch.float64),
            region=where,
        )
    )
    values = sampler.x[:, 0, where]
    assert float(values.mean()) == pytest.approx(0.3, abs=0.005)
    assert float(values.std()) == pytest.approx(0.2, abs=0.005)


@given(
    first=st.integers(0, 5),
    count=st.integers(1, 6),
    batch=st.integers(1, 7),
    noisy=st.booleans(),
    scale=st.sampled_from([0.0, 0.7]),
)
@settings(max_examples=15, deadline=None)
def test_a_sample_is_the_same_whatever_is_sampled_beside_it(first, count, batch, noisy, scale):
    asked = replace(FEW, ot_ode=not noisy, scale=scale)
    everything = run_to_end(started(asked, range(12)))
    some = run_to_end(started(replace(asked, batch_size=batch), range(first, first + count)))
    part = slice(first, first + count)
    torch.testing.assert_close(some.x, everything.x[part], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(some.probabilities, everything.probabilities[:, part], rtol=1e-5)


def test_another_seed_and_another_number_are_another_sample():
    first = started().x1
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, Sampler(problem(), FEW, 12, range(3)).x1)
    assert torch.equal(first[1:], started(numbers=range(1, 3)).x1)


def test_guidance_raises_the_probability_of_the_class_asked_for():
    plain = run_to_end(started(replace(FEW, scale=0.0))).probabilities[-1, :, 2]
    led = run_to_end(started(replace(FEW, scale=1.5))).probabilities[-1, :, 2]
    assert (led > plain).all()


def test_calls_are_counted_and_no_more_than_needed():
    sampler = run_to_end(started(replace(FEW, batch_size=2)))
    times = sampler.times
    assert (times.forwards.calls, times.forwards.samples) == (14, 21)
    assert (times.classified.calls, times.backwards.calls) == (14, 14)
    assert times.forwards.seconds > 0
    assert times.backwards.seconds > 0
    sampler = run_to_end(started(replace(FEW, scale=0.0, looks=3)))
    assert (sampler.times.forwards.calls, sampler.times.backwards.calls) == (7, 0)
    assert sampler.times.classified.calls == 3
    rows = sampler.probabilities
    assert (rows[1] == rows[0]).all()
    assert (rows[3] != rows[2]).any()
    assert (rows[6] != rows[5]).any()


def test_the_models_are_left_as_they_were():
    network, classifier = Bent(), Classifier()
    classifier.inner.requires_grad_(False)
    network.train()
    classifier.eval()
    seen = []
    network.register_forward_pre_hook(
        lambda module, _: seen.append((module.training, module.inner.requires_grad))
    )
    run_to_end(started(network=network, classifier=classifier))
    assert set(seen) == {(False, False)}
    assert network.training
    assert not classifier.training
    assert network.inner.requires_grad
    assert not classifier.inner.requires_grad
    assert network.inner.grad is None


def test_an_error_in_a_call_leaves_everything_as_it_was():
    class Breaks(Bent):
        broken = False

        def forward(self, x, step, x1):
            if self.broken and len(x) == 1:
                raise RuntimeError("the device is gone")
            return super().forward(x, step, x1)

    network = Breaks()
    sampler = started(replace(FEW, batch_size=2), network=network)
    sampler.advance()
    before, estimate = sampler.x, sampler.estimate
    Breaks.broken = True
    with pytest.raises(RuntimeError, match="the device is gone"):
        sampler.advance()
    assert network.training
    assert network.inner.requires_grad
    assert sampler.at == 1
    assert torch.equal(sampler.x, before)
    assert torch.equal(sampler.estimate, estimate)
    Breaks.broken = False
    torch.testing.assert_close(run_to_end(sampler).x, run_to_end(started()).x)


def test_a_classifier_without_a_gradient_is_refused_with_the_way_out():
    with pytest.raises(ModelError, match="best_of"):
        started(differentiable=False)
    sampler = started(classifier=lambda pictures: Classifier()(pictures).detach())
    with pytest.raises(ModelError, match="best_of"):
        sampler.advance()
    assert run_to_end(started(replace(FEW, scale=0.0), differentiable=False)).at == 7


def test_of_many_classes_two_are_kept():
    sampler = started(classifier=Classifier(classes=1001), source=1000)
    assert sampler.probabilities.shape == (0, 3, 0)
    sampler.advance()
    assert sampler.classes.tolist() == [1000, 2]
    assert sampler.probabilities.shape == (1, 3, 2)
    assert not sampler.probabilities.flags.writeable
    assert run_to_end(started(classifier=Classifier(classes=1000))).classes.shape == (1000,)


@pytest.mark.parametrize(("seed", "numbers"), [(-1, range(2)), (0, range(0)), (0, range(-1, 2))])
def test_seed_and_numbers_have_to_be_counted_from_0(seed: int, numbers: range):
    with pytest.raises(SettingsError, match="expected a seed"):
        Sampler(problem(), FEW, seed, numbers)


def test_the_bridge_has_to_be_long_enough():
    with pytest.raises(SettingsError, match="2 to 100"):
        started(replace(FEW, start_step=101))
