"""Data consistency: the estimate agrees with the picture where that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.terms.base import Term

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem


def consistency(estimate: torch.Tensor, image: torch.Tensor, region: torch.Tensor) -> torch.Tensor:
    """Return ‖(1 - R)(x̂0 - x)‖², the sum of squares outside the region, ``(B,)``.

    The measurement of inpainting is the picture outside the region, so this is the residual of
    CDDB (arXiv 2305.19809), taken through the network as in its deep variant.
    """
    return (estimate - image).masked_fill(region, 0.0).square().sum((1, 2, 3))


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    return consistency(estimate, problem.image, problem.region)


TERM = Term(_value)
