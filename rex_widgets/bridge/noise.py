"""Noise that belongs to a sample and a step, whatever else is sampled beside it."""

from __future__ import annotations

import numpy as np
import torch

_START = -1
_DESTROYED = -2


def noise_of(
    seed: int, numbers: range, step: int, shape: tuple[int, ...], like: torch.Tensor
) -> torch.Tensor:
    """Draw standard normal values for samples at a step.

    Each sample draws from a generator of its own, made from seed, number and step: neither the
    batch nor the order changes anything, nothing has to be remembered, and a run that branches
    off meets the same noise. They are drawn on the processor, so that the device changes nothing.

    Parameters
    ----------
    seed : int
        Of the run, at least 0.
    numbers : range
        Of the samples, at least 0.
    step : int
        Step that is reached; -1 and -2 stand for the start and for what destroys the region.
    shape : tuple of int
        Of one sample.
    like : Tensor
        Whose type and device the values get.

    Returns
    -------
    Tensor
        ``(len(numbers), *shape)``.
    """
    drawn = np.empty((len(numbers), *shape), np.float32)
    for row, number in zip(drawn, numbers, strict=True):
        random = np.random.Generator(np.random.PCG64((seed, number, step - _DESTROYED)))
        random.standard_normal(out=row, dtype=np.float32)
    return torch.from_numpy(drawn).to(like)


def start_noise(
    seed: int, numbers: range, shape: tuple[int, ...], like: torch.Tensor
) -> torch.Tensor:
    """Draw what is added to x_t at the first step."""
    return noise_of(seed, numbers, _START, shape, like)


def destroying_noise(
    seed: int, numbers: range, shape: tuple[int, ...], like: torch.Tensor
) -> torch.Tensor:
    """Draw what stands in the region of x_1."""
    return noise_of(seed, numbers, _DESTROYED, shape, like)
