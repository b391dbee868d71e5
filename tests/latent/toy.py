"""Generators and classifiers whose answers are known, for latents of a few coordinates."""

from __future__ import annotations

import torch

from rex_widgets.latent.base import Search
from rex_widgets.latent.problem import Classify, Context, Generate, Problem, other_class
from rex_widgets.latent.statistics import LatentStatistics


class Canvas(torch.nn.Module):
    """Shows latents ``(N, Z)`` as pictures ``(N, 1, 1, Z)``: each coordinate is a pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.rows = 0, 0
        self.gain = torch.nn.Parameter(torch.ones(()))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        self.calls, self.rows = self.calls + 1, self.rows + len(latents)
        return (self.gain * latents)[:, None, None]


class Linear(torch.nn.Module):
    """Logits ``(N, K)`` that are linear in the picture."""

    def __init__(self, weights: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.weights, self.bias = torch.nn.Parameter(weights), torch.nn.Parameter(bias)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.flatten(1) @ self.weights.T + self.bias


class Bent(torch.nn.Module):
    """Logits of a small network, the same at every call of the test."""

    def __init__(self, size: int, classes: int, seed: int = 0) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.inner = torch.nn.Parameter(torch.randn(8, size, generator=random))
        self.outer = torch.nn.Parameter(2 * torch.randn(classes, 8, generator=random))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.tanh(pictures.flatten(1) @ self.inner.T) @ self.outer.T


def two_classes(size: int = 4, slope: float = 2.0) -> Linear:
    """The first two coordinates say which of two classes; the boundary is where they cancel."""
    weights = torch.zeros(2, size)
    weights[1, :2] = slope / 2
    weights[0, :2] = -slope / 2
    return Linear(weights, torch.zeros(2))


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def problem(
    latents: torch.Tensor,
    classifier: Classify,
    generator: Generate | None = None,
    context: Context | None = None,
    targets: torch.Tensor | None = None,
) -> Problem:
    generator = generator or Canvas()
    with torch.no_grad():
        images = generator(latents)
        logits = classifier(images)
    if context is None:
        statistics = LatentStatistics.of(
            draw(64, latents.shape[1], seed=7) * 1.5, latents.repeat(2, 1)
        )
        context = Context(statistics, training=draw(64, latents.shape[1], seed=7))
    targets = other_class(logits) if targets is None else targets
    return Problem(latents, logits, images, targets, classifier, generator, context)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def finished(search: Search) -> Search:
    while not search.done:
        search.advance()
    return search
