"""Fisher information: by hand, by drawing answers, in batches, and on disk."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError, ModelError
from rex_widgets.latent.explainers.margins import margin, margins
from rex_widgets.latent.fisher import FisherEstimate, FisherInformation
from tests.latent.toy import Bent, Canvas, draw, seeded, two_classes


def test_of_a_linear_world_by_hand():
    # The margin is 2 (x + y), its gradient (2, 2, 0); q is σ(0) and σ(2).
    latents = torch.tensor([[0.0, 0, 9], [0.5, 0.5, 9]])
    found = FisherInformation.of(latents, two_classes(3), Canvas())
    weight = 0.25 + float(torch.sigmoid(torch.tensor(2.0)) * torch.sigmoid(torch.tensor(-2.0)))
    expected = weight * torch.tensor([[4.0, 4, 0], [4, 4, 0], [0, 0, 0]]).double()
    torch.testing.assert_close(found.matrices, expected.expand(2, 3, 3), rtol=1e-6, atol=1e-6)
    assert found.latents == 2


def test_it_is_the_mean_over_drawn_answers():
    classifier, latents = Bent(3, 3), draw(4, 3)
    found = FisherInformation.of(latents, classifier, Canvas()).matrices
    expected = torch.zeros(3, 3, 3)
    for one in latents:
        for index in range(3):
            point = one.clone().requires_grad_(True)
            chance = torch.sigmoid(margins(classifier(Canvas()(point[None])))[0, index])
            for answer in (chance, 1 - chance):
                (gradient,) = torch.autograd.grad(torch.log(answer), point, retain_graph=True)
                expected[index] += answer.detach() * torch.outer(gradient, gradient)
    torch.testing.assert_close(found.float(), expected)


def test_released_is_the_last_chunk_unweighted():
    classifier = Bent(3, 2)
    latents = draw(512 * 2 + 100, 3)
    found = FisherInformation.of(latents, classifier, Canvas(), released=True)
    last = latents[562:].clone().requires_grad_(True)
    logits = classifier(Canvas()(last))
    for index in range(2):
        (gradient,) = torch.autograd.grad(logits[:, index].sum(), last, retain_graph=True)
        torch.testing.assert_close(found.matrices[index].float(), gradient.T @ gradient)
    assert found.latents == 562
    assert found.released


def test_batches_do_not_matter_and_neither_does_stopping():
    classifier, latents = Bent(3, 2), draw(50, 3)
    whole = FisherInformation.of(latents, classifier, Canvas())
    estimate = FisherEstimate(latents, classifier, Canvas(), batch=7)
    for _ in range(3):
        estimate.advance()
    assert estimate.fraction == pytest.approx(21 / 50)
    other = FisherEstimate(latents, classifier, Canvas(), batch=7)
    other.restore(estimate.state())
    while not other.done:
        other.advance()
    torch.testing.assert_close(other.result().matrices, whole.matrices)


def test_two_classes_cost_one_gradient_and_agree_with_the_general_way():
    latents, classifier = draw(20, 3), Bent(3, 2)

    def three(pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.pad(classifier(pictures), (0, 1), value=-1e9)

    two = FisherInformation.of(latents, classifier, Canvas()).matrices
    torch.testing.assert_close(FisherInformation.of(latents, three, Canvas()).matrices[:2], two)


def test_at_most_so_many_are_drawn_from_the_own_generator():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    arguments = (draw(50, 3), Bent(3, 2), Canvas())
    found = [FisherInformation.of(*arguments, seeded(s), at_most=10) for s in (0, 0, 1)]
    assert found[0].latents == 10
    assert torch.equal(found[0].matrices, found[1].matrices)
    assert not torch.equal(found[0].matrices, found[2].matrices)
    assert torch.equal(torch.get_rng_state(), state)


def test_saved_and_loaded_it_is_the_same(tmp_path):
    found = FisherInformation.of(draw(9, 3), Bent(3, 2), Canvas(), released=True)
    found.save(tmp_path / "fisher.npz")
    again = FisherInformation.load(tmp_path / "fisher.npz")
    assert torch.equal(again.matrices, found.matrices)
    assert (again.latents, again.released) == (9, True)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "fisher.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="no Fisher information"):
        FisherInformation.load(path)
    np.savez(path, matrices=np.zeros((2, 3, 4)), latents=1, released=False)
    with pytest.raises(InputError, match=r"\(2, 3, 4\)"):
        FisherInformation.load(path)
    np.savez(path, matrices=np.array([{}], dtype=object), latents=1, released=False)
    with pytest.raises(InputError, match="no Fisher information"):
        FisherInformation.load(path)


def test_what_cannot_be_computed_is_said():
    with pytest.raises(InputError, match="one row"):
        FisherInformation.of(torch.zeros(0, 3), Bent(3, 2), Canvas())
    with pytest.raises(InputError, match="NaN"):
        FisherInformation.of(torch.full((2, 3), torch.nan), Bent(3, 2), Canvas())
    with pytest.raises(ModelError, match="gradient"):
        FisherInformation.of(draw(2, 3), lambda x: Bent(3, 2)(x).detach(), Canvas())


def test_margins_are_the_lead_over_the_best_other():
    logits = torch.tensor([[1.0, 4.0, 2.0], [3.0, 3.0, 0.0]])
    expected = torch.tensor([[-3.0, 2.0, -2.0], [0.0, 0.0, -3.0]])
    torch.testing.assert_close(margins(logits), expected)
    for index in range(3):
        targets = torch.full((2,), index)
        torch.testing.assert_close(margin(logits, targets), expected[:, index])
