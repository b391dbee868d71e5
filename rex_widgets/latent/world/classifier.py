"""The world's classifier: a small residual network that says odd or even."""

from __future__ import annotations

import torch
from torch import nn

WIDTHS = (32, 64, 96)


class _Block(nn.Module):
    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        stride = 1 if into == out else 2
        self.conv1 = nn.Conv2d(into, out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.short = nn.Identity() if into == out else nn.Conv2d(into, out, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.short(x) + self.norm2(self.conv2(inner)))


class OddEven(nn.Module):
    """Takes float ``(N, 3, 32, 32)`` in [-1, 1]; gives logits ``(N, 2)`` of even and odd."""

    def __init__(self) -> None:
        super().__init__()
        first, *_ = WIDTHS
        self.stem = nn.Sequential(
            nn.Conv2d(3, first, 5, 2, 2, bias=False), nn.BatchNorm2d(first), nn.ReLU()
        )
        widths = zip((first, *WIDTHS[:-1]), WIDTHS, strict=True)
        self.blocks = nn.Sequential(*(_Block(into, out) for into, out in widths))
        self.head = nn.Linear(WIDTHS[-1], 2)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Classify."""
        features = self.blocks(self.stem(pictures)).mean((2, 3))
        logits: torch.Tensor = self.head(features)
        return logits
