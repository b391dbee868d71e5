"""The release's classifier: ResNet-18, with the names of torchvision's weights.

He et al., 2016, "Deep residual learning for image recognition" (arXiv 1512.03385), table 1. The
release puts torchvision's network behind the name ``feat_extract``; torchvision is not needed.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from rex_widgets.latent.release.checkpoints import fill, read_checkpoint
from rex_widgets.latent.release.places import MOST_WEIGHTS

ENTRY = "model"


class BasicBlock(nn.Module):
    """Two convolutions of 3×3, and what is added to them."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or into != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Go on."""
        inner = torch.relu(self.bn1(self.conv1(x)))
        beside = x if self.downsample is None else self.downsample(x)
        return torch.relu(self.bn2(self.conv2(inner)) + beside)


class ResNet18(nn.Module):
    """Pictures ``(N, 3, H, W)`` to logits ``(N, classes)``.

    Parameters
    ----------
    classes
        Number of logits.
    width
        Channels of the first stage; the others have 2, 4 and 8 times as many.
    """

    def __init__(self, classes: int = 2, width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, 1)
        self.layer2 = _stage(width, 2 * width, 2)
        self.layer3 = _stage(2 * width, 4 * width, 2)
        self.layer4 = _stage(4 * width, 8 * width, 2)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Classify."""
        x = torch.relu(self.bn1(self.conv1(pictures)))
        x = functional.max_pool2d(x, 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        logits: torch.Tensor = self.fc(x.mean((2, 3)))
        return logits


def _stage(into: int, out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(BasicBlock(into, out, stride), BasicBlock(out, out, 1))


class ReleaseClassifier(nn.Module):
    """Takes ``(N, 3, 32, 32)`` in [-1, 1]; gives logits ``(N, 2)`` of even and odd."""

    def __init__(self, classes: int = 2, width: int = 64) -> None:
        super().__init__()
        self.feat_extract = ResNet18(classes, width)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Classify."""
        logits: torch.Tensor = self.feat_extract(pictures)
        return logits


def load_classifier(
    path: str | Path, *, classes: int = 2, width: int = 64, most_bytes: int = MOST_WEIGHTS
) -> ReleaseClassifier:
    """Load a ``resnet_font_….pth`` of the release.

    Parameters
    ----------
    path
        The file: a dictionary with the state dict ``model``.
    classes, width
        As of `ResNet18`.
    most_bytes
        A larger file is refused.

    Returns
    -------
    ReleaseClassifier
        In evaluation mode, its weights fixed.

    Raises
    ------
    ModelError
        The file is not what is expected; weights are named.
    """
    path = Path(path)
    found = read_checkpoint(path, (ENTRY,), most_bytes)
    module = ReleaseClassifier(classes, width)
    fill(module, found[ENTRY], f"{path}, entry '{ENTRY}',")
    return module.eval().requires_grad_(False)
