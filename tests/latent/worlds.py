"""The embedded world with a classifier that needs no training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from rex_widgets.latent.world import world
from rex_widgets.latent.world.classifier import OddEven


class Ink(OddEven):
    """Says odd where the left half of a picture is brighter than the right one."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        left, right = pictures[..., :16].mean((1, 2, 3)), pictures[..., 16:].mean((1, 2, 3))
        margin = 20 * (left - right)
        return torch.stack((-margin, margin), 1)


@pytest.fixture
def toy_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`load_world` gives a world whose classifier is `Ink`."""
    monkeypatch.setattr(world, "_classifier", lambda *which: Ink().eval().requires_grad_(False))
    world.loaded_world.cache_clear()
    yield
    world.loaded_world.cache_clear()
