"""How near two pictures are, pixel by pixel: L1, L2 and SSIM."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rex_widgets.bridge.terms.l1 import l1
from rex_widgets.bridge.terms.l2 import l2
from rex_widgets.bridge.terms.ssim import ssim


@dataclass(frozen=True, eq=False)
class Nearness:
    """How near pictures are to another, tensors ``(B,)`` in float64.

    Parameters
    ----------
    l1
        Mean absolute difference over pixels and channels, in [0, 1].
    l2
        Root of the mean squared difference over pixels and channels, in [0, 1].
    ssim
        Structural similarity (`rex_widgets.bridge.terms.ssim.ssim`); 1 for the same picture.
    """

    l1: torch.Tensor
    l2: torch.Tensor
    ssim: torch.Tensor


def nearness(before: torch.Tensor, after: torch.Tensor) -> Nearness:
    """Compare pictures with one.

    Parameters
    ----------
    before
        ``(C, H, W)`` in [0, 1].
    after
        ``(B, C, H, W)`` in [0, 1].
    """
    # The terms are of pictures in [-1, 1], where differences are twice as large.
    first, second = 2 * before[None].double().cpu() - 1, 2 * after.double().cpu() - 1
    return Nearness(l1(second, first) / 2, l2(second, first) / 2, ssim(second, first))
