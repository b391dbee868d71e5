"""Training the two classifiers of a world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rex_widgets.bridge.train.source import Reach, Source
from rex_widgets.bridge.train.varying import worn

_AT_ONCE = 250
_REACH = Reach(degrees=12, stretch=0.12, pixels=2)
_ONLY_MOVED, _ALSO_WORN = 0.0, 0.4


@dataclass(frozen=True)
class ClassifierSettings:
    """How a classifier is trained.

    Parameters
    ----------
    steps, batch : int
        Batches, and pictures in each.
    rate : float
        Highest learning rate, of one cycle.
    seed : int
        Weights and order come from it.
    noise : float
        Highest σ of the noise on [0, 1]; 0: pictures are moved, but neither blurred nor noisy.
    """

    steps: int = 2400
    batch: int = 64
    rate: float = 3e-3
    seed: int = 1
    noise: float = _ALSO_WORN


FIRST = ClassifierSettings()
SECOND = ClassifierSettings(seed=2, rate=2e-3, steps=1600, noise=_ONLY_MOVED)


def trained(
    make: Callable[[], nn.Module], source: Source, settings: ClassifierSettings
) -> nn.Module:
    """Make a classifier and train it: what it becomes depends on what is given, and no more."""
    torch.manual_seed(settings.seed)
    module = make()
    drawn = torch.Generator().manual_seed(settings.seed)
    labels = torch.from_numpy(source.labels.astype(np.int64))
    optimiser = torch.optim.AdamW(module.parameters(), settings.rate, weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.steps
    )
    module.train()
    for _ in range(settings.steps):
        chosen = torch.randint(len(labels), (settings.batch,), generator=drawn)
        seen = source.varied(chosen, drawn, _REACH)
        if settings.noise:
            seen = worn(seen, drawn, settings.noise)
        loss = functional.cross_entropy(module(seen), labels[chosen], label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        cycle.step()
    return module.eval()


@torch.no_grad()
def accuracy(module: nn.Module, source: Source) -> float:
    """Share of the pictures that a classifier names."""
    parts = [module(part).argmax(1) for part in torch.split(source.as_input(), _AT_ONCE)]
    return float((torch.cat(parts).numpy() == source.labels).mean())
