"""Calls are counted by purpose, and timed with their backward passes."""

from __future__ import annotations

import time

import pytest
import torch

from rex_widgets.latent.calls import Meter

NAP = 0.05


class Slow(torch.autograd.Function):
    """Doubles, and takes its time backward."""

    @staticmethod
    def forward(ctx: object, given: torch.Tensor) -> torch.Tensor:
        return given * 2

    @staticmethod
    def backward(ctx: object, gradient: torch.Tensor) -> torch.Tensor:
        time.sleep(NAP)
        return gradient * 2


def test_forward_and_backward_count() -> None:
    meter = Meter()

    def slowly(given: torch.Tensor) -> torch.Tensor:
        time.sleep(NAP)
        return given + 1

    latents = torch.ones(3, 2, requires_grad=True)
    pictures = meter.generating(Slow.apply, latents)
    meter.purpose = "search"
    logits = meter.classifying(slowly, pictures)
    assert meter.seconds == pytest.approx(NAP, abs=NAP / 2)
    time.sleep(2 * NAP)
    (gradient,) = torch.autograd.grad(logits.sum(), latents)
    assert gradient.tolist() == [[2, 2]] * 3
    assert meter.seconds == pytest.approx(2 * NAP, abs=NAP)
    meter.purpose = "verify"
    with torch.no_grad():
        meter.classifying(slowly, pictures[:2])
    assert meter.pictures == {"search": 3, "verify": 2}
    assert (meter.generated, meter.generator_calls, meter.classifier_calls) == (3, 1, 2)
    other = Meter()
    other.restore(meter.state())
    assert other.state() == meter.state()


def test_a_call_that_fails_is_timed_too() -> None:
    meter = Meter()

    def fails(given: torch.Tensor) -> torch.Tensor:
        time.sleep(NAP)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        meter.classifying(fails, torch.ones(1, 1))
    assert meter.seconds >= NAP / 2
