"""Making the classifier's gradients steady: ADAM stabilisation, and adaptive normalisation.

Pure functions on gradients ``(n, C, H, W)`` that are kept sample by sample (METHODS §4).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

Adam = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class GuidanceState:
    """What guidance remembers of the steps before.

    Parameters
    ----------
    first, second : Tensor, (n, C, H, W)
        Running means of the gradients and of their squares, not yet corrected for the start.
    lengths : Tensor, (n,)
        L2 length of the stabilised gradient over the whole picture, at the first step where it
        was not 0; 0 before.
    count : int
        Gradients seen.
    """

    first: torch.Tensor
    second: torch.Tensor
    lengths: torch.Tensor
    count: int = 0

    @classmethod
    def fresh(cls, like: torch.Tensor) -> GuidanceState:
        """The state before the first gradient, for samples ``(n, C, H, W)``."""
        return cls(torch.zeros_like(like), torch.zeros_like(like), like.new_zeros(len(like)))

    def part(self, rows: slice) -> GuidanceState:
        """Return the state of some of the samples."""
        return GuidanceState(self.first[rows], self.second[rows], self.lengths[rows], self.count)

    @classmethod
    def joined(cls, parts: list[GuidanceState]) -> GuidanceState:
        """Put the states of parts together again."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            torch.cat([part.first for part in parts]),
            torch.cat([part.second for part in parts]),
            torch.cat([part.lengths for part in parts]),
            parts[0].count,
        )


def stabilised(
    gradient: torch.Tensor, state: GuidanceState, adam: Adam
) -> tuple[torch.Tensor, GuidanceState]:
    """Return the direction that ADAM takes, bias-corrected, and the state after it.

    m ← β1 m + (1 - β1) g, v ← β2 v + (1 - β2) g², direction m̂ / (sqrt(v̂) + ε) with
    m̂ = m / (1 - β1ᵏ) and v̂ = v / (1 - β2ᵏ) at the k-th gradient (arXiv 1412.6980).
    """
    beta_first, beta_second, epsilon = adam
    count = state.count + 1
    first = torch.lerp(state.first, gradient, 1 - beta_first)
    second = torch.addcmul(beta_second * state.second, gradient, gradient, value=1 - beta_second)
    root = (second / (1 - beta_second**count)).sqrt_().add_(epsilon)
    direction = (first / (1 - beta_first**count)).div_(root)
    return direction, GuidanceState(first, second, state.lengths, count)


def normalised(gradient: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the gradient over its first length, and the lengths ``(n,)`` from now on.

    Where all gradients of a sample were 0 so far there is no length yet; its 0 stays 0.
    """
    now = torch.linalg.vector_norm(gradient, dim=(1, 2, 3))
    known = torch.where(lengths > 0, lengths, now)
    safe = torch.where(known > 0, known, 1.0)
    return gradient / safe[:, None, None, None], known


def guided(
    gradient: torch.Tensor, state: GuidanceState, adam: Adam | None, normalise: bool
) -> tuple[torch.Tensor, GuidanceState]:
    """Return the direction in which a step moves the samples, and the state after it."""
    if adam is None:
        direction = gradient
        state = GuidanceState(state.first, state.second, state.lengths, state.count + 1)
    else:
        direction, state = stabilised(gradient, state, adam)
    if normalise:
        direction, lengths = normalised(direction, state.lengths)
        state = GuidanceState(state.first, state.second, lengths, state.count)
    return direction, state
