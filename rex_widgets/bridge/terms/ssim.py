"""Nearness in structure: the structural similarity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import conv2d

from rex_widgets.bridge.terms.base import Term, logarithm

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem

WINDOW = 11
"""Side of the Gaussian window; a picture with a shorter side has the largest odd one that fits."""

SIGMA = 1.5
_STABLE = (0.01**2, 0.03**2)


def ssim(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the mean structural similarity (Wang et al. 2004).

    A Gaussian window of 11 × 11 pixels with σ 1.5, wherever it fits into the picture; values are
    brought to [0, 1], where the constants are 0.01² and 0.03².

    Parameters
    ----------
    first, second : Tensor, (B, C, H, W)
        In [-1, 1]; `second` may have B = 1.

    Returns
    -------
    Tensor
        ``(B,)`` in [-1, 1]; 1 for equal pictures.
    """
    first, second = (first + 1) / 2, (second.expand_as(first) + 1) / 2
    count, channels, height, width = first.shape
    kernel = _kernel(min(WINDOW, height, width), first)
    layers = torch.stack([first, second, first * first, second * second, first * second])
    flat = layers.reshape(-1, 1, height, width)
    blurred = conv2d(conv2d(flat, kernel[None, None, :, None]), kernel[None, None, None, :])
    mean_a, mean_b, square_a, square_b, product = blurred.reshape(5, count, channels, -1)
    var_a, var_b = square_a - mean_a**2, square_b - mean_b**2
    low, high = _STABLE
    means = (2 * mean_a * mean_b + low) / (mean_a**2 + mean_b**2 + low)
    structures = (2 * (product - mean_a * mean_b) + high) / (var_a + var_b + high)
    found: torch.Tensor = (means * structures).mean((1, 2))
    return found


def _kernel(side: int, like: torch.Tensor) -> torch.Tensor:
    half = (side - 1) // 2
    places = torch.arange(-half, half + 1, dtype=like.dtype, device=like.device)
    bell = torch.exp(-0.5 * (places / SIGMA) ** 2)
    return bell / bell.sum()


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    # Rounding can bring equal pictures slightly above 1, where there is no logarithm.
    return logarithm((1 - ssim(estimate, problem.image[None])).clamp_min(0.0))


TERM = Term(_value)
