"""The small generator, classifier and latents on which the release of BEX was recorded."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from rex_widgets.latent.problem import Context, CorrelatedAttribute
from rex_widgets.latent.statistics import LatentStatistics, Part

SIZE = 11
BATCH = 12
PARTS = (Part("character", 0, 3), Part("font", 3, 6), Part("continuous", 6, 11))
FONTS = 48
CORRELATED = ((3, 11, 19, 27, 35), (4, 12, 20, 28, 36))
"""Fonts that go with class 0 and with class 1."""

_SEED = 20_230
_TRAINING, _VALIDATION = 1100, 400
_SPREAD = 2.0


class Decoder(nn.Module):
    """Standardised latents, clamped to their range, to pictures ``(N, 3, 32, 32)`` in [-1, 1]."""

    def __init__(self, statistics: LatentStatistics) -> None:
        super().__init__()
        self.statistics = statistics
        self.first = nn.Linear(SIZE, 16 * 64)
        self.layers = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(16, 12, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(12, 3, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Draw."""
        first = self.first(self.statistics.clamped(latents))
        pictures: torch.Tensor = self.layers(first.reshape(-1, 16, 8, 8))
        return pictures


class Classifier(nn.Module):
    """Pictures to logits ``(N, 2)``, of mean 0 and standard deviation 2 over the training set."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 24, 8),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(24, 2),
        )
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("std", torch.ones(2))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Classify."""
        logits: torch.Tensor = _SPREAD * (self.layers(pictures) - self.mean) / self.std
        return logits


@dataclass(frozen=True, eq=False)
class Toy:
    """All of it; ``as_they_are`` are the training latents, the others are standardised."""

    generator: Decoder
    classifier: Classifier
    as_they_are: torch.Tensor
    validation: torch.Tensor
    fonts: torch.Tensor
    context: Context

    def batch(self, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Some validation latents, their logits and their pictures."""
        random = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(_VALIDATION, generator=random)[:BATCH]
        latents = self.validation[chosen]
        with torch.no_grad():
            images = self.generator(latents)
            return latents, self.classifier(images), images


def toy() -> Toy:
    """Make it, the same every time."""
    random = torch.Generator().manual_seed(_SEED)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    scale, shift = 0.3 + torch.rand(SIZE, generator=random), drawn(SIZE)
    training, validation = (
        drawn(count, SIZE) * scale + shift for count in (_TRAINING, _VALIDATION)
    )
    statistics = LatentStatistics.of(training, validation, PARTS)
    generator, classifier = Decoder(statistics), Classifier()
    for module in (generator, classifier):
        for weights in module.parameters():
            fan = weights[0].numel() if weights.ndim > 1 else 10
            weights.data = drawn(*weights.shape) * (1.5 / fan) ** 0.5
            weights.requires_grad_(False)
    standardised = statistics.standardised(training)
    with torch.no_grad():
        logits = classifier.layers(generator(standardised))
    classifier.mean, classifier.std = logits.mean(0), logits.std(0)
    fonts = drawn(FONTS, 3)
    context = Context(
        statistics,
        training=standardised,
        correlated=CorrelatedAttribute(slice(3, 6), fonts, CORRELATED),
    )
    return Toy(
        generator.eval(),
        classifier.eval(),
        training,
        statistics.standardised(validation),
        fonts,
        context,
    )
