"""Two small classifiers that share nothing: one is explained, the other gives its opinion."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 32
"""Pixels of a picture, each way."""


class SmallClassifier(nn.Module):
    """The one that is explained: a smooth convolutional network with 0.1 million weights.

    Takes float ``(N, C, 32, 32)`` in [0, 1]; gives logits ``(N, K)``.

    Parameters
    ----------
    channels : int
        C, 1 or 3.
    classes : int
        K.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 16, 5, stride=2, padding=2),
            nn.GroupNorm(4, 16),
            nn.SiLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.GroupNorm(4, 32),
            nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.GroupNorm(8, 64),
            nn.SiLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1),
            nn.GroupNorm(8, 64),
            nn.SiLU(),
        )
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(64 * (SIDE // 8) ** 2, classes)
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Classify."""
        logits: Tensor = self.head(self.features(2 * pictures - 1))
        return logits


class SecondSmallClassifier(nn.Module):
    """The second opinion: residual blocks, batch normalisation, maximum pooling, no dense layers.

    Takes float ``(N, C, 32, 32)`` in [0, 1]; gives logits ``(N, K)``.

    Parameters
    ----------
    channels : int
        C, 1 or 3.
    classes : int
        K.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU()
        )
        self.first = _Residual(24)
        self.widen = nn.Sequential(
            nn.Conv2d(24, 48, 3, padding=1, bias=False), nn.BatchNorm2d(48), nn.ReLU()
        )
        self.second = _Residual(48)
        self.head = nn.Conv2d(48, classes, 4)

    def forward(self, pictures: Tensor) -> Tensor:
        """Classify."""
        inner = self.first(functional.max_pool2d(self.stem(pictures), 2))
        inner = self.second(functional.max_pool2d(self.widen(inner), 2))
        return self.head(functional.max_pool2d(inner, 2)).flatten(1)  # type: ignore[no-any-return]


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.inner(x))
