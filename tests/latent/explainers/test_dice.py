"""DiCE: its loss by hand, by loops and by finite differences, and as the release computes it."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers.dice import Dice, diversity
from rex_widgets.latent.problem import Context
from rex_widgets.latent.statistics import LatentStatistics
from tests.latent.toy import Bent, Canvas, draw, finished, problem, seeded, two_classes
from tests.oracles.latent_descents import dice_diversity, dice_loss, released_dice


def look(search, points: torch.Tensor):
    return search._look(points, torch.arange(len(points)))


def test_the_loss_of_two_counterfactuals_by_hand():
    # Two coordinates of MAD 0.6745. The sample has margin -1, its counterfactuals 0 and 3.
    sample = torch.tensor([[-0.25, -0.25]])
    asked = problem(sample, two_classes(2), context=Context(LatentStatistics.standard(2)))
    search = Dice(2).begin(asked, seeded())
    points = torch.tensor([[[0.25, -0.25], [0.75, 0.75]]])
    hinge = (1 + 0) / 2
    proximity = (0.5 + 0 + 1 + 1) / 4 / 0.6745
    between = (0.5 + 1) / 2 / 0.6745
    kernel = 1 / (1 + between)
    expected = hinge + proximity - ((1 + 1e-4) ** 2 - kernel**2)
    found = look(search, points)
    assert found.losses.item() == pytest.approx(expected, rel=1e-5)
    assert found.arrived.tolist() == [False], "a margin of 0 is no change of class"


@pytest.mark.parametrize("count", [1, 2, 4])
def test_loss_and_determinant_agree_with_loops(count):
    classifier, size = Bent(3, 2), 3
    asked = problem(draw(3, size), classifier)
    mad = asked.context.statistics.mad
    points = draw(3, count, size, seed=3)

    def answer(latents: torch.Tensor) -> torch.Tensor:
        return asked.answers(latents[None])[0]

    slow = [
        dice_loss(group, sample, int(target), answer, mad)
        for group, sample, target in zip(points, asked.latents, asked.targets, strict=True)
    ]
    if count == 1:
        # One counterfactual has nothing to differ from: no constant is taken off.
        slow = [loss + 1 + 1e-4 for loss in slow]
    found = look(Dice(count).begin(asked, seeded()), points)
    torch.testing.assert_close(found.losses, torch.stack(slow))
    torch.testing.assert_close(
        diversity(points, 1 / mad), torch.stack([dice_diversity(group, mad) for group in points])
    )


def test_diversity_is_none_for_equal_ones_and_full_far_away():
    equal = torch.zeros(1, 3, 2)
    far = 1e6 * torch.tensor([[[0.0, 1], [1, 0], [-1, -1]]])
    assert diversity(equal, torch.ones(2)).item() == pytest.approx(0, abs=1e-6)
    assert diversity(far, torch.ones(2)).item() == pytest.approx(1, abs=1e-3)


def test_the_gradient_is_that_of_finite_differences():
    asked = problem(draw(2, 3).double(), Bent(3, 2).double())
    search = Dice(3).begin(asked, seeded())
    search._weights = search._weights.double()
    points = draw(2, 3, 3, seed=3).double()
    assert torch.autograd.gradcheck(
        lambda one: _fresh(search, one).losses, points.requires_grad_(True)
    )


def _fresh(search, points):
    search._calm = torch.zeros_like(search._calm)
    return look(search, points)


def test_margins_looked_at_without_gradients_are_the_same_and_so_is_the_path():
    classifier = Bent(4, 2)
    asked = problem(draw(4, 4), classifier)

    class Full(type(Dice(3).begin(asked, seeded()))):
        def _margins(self, points, rows):
            self._calm = torch.zeros_like(self._calm)
            return super()._margins(points, rows)

    explainer = Dice(3, num_iters=40)
    quick, full = explainer.begin(asked, seeded()), Full(explainer, asked)
    calm = 0
    while not quick.done:
        quick.advance()
        full.advance()
        calm += int(quick._calm.sum())
        torch.testing.assert_close(quick.counterfactuals, full.counterfactuals)
    assert calm > 0


def test_a_sample_that_is_done_costs_no_calls_and_stays():
    # The first sample is next to the boundary; the second is far from it.
    generator = Canvas()
    latents = torch.tensor([[-0.1, -0.1, 0, 0], [-30.0, -30.0, 0, 0]])
    asked = problem(latents, two_classes(), generator)
    explainer = Dice(2, num_iters=150, diversity_weight=0)
    search = explainer.begin(asked, seeded())
    while bool(search._active[0]):
        search.advance()
        assert not search.done
    kept = search.counterfactuals[0]
    generator.rows = 0
    search.advance()
    assert generator.rows == 2
    assert torch.equal(search.counterfactuals[0], kept)
    assert bool((asked.answers(kept).argmax(-1) == asked.targets[0]).all())


def test_no_weight_leaves_the_hinge_alone():
    asked = problem(draw(3, 4), two_classes())
    search = Dice(2, proximity_weight=0, diversity_weight=0, num_iters=200).begin(asked, seeded())
    found = asked.answers(finished(search).counterfactuals)
    assert bool(((found[..., 1] - found[..., 0]).abs() >= 0).all())
    assert torch.equal(found.argmax(-1), asked.targets[:, None].expand(-1, 2))
    with pytest.raises(SettingsError, match="diversity_weight"):
        Dice(diversity_weight=-1)


@pytest.mark.parametrize("steps", [1, 12])
def test_released_is_the_release_s_formula(steps):
    classifier = Bent(3, 2, seed=1)
    asked = problem(draw(3, 3), classifier)
    slow = released_dice(
        asked.latents,
        3,
        lambda latents: asked.answers(latents[None])[0],
        asked.context.statistics.mad_released,
        steps,
    )
    search = Dice(3, num_iters=steps, release_compatible=True).begin(asked, seeded())
    torch.testing.assert_close(finished(search).counterfactuals, slow, rtol=1e-4, atol=1e-4)
