"""DiVE and xGEM: losses by hand and by loops, the stages of a search, the release's formula."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.latent.explainers.dive import STALLED, Dive, alikeness
from rex_widgets.latent.explainers.masks import MASK_METHODS, movable_released
from rex_widgets.latent.explainers.xgem import Xgem
from rex_widgets.latent.fisher import FisherInformation
from tests.latent.toy import Bent, Canvas, draw, finished, problem, seeded, two_classes
from tests.oracles import latent_descents as slow


def look(search, points: torch.Tensor):
    return search._look(points, torch.arange(len(points)))


def test_the_loss_of_two_explanations_by_hand():
    # Margins -1 and 3 of the perturbed sample; the picture is the latents themselves.
    asked = problem(torch.tensor([[-0.5, -0.5]]), two_classes(2))
    explainer = Dive(
        2, method="none", diversity_weight=0.5, lasso_weight=0.1, reconstruction_weight=2
    )
    points = torch.tensor([[[0.5, 0.0]], [[1.5, 1.0]]])
    found = look(explainer.begin(asked, seeded()), points)
    push = (math.log(1 + math.exp(1)) + math.log(1 + math.exp(-3))) / 2
    cosine = 0.75 / (0.5 * math.sqrt(1.5**2 + 1))
    extra = (0.1 + 2) * (0.5 + 2.5) + 0.5 * 2 * cosine**2
    assert found.total.item() == pytest.approx(push + extra / 4, rel=1e-5)
    assert found.arrived.tolist() == [False, True]


def test_alikeness_agrees_with_loops():
    points = draw(3, 4, 5)
    expected = torch.tensor([slow.alikeness(group) for group in points])
    torch.testing.assert_close(alikeness(points), expected)


@pytest.mark.parametrize("kind", [Dive, Xgem])
def test_the_gradient_is_that_of_finite_differences(kind):
    asked = problem(draw(2, 3).double(), Bent(3, 2).double(), Canvas().double())
    settings = {"method": "random", "diversity_weight": 0.7} if kind is Dive else {}
    search = kind(2, reconstruction_weight=0.1, **settings).begin(asked, seeded())
    points = draw(4, 1, 3, seed=3).double().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda one: look(search, one).total, points)


@pytest.mark.parametrize("method", MASK_METHODS)
@pytest.mark.parametrize("released", [False, True])
def test_only_what_the_mask_lets_move_moves(method, released):
    asked = problem(draw(4, 5), Bent(5, 2))
    explainer = Dive(3, num_iters=6, method=method, release_compatible=released)
    search = finished(explainer.begin(asked, seeded()))
    moved = search.counterfactuals != asked.latents[:, None]
    mask = search._mask.reshape(4, 3, 5) > 0
    assert not bool((moved & ~mask).any())
    # Where one of them has arrived at the very first look it is where the noise has put it.
    assert bool((moved & mask).any())


def test_the_fisher_information_is_computed_in_the_first_steps_and_kept():
    generator = Canvas()
    asked = problem(draw(3, 4), Bent(4, 2), generator)
    explainer = Dive(2, num_iters=3)
    search = explainer.begin(asked, seeded())
    search.advance()
    assert search._step == 0
    assert 0 < search.fraction < 1 or search._estimate is None
    first = finished(search).counterfactuals
    expected = FisherInformation.of(asked.context.training, asked.classifier, generator)
    assert explainer.known(asked) is not None
    torch.testing.assert_close(explainer.known(asked).matrices, expected.matrices)
    generator.calls = 0
    again = explainer.begin(asked, seeded())
    assert torch.equal(finished(again).counterfactuals, first)
    assert generator.calls <= 3
    other = replace(asked, classifier=Bent(4, 2, seed=9))
    assert explainer.known(other) is None


def test_a_given_fisher_information_is_used_if_it_is_of_the_same_kind():
    asked = problem(draw(3, 4), Bent(4, 2))
    fisher = FisherInformation(torch.eye(4).double().expand(2, 4, 4), 1)
    given = replace(asked, context=asked.context.with_fisher(fisher))
    assert Dive().known(given) is fisher
    assert Dive(release_compatible=True).known(given) is None
    other = FisherInformation(torch.eye(5).double().expand(2, 5, 5), 1)
    with pytest.raises(InputError, match=r"expected \(2, 4, 4\)"):
        Dive().known(replace(asked, context=asked.context.with_fisher(other)))


def test_without_training_latents_a_standard_normal_sample_stands_in_and_is_named():
    asked = problem(draw(2, 4), Bent(4, 2))
    asked = replace(asked, context=replace(asked.context, training=None))

    def begun():
        return Dive(2, num_iters=2).begin(asked, seeded())

    halfway = begun()
    halfway.advance()
    restored = Dive(2, num_iters=2).begin(asked, seeded(5))
    restored.restore(halfway.state())
    found = finished(begun())
    assert "standard normal" in found.message
    assert torch.equal(finished(restored).counterfactuals, found.counterfactuals)


def test_an_explanation_stays_where_it_arrived_and_costs_no_more_calls():
    generator = Canvas()
    latents = torch.tensor([[-0.1, -0.1, 0, 0], [-5.0, -5.0, 0, 0]])
    asked = problem(latents, two_classes(), generator)
    search = Xgem(1, num_iters=80).begin(asked, seeded())
    while bool(search._active[0]):
        search.advance()
    kept = search.counterfactuals[0]
    assert asked.answers(kept).argmax(-1).item() == 1
    generator.rows = 0
    search.advance()
    assert generator.rows == 1
    assert torch.equal(search.counterfactuals[0], kept)


def test_an_explanation_that_can_move_nothing_of_use_is_given_up():
    generator = Canvas()
    asked = problem(torch.tensor([[-1.0, -1.0, 0, 0]]), two_classes(), generator)
    # The third coordinate has nothing to do with the class.
    search = Dive(1, num_iters=500, method="fisher_chunk").begin(asked, seeded())
    finished_mask = torch.zeros(1, 1, 4)
    while search._estimate is not None:
        search.advance()
    finished_mask[..., 2] = 1
    search._mask = finished_mask
    search = finished(search)
    assert STALLED < search._step < 60


def test_xgem_is_dive_without_mask_lasso_and_diversity():
    asked = problem(draw(3, 4), Bent(4, 2))
    dive = Dive(
        2,
        method="none",
        lasso_weight=0,
        diversity_weight=0,
        reconstruction_weight=0.001,
        num_iters=9,
    )
    expected = finished(dive.begin(asked, seeded())).counterfactuals
    found = finished(Xgem(2, num_iters=9).begin(asked, seeded())).counterfactuals
    assert torch.equal(found, expected)


@pytest.mark.parametrize("method", ["none", "fisher_chunk", "fisher_spectral"])
@pytest.mark.parametrize("steps", [1, 7])
def test_released_is_the_release_s_formula(method, steps):
    asked = problem(draw(3, 4), Bent(4, 2, seed=1))
    explainer = Dive(
        2, num_iters=steps, method=method, reconstruction_weight=0.01, release_compatible=True
    )
    search = finished(explainer.begin(asked, seeded()))
    fisher = FisherInformation.of(
        asked.context.training, asked.classifier, asked.generator, released=True
    )
    mask = movable_released(method, fisher, asked.classes, 2, 4, seeded()).float()
    start = 0.01 * torch.randn(6, 1, 4, generator=seeded()).reshape(3, 2, 4)
    expected = slow.released_dive(
        asked.latents,
        start,
        mask,
        lambda one: asked.answers(one[None])[0],
        lambda one: asked.generator(one[None])[0],
        steps,
        (0.001, 0.1, 0.01),
    )
    torch.testing.assert_close(search.counterfactuals, expected, rtol=1e-4, atol=1e-4)


def test_unknown_methods_are_named():
    with pytest.raises(SettingsError, match="fisher_spectral_inv"):
        Dive(method="fisher")
