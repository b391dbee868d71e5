"""From ink to a coloured picture: placed, thickened, and in two colours that can be told apart."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from rex_widgets.bridge.train.source import Reach

CONTRAST = 0.45
"""Least difference of the luminances of ink and paper."""

_LUMINANCE = (0.2126, 0.7152, 0.0722)
_TRIED = 64
_THICKENED = 0.4


def placed(
    ink: Tensor, drawn: torch.Generator, reach: Reach, lean: float = 0.0, widen: float = 0.0
) -> Tensor:
    """Turn, stretch and move, lean to a side, and widen.

    Parameters
    ----------
    ink : Tensor, (N, 1, H, W)
        1 is ink; what is beyond the border is 0.
    drawn : Generator
        What is drawn depends on it alone.
    reach : Reach
        How far at most.
    lean : float
        Most of the shear, each way, as a tangent.
    widen : float
        Width against height is up to 1 ± this.
    """
    count, side = len(ink), ink.shape[-1]
    spread = torch.rand(6, count, generator=drawn) * 2 - 1
    turn = spread[0] * math.radians(reach.degrees)
    larger = 1 + spread[1] * reach.stretch
    wide = (1 + spread[4] * widen) * larger
    shear = spread[5] * lean
    shift = spread[2:4] * (2 * reach.pixels / side)
    cos, sin = turn.cos(), turn.sin()
    rows = [
        torch.stack([(cos + shear * sin) / wide, (shear * cos - sin) / wide, shift[0]], 1),
        torch.stack([sin / larger, cos / larger, shift[1]], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1), list(ink.shape), align_corners=False)
    return functional.grid_sample(ink, grid, align_corners=False)


def thickened(ink: Tensor, drawn: torch.Generator) -> Tensor:
    """Make the strokes of 40 % of the pictures up to a pixel thicker on each side."""
    chance = torch.rand(2, len(ink), 1, 1, 1, generator=drawn)
    more = torch.where(chance[0] < _THICKENED, chance[1], torch.zeros_like(chance[1]))
    return torch.lerp(ink, functional.max_pool2d(ink, 3, stride=1, padding=1), more)


def coloured(ink: Tensor, drawn: torch.Generator) -> Tensor:
    """Give each picture a dark ink and a light paper, drawn evenly among those that differ enough.

    Parameters
    ----------
    ink : Tensor, (N, 1, H, W)
        1 is ink.
    drawn : Generator
        What is drawn depends on it alone.

    Returns
    -------
    Tensor, (N, 3, H, W)
        In [0, 1]; the ink's luminance is that of the paper less `CONTRAST`, or lower.
    """
    pairs = torch.rand(len(ink), _TRIED, 2, 3, generator=drawn)
    light = (pairs * torch.tensor(_LUMINANCE)).sum(-1)
    apart = light[..., 1] - light[..., 0]
    # the first pair that is far enough apart; where none is, the one that is farthest
    good = apart >= CONTRAST
    first = torch.where(good.any(1), good.float().argmax(1), apart.argmax(1))
    of_ink, of_paper = pairs[torch.arange(len(ink)), first][..., None, None].unbind(1)
    return torch.lerp(of_paper, of_ink, ink)
