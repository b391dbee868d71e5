"""`imagenet_image_transforms`, against Pillow's resizing and ImageNet's statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.relax import imagenet_image_transforms

MEAN = np.array([0.485, 0.456, 0.406])[:, None, None]
STD = np.array([0.229, 0.224, 0.225])[:, None, None]


def test_a_photograph_of_any_size_becomes_a_normalised_square() -> None:
    x = torch.rand(3, 313, 210, generator=torch.Generator().manual_seed(0))
    found = imagenet_image_transforms(device="cpu", new_shape_of_image=64)(x)
    assert found.shape == (1, 3, 64, 64) and found.dtype == torch.float32
    # Pillow's bilinear filter widens when it shrinks, too
    small = [
        np.asarray(Image.fromarray(channel).resize((64, 64), Image.Resampling.BILINEAR))
        for channel in x.numpy()
    ]
    np.testing.assert_allclose(found[0].numpy(), (np.stack(small) - MEAN) / STD, atol=2e-5)


def test_a_photograph_of_the_right_size_is_only_normalised() -> None:
    x = torch.rand(3, 224, 224)
    found = imagenet_image_transforms("cpu")(x)
    np.testing.assert_allclose(found[0].numpy(), (x.numpy() - MEAN) / STD, rtol=1e-5, atol=1e-6)


def test_the_input_is_left_alone_and_needs_no_gradient() -> None:
    x = torch.rand(3, 20, 20, requires_grad=True)
    before = x.detach().clone()
    found = imagenet_image_transforms("cpu", 10)(x)
    assert torch.equal(x, before) and not found.requires_grad


def test_it_says_what_it_does() -> None:
    assert "new_shape_of_image=32" in repr(imagenet_image_transforms("cpu", 32))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((3, 8, 8), np.float32), "ndarray.*expected a tensor"),
        (torch.zeros(1, 3, 8, 8), r"\(1, 3, 8, 8\).*expected \(3, H, W\)"),
        (torch.zeros(1, 8, 8), "grey picture"),
        (torch.zeros(3, 0, 8), r"\(3, 0, 8\)"),
        (torch.zeros(3, 8, 8, dtype=torch.uint8), "Divide bytes by 255"),
    ],
)
def test_anything_else_is_told(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        imagenet_image_transforms("cpu")(given)


@pytest.mark.parametrize("side", [0, -3, 2.5, True, "224"])
def test_a_wrong_side_is_told(side: Any) -> None:
    with pytest.raises(SettingsError, match="positive whole number"):
        imagenet_image_transforms("cpu", side)
