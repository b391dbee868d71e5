"""The embedded world as one object: generator, classifier, samples and their statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.statistics import LatentStatistics, Part
from rex_widgets.latent.world.atlas import DATA, load_atlas
from rex_widgets.latent.world.characters import CHARACTERS
from rex_widgets.latent.world.classifier import OddEven
from rex_widgets.latent.world.dataset import (
    CORRELATIONS,
    TRAINING,
    VALIDATION,
    Samples,
    correlated_fonts,
    draw_samples,
)
from rex_widgets.latent.world.renderer import Renderer

PARTS = (Part("character", 0, 3), Part("font", 3, 6), Part("continuous", 6, 11))
NAMES = (
    "character 1",
    "character 2",
    "character 3",
    "font 1",
    "font 2",
    "font 3",
    "inversion",
    "rotation",
    "scale",
    "right",
    "down",
)
TRAINING_SEED, VALIDATION_SEED = 1, 2
INVERSION = 6
_AT_ONCE = 1000


class WorldGenerator(torch.nn.Module):
    """Draws standardised latents ``(N, 11)`` as pictures ``(N, 3, 32, 32)`` in [-1, 1].

    Every coordinate is clamped to the range of the validation samples, brought back to its own
    scale, and the inversion is made 0 or 1 (METHODS §3); so no gradient reaches the inversion, nor
    a coordinate beyond its range.
    """

    def __init__(self, statistics: LatentStatistics) -> None:
        super().__init__()
        self.renderer = Renderer()
        self.statistics = statistics

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Draw."""
        known = self.statistics.to(latents.device)
        attributes = known.as_they_are(known.clamped(latents))
        inverted = (attributes[:, INVERSION] >= 0.5).to(attributes.dtype)
        exact = torch.cat(
            (attributes[:, :INVERSION], inverted[:, None], attributes[:, INVERSION + 1 :]), 1
        )
        pictures: torch.Tensor = self.renderer(exact)
        return pictures


@dataclass(frozen=True, eq=False)
class World:
    """Everything that an explainer or a benchmark needs of the embedded world.

    Parameters
    ----------
    n_corr, corr_level
        Which of the four settings it is; see `rex_widgets.latent.world.dataset`.
    generator, classifier
        Pictures of standardised latents, and logits ``(N, 2)`` of even and odd.
    statistics
        Of the latents.
    characters, fonts
        Embeddings, standardised, float32 ``(48, 3)``.
    training, validation
        The samples, with latents as they are.
    correlated
        Fonts that go with even and with odd characters.
    """

    n_corr: int
    corr_level: float
    generator: WorldGenerator
    classifier: OddEven
    statistics: LatentStatistics
    characters: torch.Tensor
    fonts: torch.Tensor
    training: Samples
    validation: Samples
    correlated: tuple[tuple[int, ...], tuple[int, ...]]

    def latents(self, indices: list[int] | slice = slice(None)) -> torch.Tensor:
        """Standardised latents of validation samples, float32 ``(N, 11)``."""
        chosen = torch.tensor(self.validation.latents)[indices]
        return self.statistics.standardised(chosen)

    @torch.no_grad()
    def logits(self, latents: torch.Tensor) -> torch.Tensor:
        """What the classifier says of standardised latents, ``(N, 2)``."""
        parts = torch.split(latents, _AT_ONCE)
        return torch.cat([self.classifier(self.generator(part)) for part in parts])

    def names_of(self, latents: torch.Tensor) -> list[str]:
        """Say what standardised latents show: the nearest character and font."""
        atlas = load_atlas()
        nearest = [
            torch.cdist(latents[:, part.slice], known).argmin(1).tolist()
            for part, known in zip(PARTS, (self.characters, self.fonts), strict=False)
        ]
        return [
            f"{CHARACTERS[character]} in {atlas.font_names[font]}"
            for character, font in zip(*nearest, strict=True)
        ]


def load_world(n_corr: int = 10, corr_level: float = 0.95) -> World:
    """Return the embedded world; its samples are drawn anew from fixed seeds.

    Parameters
    ----------
    n_corr
        6 or 10 fonts that go with the class.
    corr_level
        0.5 or 0.95: how often such a font tells the class.

    Raises
    ------
    SettingsError
        There is no such setting.
    """
    if (n_corr, corr_level) not in CORRELATIONS:
        raise SettingsError(
            f"n_corr was {n_corr!r} and corr_level {corr_level!r}; expected 6 or 10, and 0.5 or "
            "0.95: the settings that classifiers were trained for."
        )
    return loaded_world(n_corr, corr_level)


@cache
def loaded_world(n_corr: int, corr_level: float) -> World:
    """Return the one world of a setting, however it was asked for."""
    atlas = load_atlas()
    training = draw_samples(TRAINING, n_corr, corr_level, TRAINING_SEED)
    validation = draw_samples(VALIDATION, n_corr, corr_level, VALIDATION_SEED)
    statistics = world_statistics(training, validation)
    return World(
        n_corr=n_corr,
        corr_level=corr_level,
        generator=WorldGenerator(statistics).eval().requires_grad_(False),
        classifier=_classifier(n_corr, corr_level),
        statistics=statistics,
        characters=_standardised(atlas.characters, statistics, PARTS[0]),
        fonts=_standardised(atlas.fonts, statistics, PARTS[1]),
        training=training,
        validation=validation,
        correlated=correlated_fonts(n_corr),
    )


def world_statistics(training: Samples, validation: Samples) -> LatentStatistics:
    """Return the statistics of the world's latents."""
    return LatentStatistics.of(
        torch.tensor(training.latents), torch.tensor(validation.latents), PARTS, NAMES
    )


def weights_file(n_corr: int, corr_level: float) -> str:
    """Name of a classifier's file."""
    return f"oddeven-{n_corr}-{corr_level:g}.safetensors"


def _classifier(n_corr: int, corr_level: float) -> OddEven:
    from safetensors.torch import load_file

    module = OddEven()
    weights = load_file(DATA / weights_file(n_corr, corr_level))
    module.load_state_dict({name: weight.to(torch.float32) for name, weight in weights.items()})
    return module.eval().requires_grad_(False)


def _standardised(embedding: object, statistics: LatentStatistics, part: Part) -> torch.Tensor:
    mean, std = statistics.mean[part.slice], statistics.std[part.slice]
    return (torch.tensor(embedding) - mean) / std
