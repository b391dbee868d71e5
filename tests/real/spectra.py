"""Real infrared spectra (chemotools), and small networks trained on them in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas
import torch
from numpy.typing import NDArray
from torch import nn

from tests.real.training import small_threads, train

BAND = (1240.0, 1280.0)
"""Wavenumbers, 1/cm, of the band that is planted: where these spectra are nearly flat."""


def signal_net(classes: int) -> nn.Module:
    """A small network of signals (N, 1, L), L of 1,000 or so."""
    return nn.Sequential(
        nn.Conv1d(1, 8, 15, stride=4),
        nn.ReLU(),
        nn.MaxPool1d(4),
        nn.Conv1d(8, 16, 9, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(12),
        nn.Flatten(),
        nn.Linear(192, classes),
    )


@dataclass(frozen=True)
class Coffee:
    """Spectra (60, 1841) of coffees of three origins, and a network trained on 45 of them."""

    module: nn.Module
    spectra: NDArray[np.float32]
    origin: NDArray[np.int64]
    names: tuple[str, ...]
    held_out: NDArray[np.int64]
    mean: float
    std: float


@cache
def coffee() -> Coffee:
    """Train on three quarters of the coffee spectra."""
    from chemotools.datasets import load_coffee

    spectra, labels = load_coffee()
    values = spectra.to_numpy(np.float32)
    names = tuple(sorted(set(labels.iloc[:, 0])))
    origin = np.array([names.index(name) for name in labels.iloc[:, 0]])
    order = np.random.default_rng(0).permutation(len(values))
    held_out, known = order[:15], order[15:]
    mean, std = float(values[known].mean()), float(values[known].std())
    inputs = torch.from_numpy((values[known] - mean) / std)[:, None]
    with small_threads():
        module = train(
            lambda: signal_net(3), inputs, torch.from_numpy(origin[known]), epochs=120, noise=0.02
        )
    return Coffee(module, values, origin, names, held_out, mean, std)


@dataclass(frozen=True)
class Contaminated:
    """A network that tells spectra with a planted band from clean ones.

    Attributes
    ----------
    clean
        Spectra of a fermentation, a data frame whose columns are wavenumbers.
    planted
        The same with a band at `BAND`.
    """

    module: nn.Module
    clean: pandas.DataFrame
    planted: pandas.DataFrame
    mean: float
    std: float


@cache
def contaminated() -> Contaminated:
    """Plant a band of absorption in spectra of a fermentation and train on them.

    Clean ones get a band somewhere else, so that it is the place that tells.
    """
    from chemotools.datasets import load_fermentation_test

    frame, _ = load_fermentation_test()
    frame = frame.iloc[::16]
    places = frame.columns.to_numpy(np.float64)
    values = frame.to_numpy(np.float64)
    generator = np.random.default_rng(3)
    height = 0.6 * values.std()

    def band(centre: NDArray[np.float64]) -> NDArray[np.float64]:
        return height * np.exp(-(((places - centre[:, None]) / 10) ** 2))

    centre = (BAND[0] + BAND[1]) / 2
    elsewhere = generator.uniform(500, 1750, len(values))
    elsewhere = np.where(abs(elsewhere - centre) < 60, elsewhere + 150, elsewhere)
    planted = values + band(np.full(len(values), centre))
    clean = values + band(elsewhere) * (generator.random((len(values), 1)) < 0.7)
    both = np.concatenate([clean, planted]).astype(np.float32)
    mean, std = float(both.mean()), float(both.std())
    inputs = torch.from_numpy((both - mean) / std)[:, None]
    answers = torch.from_numpy(np.repeat([0, 1], len(values)))
    with small_threads():
        module = train(
            lambda: signal_net(2), inputs, answers, epochs=60, noise=0.02, hide=True, blank=0
        )
    columns = frame.columns
    return Contaminated(
        module,
        pandas.DataFrame(values, columns=columns),
        pandas.DataFrame(planted, columns=columns),
        mean,
        std,
    )
