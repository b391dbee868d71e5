"""Each term against values written out, against scikit-image, and at a distance of 0."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.terms import EPSILON, TERMS, term_named
from rex_widgets.bridge.terms.consistency import consistency
from rex_widgets.bridge.terms.l1 import l1
from rex_widgets.bridge.terms.l2 import l2
from rex_widgets.bridge.terms.ssim import ssim
from rex_widgets.bridge.terms.tv import total_variation
from rex_widgets.errors import ModelError, SettingsError
from tests.bridge.test_objective import perceived
from tests.bridge.toys import FEW, drawn, picture, problem, started

HERE = torch.tensor([[0.0, 0.5], [-0.5, 1.0]], dtype=torch.float64)[None]
THERE = torch.tensor([[0.5, 0.5], [0.5, 0.0]], dtype=torch.float64)[None]
WHERE = torch.tensor([[False, True], [False, True]])
"""Differences -0.5, 0, -1 and 1; outside the region -0.5 and -1."""


def test_distances_by_hand():
    both = torch.stack([HERE, THERE])
    assert l1(both, THERE).tolist() == pytest.approx([2.5 / 4, 0])
    assert l2(both, THERE).tolist() == pytest.approx([0.75, 0])
    assert consistency(both, THERE, WHERE).tolist() == pytest.approx([1.25, 0])


def test_total_variation_by_hand():
    # Below: 0.5 + 0.5, beside: 0.5 + 1.5; of THERE 0 + 0.5 and 0 + 0.5.
    assert total_variation(torch.stack([HERE, THERE])).tolist() == pytest.approx([3 / 4, 1 / 4])


def test_values_are_logarithms_of_distances():
    asked = problem(lpips=perceived)
    far = torch.tanh(drawn(3, 1, 6, 6, seed=8))
    for name, distance in (
        ("l1", l1(far, asked.image)),
        ("l2", l2(far, asked.image)),
        ("tv", total_variation(far)),
        ("ssim", 1 - ssim(far, asked.image[None])),
        ("lpips", perceived(far, asked.image[None]).flatten()),
    ):
        found = TERMS[name].term.value(far, asked)
        assert found.shape == (3,)
        torch.testing.assert_close(found, torch.log(distance), rtol=1e-4, atol=1e-4)
    found = TERMS["consistency"].term.value(far, asked)
    torch.testing.assert_close(found, consistency(far, asked.image, asked.region))


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_at_a_distance_of_0_value_and_gradient_are_finite(name: str, dtype: torch.dtype):
    still = torch.full_like(picture(), 0.25).to(dtype)
    asked = problem(
        lpips=lambda first, second: (first - second).square().sum((1, 2, 3)), image=still
    )
    point = still[None].clone().requires_grad_(True)
    value = TERMS[name].term.value(point, asked)
    (gradient,) = torch.autograd.grad(value.sum(), point)
    assert value.tolist() == [pytest.approx(0 if name == "consistency" else log(EPSILON), abs=0.3)]
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(("height", "width"), [(16, 20), (11, 12)])
@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image(height: int, width: int, channels: int):
    first = torch.tanh(drawn(2, channels, height, width, seed=1))
    second = torch.tanh(first + 0.4 * drawn(2, channels, height, width, seed=2))
    for one, other, found in zip(first, second, ssim(first, second), strict=True):
        expected = structural_similarity(
            (one.numpy() + 1) / 2,
            (other.numpy() + 1) / 2,
            channel_axis=0,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        assert float(found) == pytest.approx(expected, abs=1e-9)
    assert float(ssim(first, first).min()) == pytest.approx(1)


def test_ssim_of_a_small_picture_has_the_window_that_fits():
    # 4 × 5: a window of 3 × 3 at 2 × 3 places.
    first, second = (torch.tanh(drawn(1, 1, 4, 5, seed=seed)) for seed in (1, 2))
    bell = np.exp(-0.5 * (np.arange(-1, 2) / 1.5) ** 2)
    window = np.outer(bell, bell) / bell.sum() ** 2
    values = []
    for top in range(2):
        for left in range(3):
            cut = np.s_[top : top + 3, left : left + 3]
            one, other = ((part[0, 0].numpy() + 1)[cut] / 2 for part in (first, second))
            low, high = (window * one).sum(), (window * other).sum()
            spread = (window * (one - low) ** 2).sum() + (window * (other - high) ** 2).sum()
            shared = (window * (one - low) * (other - high)).sum()
            means = (2 * low * high + 1e-4) / (low**2 + high**2 + 1e-4)
            values.append(means * (2 * shared + 9e-4) / (spread + 9e-4))
    assert float(ssim(first, second)) == pytest.approx(np.mean(values))


def test_lpips_needs_a_backbone():
    with pytest.raises(SettingsError, match=r"lpips= a callable"):
        started(_with("lpips", 1.0))
    assert started(_with("lpips", 0.0)).settings.used_terms == ()
    sampler = started(_with("lpips", 1.0), lpips=lambda first, second: torch.zeros(7))
    with pytest.raises(ModelError, match=r"shape \(7,\) for 3 pictures"):
        sampler.advance()


def test_a_term_of_weight_0_is_never_called():
    def refuses(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        raise AssertionError("called")

    started(_with("lpips", 0.0), lpips=refuses).advance()


@pytest.mark.parametrize(("name", "weight"), [("consistency", 30.0), ("l1", 30.0), ("tv", 30.0)])
def test_a_term_makes_its_distance_smaller(name: str, weight: float):
    def distance(settings: SamplingSettings) -> float:
        sampler = started(settings)
        for _ in range(len(sampler.steps)):
            sampler.advance()
        assert sampler._estimate is not None
        return float(TERMS[name].term.value(sampler._estimate, sampler.problem).sum())

    assert distance(_with(name, weight)) < distance(_with(name, 0.0))


def test_an_unknown_term_is_told_with_the_nearest():
    with pytest.raises(SettingsError, match="Did you mean 'consistency'"):
        term_named("consistancy")


def test_the_root_mean_square_of_one_pixel():
    still = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    moved = still.clone()
    moved[0, 0, 0, 0] = 0.5
    assert float(l2(moved, still[0])) == pytest.approx(sqrt(0.0625))
    assert np.isclose(float(l1(moved, still[0])), 0.125)


def _with(name: str, weight: float) -> SamplingSettings:
    return replace(FEW, weights={name: weight})
