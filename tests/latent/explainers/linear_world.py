"""Worlds so plain that every answer is known: a picture is its latents, classes are half spaces."""

from __future__ import annotations

import torch

from rex_widgets.latent.base import Search
from rex_widgets.latent.problem import Context, CorrelatedAttribute, Problem, other_class
from rex_widgets.latent.statistics import LatentStatistics


def picture(latents: torch.Tensor) -> torch.Tensor:
    """Latents ``(N, Z)`` as pictures ``(N, 1, 1, Z)``."""
    return latents[:, None, None]


class HalfSpaces:
    """Logits ``z W + b``, counting the pictures seen and the most at once."""

    def __init__(self, weights: torch.Tensor, offsets: torch.Tensor) -> None:
        self.weights, self.offsets = weights, offsets
        self.seen = self.most = 0

    @classmethod
    def of_two(cls, normal: torch.Tensor, offset: float) -> HalfSpaces:
        """Class 1 where ``normal · z > offset``."""
        return cls(torch.stack((-normal, normal), 1) / 2, torch.tensor([offset, -offset]) / 2)

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.seen += len(pictures)
        self.most = max(self.most, len(pictures))
        return pictures.flatten(1) @ self.weights + self.offsets


class Bent:
    """A fixed random network: gains differ from sample to sample."""

    def __init__(self, size: int, classes: int, seed: int = 0) -> None:
        random = torch.Generator().manual_seed(seed)
        self.first = torch.randn(size, 16, generator=random)
        self.second = torch.randn(16, classes, generator=random)

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.tanh(pictures.flatten(1) @ self.first) @ self.second


def problem_of(
    latents: torch.Tensor,
    classifier: HalfSpaces | Bent,
    *,
    targets: torch.Tensor | None = None,
    statistics: LatentStatistics | None = None,
    correlated: CorrelatedAttribute | None = None,
) -> Problem:
    """What is asked of these latents."""
    logits = classifier(picture(latents))
    return Problem(
        latents=latents,
        logits=logits,
        images=picture(latents),
        targets=other_class(logits) if targets is None else targets,
        classifier=classifier,
        generator=picture,
        context=Context(
            statistics or LatentStatistics.standard(latents.shape[1]), correlated=correlated
        ),
    )


def seeded(seed: int = 0) -> torch.Generator:
    """A random generator of its own."""
    return torch.Generator().manual_seed(seed)


def finished(search: Search, most: int = 5000) -> Search:
    """Advance to the end; the share done never falls."""
    before = 0.0
    for _ in range(most):
        if search.done:
            assert search.fraction == 1.0
            return search
        search.advance()
        assert before - 1e-6 <= search.fraction <= 1.0
        before = search.fraction
    raise AssertionError("The search does not end.")
