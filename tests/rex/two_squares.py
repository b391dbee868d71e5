"""A torch module with two places that each suffice for class 1, and what a ReX script has of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image

from rex_widgets.rex import CausalArgs, Data, from_pytorch_tensor

SIDE = 32
SHAPE = ["N", 3, SIDE, SIDE]
SQUARES = ((slice(4, 12), slice(4, 12)), (slice(20, 28), slice(20, 28)))


class TwoSquares(torch.nn.Module):
    """Class 1 where either square is bright enough, else class 0."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        means = [batch[:, :, rows, columns].mean((1, 2, 3)) for rows, columns in SQUARES]
        bright = torch.maximum(*means)
        return torch.stack((torch.full_like(bright, 2.0), 8 * bright), dim=1)


model = TwoSquares().eval()


def picture() -> Image.Image:
    values = np.zeros((SIDE, SIDE, 3), np.uint8)
    for rows, columns in SQUARES:
        values[rows, columns] = 255
    return Image.fromarray(values)


def saved(folder: Path) -> str:
    path = folder / "squares.png"
    picture().save(path)
    return str(path)


def preprocess(path: str, shape: Any, device: Any, mode: Any) -> Data:
    """As the tutorial writes it."""
    with Image.open(path) as file:
        img = file.convert("RGB")
    data = Data(img, shape, device, mode=mode, process=False)
    values = torch.from_numpy(np.asarray(img, np.float32) / 255)
    data.data = values.permute(2, 0, 1).unsqueeze(0).to(device)
    data.mode = "RGB"
    data.model_shape = shape
    data.model_height = SIDE
    data.model_width = SIDE
    data.model_channels = 3
    data.transposed = True
    data.model_order = "first"
    return data


def prediction_function(
    mutants: Any, target: Any = None, raw: bool = False, binary_threshold: Any = None
) -> Any:
    """As the tutorial writes it."""
    with torch.no_grad():
        tensor = model(mutants)
        if raw:
            return torch.softmax(tensor, dim=1)
        return from_pytorch_tensor(tensor)


def arguments(folder: Path, **changes: Any) -> CausalArgs:
    """Ten iterations, discs that fit the picture."""
    args = CausalArgs()
    args.gpu = False
    args.iters = 10
    args.seed = 123
    args.path = saved(folder)
    args.script = SimpleNamespace(preprocess=preprocess)
    args.spatial_initial_radius = args.spotlight_size = 6
    args.spotlights = 5
    for name, value in changes.items():
        setattr(args, name, value)
    return args
