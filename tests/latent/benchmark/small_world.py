"""A world that needs no trained classifier: the real generator, few samples, a linear rule."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.benchmark import Benchmark, Evaluation
from rex_widgets.latent.benchmark.space import Space
from rex_widgets.latent.world.atlas import load_atlas
from rex_widgets.latent.world.dataset import correlated_fonts, draw_samples
from rex_widgets.latent.world.world import PARTS, World, WorldGenerator, world_statistics


class LinearRule(torch.nn.Module):
    """Odd where a random projection of the picture is above its usual value."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(5)
        self.weight = torch.nn.Parameter(0.3 * torch.randn(3 * 32 * 32, generator=random))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        score = pictures.flatten(1) @ self.weight
        return torch.stack((-score / 2, score / 2), 1)


@cache
def small_world(samples: int = 40) -> World:
    training, validation = draw_samples(300, 6, 0.5, 1), draw_samples(samples, 6, 0.5, 2)
    statistics = world_statistics(training, validation)
    atlas = load_atlas()
    characters, fonts = (
        (torch.tensor(known) - statistics.mean[part.slice]) / statistics.std[part.slice]
        for part, known in zip(PARTS, (atlas.characters, atlas.fonts), strict=False)
    )
    return World(
        n_corr=6,
        corr_level=0.5,
        generator=WorldGenerator(statistics).eval(),
        classifier=LinearRule(),  # type: ignore[arg-type]
        statistics=statistics,
        characters=characters,
        fonts=fonts,
        training=training,
        validation=validation,
        correlated=correlated_fonts(6),
    )


def toy_space() -> Space:
    """Four characters on a line (one coordinate) and two fonts (one coordinate)."""
    return Space(torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([[0.0], [10.0]]))


class Shaken(ExplainerBase):
    """Moves every sample at random, by the global generators of three libraries."""

    calls = 0

    def __init__(self, num_explanations: int = 4, size: float = 1.0) -> None:
        self.num_explanations, self.size = num_explanations, size

    def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
        import random

        import numpy as np

        type(self).calls += 1
        shape = (len(latents), self.num_explanations, latents.shape[1])
        other = torch.from_numpy(np.random.randn(*shape)).float()  # noqa: NPY002
        return latents[:, None] + self.size * (torch.randn(shape) + other + random.random())


def benchmark(**options: Any) -> Benchmark:
    chosen = {"n_samples": 2, "batch_size": 6, "logger": None, "progress": False, **options}
    return Benchmark(world=small_world(), **chosen)


def same(first: Evaluation, second: Evaluation) -> bool:
    return (
        first.counterfactuals.tobytes() == second.counterfactuals.tobytes()
        and first.verdicts.tobytes() == second.verdicts.tobytes()
        and first.kept.tobytes() == second.kept.tobytes()
        and first.scores == second.scores
    )
