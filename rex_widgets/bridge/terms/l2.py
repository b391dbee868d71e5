"""Nearness in the root of the mean square."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.terms.base import EPSILON, Term

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem


def l2(estimate: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Return the root of the mean of (x̂0 - x)² over all values, ``(B,)`` in [0, 2]."""
    return (estimate - image).square().mean((1, 2, 3)).sqrt()


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    # ε goes under the root: the root's own slope at 0 is infinite.
    square = (estimate - problem.image).square().mean((1, 2, 3))
    return 0.5 * torch.log(square + EPSILON**2)


TERM = Term(_value)
