"""Tiny models and makers whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from rex_widgets.bridge.evaluation.evaluating import Made
from rex_widgets.bridge.evaluation.rows import Question

SIZE = 12


class Halves(torch.nn.Module):
    """Three classes: left half bright, right half bright, neither."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits ``(B, 3)``."""
        half = pictures.shape[3] // 2
        left, right = pictures[..., :half].mean((1, 2, 3)), pictures[..., half:].mean((1, 2, 3))
        return 10 * torch.stack([left, right, torch.full_like(left, 0.3)], 1)


class Paint:
    """A maker that paints the region in the class's half white, in the other black.

    The second of its two samples is the image itself: half of all samples reach the class.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.regions = 0
        self.asked: list[Question] = []

    @property
    def configuration(self) -> Mapping[str, Any]:
        """Plain values."""
        return {"maker": "paint", "size": self.size}

    def region(self, image: torch.Tensor, number: int, source: int) -> torch.Tensor:
        """All but the first row."""
        self.regions += 1
        region = torch.ones(image.shape[1:], dtype=torch.bool)
        region[0] = False
        return region

    def controlled(self, region: torch.Tensor, number: int, control: str) -> torch.Tensor:
        """The region, its inverse, or its mirror image."""
        return {"none": region, "inverse": ~region, "random": region.flip(0)}[control]

    def make(self, image: torch.Tensor, region: torch.Tensor, question: Question) -> Made:
        """Paint."""
        self.asked.append(question)
        half = image.shape[2] // 2
        painted = torch.zeros_like(image)
        if question.target < 2:
            painted[..., question.target * half : (question.target + 1) * half] = 1
        return Made(torch.stack([torch.where(region, painted, image), image]), 0.25)


def left_bright(count: int, seed: int = 0) -> torch.Tensor:
    """Images of class 0, ``(count, 1, SIZE, SIZE)`` in [0, 1]."""
    noise = torch.rand(count, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    images = 0.1 * noise
    images[..., : SIZE // 2] += 0.8
    return images
