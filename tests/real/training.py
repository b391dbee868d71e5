"""Training tiny networks in a test: seeded, on one thread, in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def small_threads() -> Iterator[None]:
    """One thread: sums come out the same on every machine, and small layers are done sooner."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(
    build: Callable[[], nn.Module],
    inputs: torch.Tensor,
    answers: torch.Tensor,
    *,
    epochs: int,
    noise: float = 0.0,
    hide: bool = False,
    blank: int | None = None,
    batch: int = 64,
    rate: float = 3e-3,
) -> nn.Module:
    """Train a classifier with a fixed seed and return it in evaluation mode.

    Parameters
    ----------
    build
        Makes the module; called after seeding.
    inputs, answers
        (N, C, *size) as the model takes them, and (N,) classes.
    epochs
        Passes over the data.
    noise
        Standard deviation of the noise that is added anew to every batch.
    hide
        Show an input with one stretch of its last axis at 0, half of the time, so that what is
        hidden means nothing to the model.
    blank
        Class of inputs in which there is nothing: some are added to every batch.
    batch
        Inputs of a step.
    rate
        Adam's step.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = build()
        optimiser = torch.optim.Adam(module.parameters(), rate)
        for _ in range(epochs):
            for chosen in torch.randperm(len(inputs)).split(batch):
                shown = inputs[chosen] + noise * torch.randn(inputs[chosen].shape)
                if hide:
                    shown = _partly_hidden(shown)
                told = answers[chosen]
                if blank is not None:
                    shown = torch.cat([shown, _empty(shown[: batch // 8])])
                    told = torch.cat([told, torch.full((len(shown) - len(told),), blank)])
                optimiser.zero_grad()
                nn.functional.cross_entropy(module(shown), told).backward()
                optimiser.step()
    module.train(False)
    return module


def _empty(like: torch.Tensor) -> torch.Tensor:
    """Inputs without structure: zeros, constants, and straight lines along the last axis."""
    form = (len(like), *(1,) * (like.ndim - 1))
    ends = torch.randn(2, *form) * torch.randint(2, form)
    return ends[0] + (ends[1] - ends[0]) * torch.linspace(0, 1, like.shape[-1]).expand(like.shape)


def _partly_hidden(inputs: torch.Tensor) -> torch.Tensor:
    length = inputs.shape[-1]
    places = torch.arange(length)
    ends = torch.randint(length, (2, len(inputs), 1))
    hidden = (places >= ends.amin(0)) & (places < ends.amax(0)) & (torch.rand(len(inputs), 1) < 0.5)
    mask = hidden.reshape(len(inputs), *(1,) * (inputs.ndim - 2), length)
    return inputs.masked_fill(mask, 0.0)
