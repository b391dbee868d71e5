"""The two architectures: faces, and that no picture touches another."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier


@pytest.mark.parametrize("kind", [DigitClassifier, SecondDigitClassifier])
def test_logits_of_each_picture_and_a_gradient(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    module = kind().eval()
    pictures = torch.rand(3, 1, 32, 32, requires_grad=True)
    logits = module(pictures)
    assert logits.shape == (3, 10)
    torch.testing.assert_close(logits[1:2], module(pictures[1:2]), rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(logits[0, 4], pictures)
    assert gradient[0].any()
    assert not gradient[1:].any()


def test_they_share_no_architecture() -> None:
    kinds = [
        {type(part) for part in module.modules()} - {type(module), nn.Sequential, nn.Conv2d}
        for module in (DigitClassifier(), SecondDigitClassifier())
    ]
    assert not kinds[0] & kinds[1]
