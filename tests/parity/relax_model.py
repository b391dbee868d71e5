"""The tiny encoder and picture on which the release of RELAX was recorded."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

SHAPE = (3, 22, 26)
FEATURES = 12


def picture() -> torch.Tensor:
    """A float32 tensor ``(1, 3, 22, 26)``: waves of three lengths, and one bright square."""
    rows, columns = np.mgrid[: SHAPE[1], : SHAPE[2]]
    waves = [np.sin(rows / (2 + k)) + np.cos(columns / (3 + k)) for k in range(SHAPE[0])]
    values = np.stack(waves).astype(np.float32)
    values[:, 6:12, 8:15] += 2.0
    return torch.from_numpy(values)[None]


def encoder() -> nn.Module:
    """Linear features of the picture, halved where negative; weights from a fixed formula."""
    size = int(np.prod(SHAPE))
    numbers = np.sin(np.arange(FEATURES * size, dtype=np.float64) ** 1.5)
    layer = nn.Linear(size, FEATURES, bias=False)
    weights = (numbers.reshape(FEATURES, size) / np.sqrt(size)).astype(np.float32)
    layer.weight.data = torch.from_numpy(weights)
    return nn.Sequential(nn.Flatten(), layer, nn.LeakyReLU(0.5)).eval()


class NegativeDistance(nn.Module):
    """A similarity measure of a user's own, as the release takes them."""

    def forward(self, expanded: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
        """Return minus the Euclidean distance, ``(N,)``."""
        return -(expanded - masked).norm(dim=1)
