"""Small networks that attributions are tried on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = 5


class Small(nn.Module):
    """Two convolutions, one fully connected layer, ReLUs as modules."""

    def __init__(self, channels: int = 1, inplace: bool = False) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, 4, 3, padding=1),
            nn.ReLU(inplace),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, padding=1),
            nn.ReLU(inplace),
            nn.Flatten(),
            nn.Linear(6 * 64, CLASSES),
        )

    def forward(self, batch: Tensor) -> Tensor:
        scores: Tensor = self.net(batch)
        return scores


class Block(nn.Module):
    """A residual block that uses its ReLU twice, and adds in place."""

    def __init__(self, inner: int, outer: int, relu: nn.Module, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.relu = relu
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inner, outer, 1, stride), nn.BatchNorm2d(outer)
            )

    def forward(self, batch: Tensor) -> Tensor:
        out: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(batch)))))
        out += self.downsample(batch)
        result: Tensor = self.relu(out)
        return result


class Residual(nn.Module):
    """Like a ResNet: in-place ReLUs, one of them shared between the stem and a block."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        shared = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, 4, 3, 1, 1)
        self.bn = nn.BatchNorm2d(4)
        self.relu = shared
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = Block(4, 4, nn.ReLU(inplace=True))
        self.layer2 = Block(4, 8, shared, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, CLASSES)

    def forward(self, batch: Tensor) -> Tensor:
        batch = (batch - 0.5) / 0.25
        batch = self.maxpool(self.relu(self.bn(self.conv(batch))))
        scores: Tensor = self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(batch))), 1))
        return scores


class Linear(nn.Module):
    """Scores that are linear in the pixels, so that every attribution has a closed form."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, batch: Tensor) -> Tensor:
        return torch.einsum("nchw,kchw->nk", batch, self.weights)


class Functional(nn.Module):
    """No ReLU that is a module, and no convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(256, 8)
        self.two = nn.Linear(8, CLASSES)

    def forward(self, batch: Tensor) -> Tensor:
        scores: Tensor = self.two(torch.relu(self.one(batch.flatten(1))))
        return scores


def seeded(kind: type[nn.Module], seed: int = 0, **settings: object) -> nn.Module:
    """Make a network with its own random weights and running statistics."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = kind(**settings)
        for part in net.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean = torch.randn(part.num_features) * 0.2
                part.running_var = torch.rand(part.num_features) + 0.5
    return net


def picture(channels: int = 1, size: int = 16, seed: int = 1) -> Tensor:
    """Return a random picture (C, H, W) in [0, 1]."""
    return torch.rand(channels, size, size, generator=torch.Generator().manual_seed(seed))
