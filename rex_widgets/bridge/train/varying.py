"""Pictures turned, stretched, moved, blurred and covered with noise, so that none comes twice."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from rex_widgets.bridge.train.source import Reach


def moved(pictures: Tensor, drawn: torch.Generator, reach: Reach) -> Tensor:
    """Turn, stretch and move.

    Parameters
    ----------
    pictures : Tensor, (N, 1, H, W)
        What is beyond the border is 0.
    drawn : Generator
        What is drawn depends on it alone.
    reach : Reach
        How far at most.
    """
    count, side = len(pictures), pictures.shape[-1]
    spread = torch.rand(4, count, generator=drawn) * 2 - 1
    turn = spread[0] * math.radians(reach.degrees)
    larger = 1 + spread[1] * reach.stretch
    shift = spread[2:] * (2 * reach.pixels / side)
    rows = [
        torch.stack([turn.cos() / larger, -turn.sin() / larger, shift[0]], 1),
        torch.stack([turn.sin() / larger, turn.cos() / larger, shift[1]], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def worn(pictures: Tensor, drawn: torch.Generator, noise: float) -> Tensor:
    """Blur a quarter of the pictures, and cover half of them with noise of σ up to `noise`."""
    count = len(pictures)
    chance = torch.rand(3, count, 1, 1, 1, generator=drawn)
    blurred = functional.avg_pool2d(pictures, 3, stride=1, padding=1)
    pictures = torch.where(chance[0] < 0.25, blurred, pictures)
    sigma = torch.where(chance[1] < 0.5, noise * chance[2], torch.zeros_like(chance[2]))
    spread = torch.randn(pictures.shape, generator=drawn)
    return (pictures + sigma * spread).clamp(0, 1)
