"""Latent-CF: a step by hand, who stops when, and the release's formula."""

from __future__ import annotations

import math

import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers.lcf import LCF
from tests.latent.toy import Bent, Canvas, draw, finished, problem, seeded, two_classes
from tests.oracles.latent_descents import released_lcf


def test_one_step_by_hand():
    # Margin -2 (x + y = -1, slope 2): the own class has q = σ(2), and dq/dx = -2 q (1 - q).
    asked = problem(torch.tensor([[-0.5, -0.5, 0.3, 0]]), two_classes())
    search = LCF(1, lr=0.25, num_iters=1).begin(asked, seeded())
    search.advance()
    own = 1 / (1 + math.exp(-2))
    step = 0.25 * 2 * own * (1 - own)
    expected = torch.tensor([[[-0.5 + step, -0.5 + step, 0.3, 0]]])
    torch.testing.assert_close(search.counterfactuals, expected)


def test_the_gradient_of_a_counterfactual_is_its_own_whatever_the_batch():
    classifier = two_classes()
    latents = torch.tensor([[-0.5, -0.5, 0, 0]])
    one = finished(LCF(1, num_iters=4).begin(problem(latents, classifier), seeded()))
    many = finished(LCF(1, num_iters=4).begin(problem(latents.repeat(9, 1), classifier), seeded()))
    torch.testing.assert_close(many.counterfactuals, one.counterfactuals.expand(9, -1, -1))


def test_each_stops_where_it_is_within_the_tolerance_and_has_changed():
    generator = Canvas()
    latents = torch.tensor([[-0.05, -0.05, 0, 0], [-1.0, -1.0, 0, 0]])
    asked = problem(latents, two_classes(), generator)
    search = LCF(1, lr=0.2, num_iters=500, p=0.1, tolerance=0.2).begin(asked, seeded())
    while bool(search._active[0]):
        search.advance()
    assert not search.done
    generator.rows = 0
    search.advance()
    assert generator.rows == 1
    found = torch.softmax(asked.answers(finished(search).counterfactuals), -1)[..., 0]
    # It stops at the first look that is near enough, so it is near to the edge of the tolerance.
    assert bool(((found <= 0.3) & (found > 0.2)).all())


def test_a_wide_tolerance_does_not_stop_before_the_class_has_changed():
    asked = problem(torch.tensor([[-0.05, -0.05, 0, 0]]), two_classes())
    search = finished(LCF(1, lr=0.05, tolerance=0.9).begin(asked, seeded()))
    assert asked.answers(search.counterfactuals).argmax(-1).item() == 1


def test_released_stops_the_batch_as_one_and_shortens_its_steps():
    asked = problem(draw(3, 3), Bent(3, 2, seed=1))
    for steps, tolerance in ((6, 0.0), (6, 0.5), (6, 2.0)):
        slow = released_lcf(
            asked.latents, 2, lambda one: asked.answers(one[None])[0], steps, 0.1, tolerance
        )
        explainer = LCF(2, num_iters=steps, tolerance=tolerance, release_compatible=True)
        search = finished(explainer.begin(asked, seeded()))
        torch.testing.assert_close(search.counterfactuals, slow)


def test_a_probability_is_one():
    with pytest.raises(SettingsError, match="expected a probability"):
        LCF(p=1.5)
    with pytest.raises(SettingsError, match="tolerance"):
        LCF(tolerance=-1)
