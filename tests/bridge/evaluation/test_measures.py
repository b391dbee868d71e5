"""Measures of two pictures: against values worked out by hand, and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from rex_widgets.bridge.evaluation.semantic import cosine_similarity, encoded
from rex_widgets.bridge.evaluation.similarity import nearness
from rex_widgets.bridge.evaluation.transition import transition
from rex_widgets.errors import ModelError


def test_l1_and_l2_by_hand() -> None:
    before = torch.tensor([[[0.0, 1.0], [0.5, 0.5]]])
    after = torch.tensor([[[0.3, 1.0], [0.5, 0.1]]])
    near = nearness(before, torch.stack([after, before]))
    assert near.l1.tolist() == pytest.approx([0.175, 0.0], abs=1e-7)
    assert near.l2.tolist() == pytest.approx([0.25, 0.0], abs=1e-7)
    assert near.ssim[1] == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image(channels: int) -> None:
    random = np.random.default_rng(0)
    first = random.random((channels, 20, 26))
    second = np.clip(first + 0.2 * random.standard_normal(first.shape), 0, 1)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(first, second, channel_axis=0, data_range=1.0, **options)
    found = nearness(torch.from_numpy(first), torch.from_numpy(second)[None]).ssim
    assert float(found[0]) == pytest.approx(expected, abs=1e-12)
    assert 0.1 < expected < 0.9


def _first_bright(pictures: torch.Tensor) -> torch.Tensor:
    """Class 1 with the brightness of the upper left pixel, in the first channel."""
    bright = pictures[:, 0, 0, 0]
    return torch.stack([1 - bright, bright], 1)


def test_cout_by_hand_on_two_by_two() -> None:
    before, after = torch.zeros(1, 2, 2), torch.tensor([[[0.6, 0.9], [0.0, 0.1]]])
    # order of change: upper right, upper left, lower right, lower left
    found = transition(before, after, _first_bright, source=0, target=1)
    assert found.inserted.tolist() == [0, 1, 2, 3, 4]
    assert found.target == pytest.approx([0, 0, 0.6, 0.6, 0.6])
    # trapezoids: (0 + 0.3 + 0.6 + 0.6) / 4 = 0.375, and the source has the rest
    assert found.cout == pytest.approx(0.375 - 0.625)


def test_cout_in_fewer_steps_than_pixels() -> None:
    before, after = torch.zeros(1, 2, 2), torch.tensor([[[0.6, 0.9], [0.0, 0.1]]])
    found = transition(before, after, _first_bright, 0, 1, steps=2)
    assert found.inserted.tolist() == [0, 2, 4]
    assert found.cout == pytest.approx((0.3 + 0.6) / 2 - (0.7 + 0.4) / 2)


def test_cout_lies_between_the_probabilities_at_the_ends() -> None:
    before, after = torch.zeros(1, 4, 4), torch.ones(1, 4, 4)
    assert transition(after, after, _first_bright, 0, 1).cout == pytest.approx(1)
    assert transition(before, before, _first_bright, 0, 1).cout == pytest.approx(-1)
    # equal differences: row by row, so the upper left pixel is the first of 16
    assert transition(before, after, _first_bright, 0, 1).cout == pytest.approx(2 * 15.5 / 16 - 1)


def test_cout_asks_only_while_something_changes() -> None:
    asked = []

    def model(pictures: torch.Tensor) -> torch.Tensor:
        asked.append(pictures)
        return _first_bright(pictures)

    before = torch.zeros(3, 8, 8)
    after = before.clone()
    after[1, 2, 3], after[2, 5, 5] = 0.5, 0.7
    transition(before, after, model, 0, 1, steps=64)
    pictures = torch.cat(asked)
    assert len(pictures) == 3
    assert torch.equal(pictures[0], before) and torch.equal(pictures[2], after)
    assert float(pictures[1].sum()) == pytest.approx(0.7)


def test_cosine_of_an_encoder() -> None:
    def encoder(pictures: torch.Tensor) -> torch.Tensor:
        return pictures[:, :, :1]

    first = encoded(encoder, torch.tensor([[[[3.0, 4.0], [9.0, 9.0]]]]))
    second = encoded(encoder, torch.tensor([[[[4.0, 3.0], [0.0, 0.0]]]]))
    assert first.tolist() == [[3.0, 4.0]]
    assert cosine_similarity(first, second).tolist() == pytest.approx([0.96])


@pytest.mark.parametrize(
    "encoder", [lambda x: x[0, 0, 0], lambda x: [1.0], lambda x: x.flatten(1) * float("nan")]
)
def test_an_encoder_that_gives_something_else_is_refused(encoder: object) -> None:
    with pytest.raises(ModelError, match="encoder gave"):
        encoded(encoder, torch.ones(2, 1, 3, 3))  # type: ignore[arg-type]
