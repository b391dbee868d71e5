"""What an optional term of the objective is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from rex_widgets.bridge.problem import Problem

EPSILON = 1e-6
"""Added inside every logarithm: a distance of 0 gives log(1e-6), about -13.8, with a finite
gradient. It is small against any change that an eye sees on pictures in [-1, 1]."""


@dataclass(frozen=True)
class Term:
    """A term that is made small: its weight times its value is taken off the objective.

    Parameters
    ----------
    value : callable
        Estimates x̂0 ``(B, C, H, W)`` in [-1, 1] and the problem, on the same device, to values
        ``(B,)``; each from its own picture alone, and differentiable.
    check : callable, optional
        Raises `SettingsError` where the term cannot be had for a problem.
    """

    value: Callable[[torch.Tensor, Problem], torch.Tensor]
    check: Callable[[Problem], None] | None = None


def logarithm(distance: torch.Tensor) -> torch.Tensor:
    """Return log(distance + ε), which is defined at 0."""
    return (distance + EPSILON).log()
