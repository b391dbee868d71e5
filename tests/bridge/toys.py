"""Networks and classifiers whose answers are known, for pictures of a few pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.schedule import Schedule

SIDE = 6
FEW = SamplingSettings(nfe=7, start_step=60, scale=0.5)
SCHEDULE = Schedule.symmetric(100, beta_max=0.3)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Toy:
    """What every toy network says of itself."""

    channels, size, multiple, name = 1, None, 1, "toy"

    def __init__(self, schedule: Schedule = SCHEDULE) -> None:
        self.schedule = schedule


class Constant(Toy):
    """It always estimates the same picture."""

    def __init__(self, picture: torch.Tensor, schedule: Schedule = SCHEDULE) -> None:
        super().__init__(schedule)
        self.picture = picture

    def __call__(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        return (x - self.picture) / float(self.schedule.forward[step])


class Gaussian(Toy):
    """The exact mean of x_0 given x_t, where x_0 ~ N(mean, spread²) and x_1 ~ N(0, 1)."""

    def __init__(self, mean: float, spread: float, schedule: Schedule, *, noisy: bool) -> None:
        super().__init__(schedule)
        self.mean, self.spread, self.noisy = mean, spread, noisy

    def moments(self, step: int) -> tuple[float, float]:
        """Weight of x_0 in x_t, and the variance of x_t."""
        of_x0, of_x1, std = self.schedule.marginal(step)
        return of_x0, of_x0**2 * self.spread**2 + of_x1**2 + self.noisy * std**2

    def __call__(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        of_x0, variance = self.moments(step)
        known = self.mean + of_x0 * self.spread**2 * (x - of_x0 * self.mean) / variance
        return (x - known) / float(self.schedule.forward[step])


class Bent(torch.nn.Module):
    """A smooth network of x_t, x_1 and the step, in which every pixel depends on all."""

    channels, size, multiple, name = 1, None, 1, "bent"

    def __init__(self, side: int = SIDE, schedule: Schedule = SCHEDULE) -> None:
        super().__init__()
        self.schedule = schedule
        pixels = side * side
        self.inner = torch.nn.Parameter(drawn(12, 2 * pixels, seed=1) / pixels**0.5)
        self.outer = torch.nn.Parameter(drawn(pixels, 12, seed=2) / 4)

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        both = torch.cat([x.flatten(1), x1.flatten(1)], 1)
        hidden = torch.tanh(both @ self.inner.T + step / self.schedule.steps)
        return x + (hidden @ self.outer.T).reshape(x.shape)


class Classifier(torch.nn.Module):
    """Log-probabilities of three classes."""

    def __init__(self, side: int = SIDE, classes: int = 3) -> None:
        super().__init__()
        self.inner = torch.nn.Parameter(drawn(10, side * side, seed=3) / side)
        self.outer = torch.nn.Parameter(drawn(classes, 10, seed=4))
        self.rows = 0

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        self.rows += len(pictures)
        return (torch.tanh(pictures.flatten(1) @ self.inner.T) @ self.outer.T).log_softmax(1)


def picture(side: int = SIDE) -> torch.Tensor:
    return torch.tanh(drawn(1, side, side, seed=5))


def region(side: int = SIDE) -> torch.Tensor:
    found = torch.zeros(side, side, dtype=torch.bool)
    found[1:4, 2:5] = True
    return found


NETWORK = Bent()


def problem(network: Any = None, classifier: Any = None, **changes: Any) -> Problem:
    asked = Problem(
        image=picture(),
        region=region(),
        target=2,
        source=0,
        log_probabilities=Classifier() if classifier is None else classifier,
        network=NETWORK if network is None else network,
    )
    return replace(asked, **changes)


def run_to_end(sampler: Any) -> Any:
    while not sampler.done:
        sampler.advance()
    return sampler


def started(settings: SamplingSettings = FEW, numbers: range = range(3), **asked: Any) -> Sampler:
    return Sampler(problem(**asked), settings, 11, numbers)
