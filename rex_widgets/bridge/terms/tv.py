"""Smoothness: total variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.terms.base import Term, logarithm

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem


def total_variation(pictures: torch.Tensor) -> torch.Tensor:
    """Return the anisotropic total variation of pictures ``(B, C, H, W)``, ``(B,)``.

    The sum of the absolute differences between neighbours below and beside each other, over the
    number of values.
    """
    below = (pictures[:, :, 1:] - pictures[:, :, :-1]).abs().sum((1, 2, 3))
    beside = (pictures[..., 1:] - pictures[..., :-1]).abs().sum((1, 2, 3))
    return (below + beside) / pictures[0].numel()


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    return logarithm(total_variation(estimate))


TERM = Term(_value)
