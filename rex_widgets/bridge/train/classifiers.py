"""Training the classifiers of digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier
from rex_widgets.bridge.train.reading import Digits
from rex_widgets.bridge.train.varying import moved, worn

_AT_ONCE = 250
_ONLY_MOVED, _ALSO_WORN = 0.0, 0.4


@dataclass(frozen=True)
class ClassifierSettings:
    """How a classifier is trained.

    Parameters
    ----------
    steps, batch : int
        Batches, and digits in each.
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


def train_classifier(module: nn.Module, digits: Digits, settings: ClassifierSettings) -> None:
    """Train in place; what it becomes depends on its weights, the digits and the settings."""
    drawn = torch.Generator().manual_seed(settings.seed)
    pictures, labels = as_input(digits), torch.from_numpy(digits.labels.astype(np.int64))
    optimiser = torch.optim.AdamW(module.parameters(), settings.rate, weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.steps
    )
    module.train()
    for _ in range(settings.steps):
        chosen = torch.randint(len(labels), (settings.batch,), generator=drawn)
        seen = moved(pictures[chosen], drawn, degrees=12, stretch=0.12, pixels=2)
        if settings.noise:
            seen = worn(seen, drawn, settings.noise)
        loss = functional.cross_entropy(module(seen), labels[chosen], label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        cycle.step()
    module.eval()


def train_first(digits: Digits, settings: ClassifierSettings = FIRST) -> DigitClassifier:
    """The classifier that is explained: it learns from blurred and noisy digits, too."""
    torch.manual_seed(settings.seed)
    module = DigitClassifier()
    train_classifier(module, digits, settings)
    return module


def train_second(digits: Digits, settings: ClassifierSettings = SECOND) -> SecondDigitClassifier:
    """The second opinion: another architecture, another seed, another order."""
    torch.manual_seed(settings.seed)
    module = SecondDigitClassifier()
    train_classifier(module, digits, settings)
    return module


@torch.no_grad()
def accuracy(module: nn.Module, digits: Digits) -> float:
    """Share of the digits that a classifier names."""
    parts = [module(part).argmax(1) for part in torch.split(as_input(digits), _AT_ONCE)]
    return float((torch.cat(parts).numpy() == digits.labels).mean())


def as_input(digits: Digits) -> Tensor:
    """Pictures as a classifier takes them, float32 ``(N, 1, 32, 32)`` in [0, 1]."""
    return torch.from_numpy(digits.pictures.astype(np.float32) / 255)[:, None]
