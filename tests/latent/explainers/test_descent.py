"""What holds for all explainers that follow a gradient."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.explainers.dice import Dice
from rex_widgets.latent.explainers.dive import Dive
from rex_widgets.latent.explainers.lcf import LCF
from rex_widgets.latent.explainers.rules import Adam
from rex_widgets.latent.explainers.xgem import Xgem
from tests.latent.toy import Bent, Canvas, draw, finished, problem, seeded, two_classes

KINDS = [Dice, Dive, Xgem, LCF]
EACH = pytest.mark.parametrize("kind", KINDS)
BOTH = pytest.mark.parametrize("released", [False, True])


@EACH
@BOTH
def test_ten_steps_and_ten_more_are_twenty_also_through_a_saved_state(kind, released):
    asked = problem(draw(3, 4), Bent(4, 2))

    def begun(steps: int):
        explainer = kind(num_explanations=3, num_iters=steps, release_compatible=released)
        return explainer.begin(asked, seeded())

    at_once = finished(begun(20))
    extended = finished(begun(10))
    other = begun(10)
    other.restore({name: value.clone() for name, value in extended.state().items()})
    for search in (extended, other):
        search.extend(10)
        finished(search)
        assert torch.equal(search.counterfactuals, at_once.counterfactuals)
        assert search.fraction == 1
        for name, value in at_once.state().items():
            assert torch.equal(value, search.state()[name]), name


@EACH
def test_every_step_can_be_looked_at_and_none_changes_what_was_seen(kind):
    search = kind(num_explanations=2, num_iters=5).begin(problem(draw(2, 4), Bent(4, 2)), seeded())
    seen, fractions = [], []
    while not search.done:
        seen.append((search.counterfactuals, search.counterfactuals.clone()))
        fractions.append(search.fraction)
        search.advance()
    assert all(torch.equal(kept, copied) for kept, copied in seen)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert search.counterfactuals.shape == (2, 2, 4)


@pytest.mark.parametrize("kind", [Dice, Xgem, LCF])
def test_samples_of_a_linear_world_change_their_class(kind):
    classifier = two_classes()
    search = finished(
        kind(num_explanations=4, lr=0.3, num_iters=200).begin(
            problem(draw(6, 4), classifier), seeded()
        )
    )
    asked = problem(draw(6, 4), classifier)
    found = asked.answers(search.counterfactuals).argmax(-1)
    assert torch.equal(found, asked.targets[:, None].expand_as(found))
    assert search.message == ""


@pytest.mark.parametrize("kind", [Dice, LCF])
def test_a_sample_alone_and_in_a_batch_are_explained_alike(kind):
    classifier = Bent(4, 2)
    latents = draw(5, 4)
    explainer = kind(num_explanations=3, num_iters=15)
    together = finished(explainer.begin(problem(latents, classifier), seeded())).counterfactuals
    statistics = problem(latents, classifier).context
    alone = problem(latents[2:3], classifier, context=statistics)
    torch.testing.assert_close(
        finished(explainer.begin(alone, seeded())).counterfactuals, together[2:3]
    )


@EACH
@BOTH
def test_no_gradient_is_left_in_the_models(kind, released):
    classifier, generator = Bent(4, 2), Canvas()
    asked = problem(draw(2, 4), classifier, generator)
    finished(kind(2, num_iters=3, release_compatible=released).begin(asked, seeded()))
    everything = [*classifier.parameters(), *generator.parameters()]
    assert everything
    assert all(parameter.grad is None for parameter in everything)


@EACH
def test_three_classes_reach_the_one_asked_for(kind):
    classifier = Bent(4, 3, seed=2)
    latents = draw(12, 4, seed=5)
    own = problem(latents, classifier).classes
    targets = (own + 1) % 3
    asked = problem(latents, classifier, targets=targets)
    settings = {"method": "none"} if kind is Dive else {}
    search = finished(kind(2, num_iters=60, **settings).begin(asked, seeded()))
    found = asked.answers(search.counterfactuals).argmax(-1)
    reached = (found == targets[:, None]).float().mean()
    assert reached > (0.3 if kind is LCF else 0.6)


@EACH
def test_the_released_formulas_know_two_classes_only(kind):
    with pytest.raises(SettingsError, match="Leave release_compatible out"):
        kind(release_compatible=True).begin(problem(draw(2, 4), Bent(4, 3)), seeded())


class Trap(torch.nn.Module):
    """NaN for the marked sample as soon as its first pixel has moved by 0.15 from -0.5."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = two_classes()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        first, _, _, mark = pictures.flatten(1).unbind(1)
        bad = (mark > 2) & ((first + 0.5).abs() > 0.15)
        return torch.where(bad[:, None], torch.nan, self.inner(pictures))


@EACH
@BOTH
def test_nan_keeps_the_last_good_latents_and_names_the_sample(kind, released):
    latents = torch.tensor([[-0.6, -0.6, 0, 0], [-0.5, -0.5, 0, 5.0], [0.7, 0.7, 0, 0]])
    context = problem(latents, two_classes()).context
    asked = problem(latents, Trap(), context=context)
    settings = {"method": "none"} if kind is Dive else {}
    if kind is LCF:
        settings = {"lr": 2.4, "tolerance": 0.0} if released else {"lr": 0.4}
    search = kind(2, num_iters=8, release_compatible=released, **settings).begin(asked, seeded())
    found = finished(search).counterfactuals
    assert search.message.startswith("Not a finite loss or gradient: sample 1.")
    assert bool(torch.isfinite(asked.answers(found[1])).all())
    assert bool(((found[1] - latents[1]).abs().amax(1) > 0.01).any()), "it has moved before"
    others = (found[[0, 2]] - latents[[0, 2], None]).abs().amax((1, 2))
    assert bool((others > 0.15).all()), "the others went on"


@EACH
def test_models_without_gradients_are_refused(kind):
    def still(pictures: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return two_classes()(pictures)

    with pytest.raises(ModelError, match="growing_spheres"):
        finished(kind(2, num_iters=2).begin(problem(draw(2, 4), still), seeded()))


@EACH
def test_arguments_are_checked(kind):
    for wrong in ({"num_explanations": 0}, {"num_iters": 1.5}, {"lr": 0}, {"lr": float("nan")}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            kind(**wrong)


@EACH
def test_an_empty_batch_is_done_at_once(kind):
    empty = problem(draw(2, 4), Bent(4, 2))
    search = kind(2).begin(
        type(empty)(
            empty.latents[:0],
            empty.logits[:0],
            empty.images[:0],
            empty.targets[:0],
            empty.classifier,
            empty.generator,
            empty.context,
        ),
        seeded(),
    )
    assert finished(search).counterfactuals.shape == (0, 2, 4)


@EACH
def test_explain_batch_is_the_release_s_interface(kind):
    asked = problem(draw(3, 4), Bent(4, 2))
    explainer: ExplainerBase = kind(num_explanations=2, num_iters=2)
    explainer.prepare(asked.context)
    found = explainer.explain_batch(
        asked.latents, asked.logits, asked.images, asked.classifier, asked.generator
    )
    assert found.shape == (3, 2, 4)
    assert not found.requires_grad


def test_a_target_is_another_class_than_the_sample_s_own():
    logits = torch.tensor([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]])
    assert Dice(target=1).targets_for(logits).tolist() == [1, 1]
    assert Dice().targets_for(logits).tolist() == [1, 1]
    with pytest.raises(InputError, match="Sample 1 is of class 0 already"):
        Dice(target=0).targets_for(logits)
    with pytest.raises(SettingsError, match="0 to 2"):
        Dice(target=3).targets_for(logits)


def test_adam_is_torch_s_own_and_keeps_the_moments_of_rows_that_rest():
    start, gradients = draw(4, 2, 3), draw(5, 4, 2, 3, seed=1)
    points = start.clone().requires_grad_(True)
    theirs = torch.optim.Adam([points], lr=0.1)
    rule, ours = Adam(0.1, start), start
    for step, gradient in enumerate(gradients, 1):
        points.grad = gradient.clone()
        theirs.step()
        ours = rule.moved(ours, gradient, torch.arange(4), step)
    torch.testing.assert_close(ours, points.detach())
    rows = torch.tensor([1, 3])
    before = rule.state()["first"]
    moved = rule.moved(ours[rows], gradients[0][rows], rows, 6)
    assert moved.shape == (2, 2, 3)
    after = rule.state()["first"]
    assert torch.equal(after[[0, 2]], before[[0, 2]])
    assert not torch.equal(after[rows], before[rows])
