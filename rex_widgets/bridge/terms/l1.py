"""Nearness in the mean absolute difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.terms.base import Term, logarithm

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem


def l1(estimate: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Return the mean of |x̂0 - x| over all values, ``(B,)`` in [0, 2]."""
    return (estimate - image).abs().mean((1, 2, 3))


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    return logarithm(l1(estimate, problem.image))


TERM = Term(_value)
