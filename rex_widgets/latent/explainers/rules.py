"""How a point moves along a gradient: Adam and plain descent, written for some rows of a tensor."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch

FIRST_DECAY, SECOND_DECAY, EPSILON = 0.9, 0.999, 1e-8
"""Of Adam (arXiv 1412.6980): what its authors advise, and what torch takes."""


class Rule(ABC):
    """A rule by which points ``(R, m, Z)`` descend; tensors are replaced, never changed."""

    @abstractmethod
    def moved(
        self, points: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor, step: int
    ) -> torch.Tensor:
        """Return where the points of some rows go.

        Parameters
        ----------
        points, gradient
            Of the rows, ``(A, m, Z)``.
        rows
            Int64 ``(A,)``, ascending.
        step
            1 at first.
        """

    def state(self) -> dict[str, torch.Tensor]:
        """What the rule remembers."""
        return {}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        del state


class Plain(Rule):
    """Gradient descent with a fixed step length."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def moved(
        self, points: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor, step: int
    ) -> torch.Tensor:
        """See `Rule.moved`."""
        return points - self._rate * gradient


class Adam(Rule):
    """Adam with one pair of moments for all points."""

    def __init__(self, rate: float, like: torch.Tensor) -> None:
        self._rate = rate
        self._first = self._second = torch.zeros_like(like)

    def moved(
        self, points: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor, step: int
    ) -> torch.Tensor:
        """See `Rule.moved`."""
        first = torch.lerp(some(self._first, rows), gradient, 1 - FIRST_DECAY)
        second = torch.addcmul(
            some(self._second, rows) * SECOND_DECAY, gradient, gradient, value=1 - SECOND_DECAY
        )
        self._first = put(self._first, rows, first)
        self._second = put(self._second, rows, second)
        scale = second.sqrt().div_(math.sqrt(1 - SECOND_DECAY**step)).add_(EPSILON)
        return torch.addcdiv(points, first, scale, value=-self._rate / (1 - FIRST_DECAY**step))

    def state(self) -> dict[str, torch.Tensor]:
        """Both moments."""
        return {"first": self._first, "second": self._second}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """See `Rule.restore`."""
        self._first, self._second = state["first"], state["second"]


def some(whole: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Return some rows; all of them without a copy."""
    return whole if len(rows) == len(whole) else whole[rows]


def put(whole: torch.Tensor, rows: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Return the tensor with some rows replaced."""
    return values if len(rows) == len(whole) else whole.index_copy(0, rows, values)
