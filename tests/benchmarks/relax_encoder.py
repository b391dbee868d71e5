"""The encoder and the input of the questions about RELAX: the same for both systems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn


class PooledFeatures(nn.Module):
    """EfficientNet-Lite0 without its classification head: 1280 features, averaged over places."""

    def __init__(self) -> None:
        super().__init__()
        from rex_widgets.classifiers.demo import efficientnet_lite0

        self.network: Any = efficientnet_lite0()
        self.eval()

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From ``(N, 3, 224, 224)`` to ``(N, 1280)``."""
        features: torch.Tensor = self.network.extract_features(batch)
        return features.mean(dim=(2, 3))


def read(png: str | Path) -> torch.Tensor:
    """The photograph as the encoder takes it, ``(1, 3, 224, 224)``."""
    from PIL import Image

    with Image.open(png) as image:
        values = np.asarray(image.convert("RGB"), np.float32)
    normal = (values / 255.0 - 0.5) / 0.5
    return torch.from_numpy(np.ascontiguousarray(normal.transpose(2, 0, 1)))[None]


def options(masks: int, seed: int) -> dict[str, Any]:
    """Our defaults, but for a number of masks that nothing ends before."""
    half = [0.5] * 3
    batches = -(-masks // 100)
    return {"mean": half, "std": half, "num_batches": batches, "stopping": "never", "seed": seed}


def error(found: Any, reference: Any) -> float:
    """Root mean square of the difference, as a share of the reference's."""
    difference = np.asarray(found, np.float64) - np.asarray(reference, np.float64)
    size = np.square(np.asarray(reference, np.float64)).mean()
    return float(np.sqrt(np.square(difference).mean() / size))


def shape_error(found: Any, reference: Any) -> float:
    """The same for both maps minus their means: what a heat map shows."""
    found, reference = (np.asarray(m, np.float64) - np.mean(m) for m in (found, reference))
    return error(found, reference)
