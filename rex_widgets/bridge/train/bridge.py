"""Training a world's bridge network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rex_widgets.bridge.schedule import Schedule
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.bridge.train.regions import draw_region, ink_of
from rex_widgets.bridge.train.source import Reach, Source

_LATE = 0.75
"""Steps are drawn as T · u ** _LATE: those near the noise, where most is decided, more often."""
_REACH = Reach(degrees=6, stretch=0.06, pixels=1)


@dataclass(frozen=True)
class BridgeSettings:
    """How the bridge network is trained.

    Parameters
    ----------
    steps, batch : int
        Batches, and pictures in each.
    rate : float
        Highest learning rate: it rises over the first 2 % and falls to 0 as half a cosine.
    decay : float
        Of the moving average of the weights, which is what is kept.
    noisy : float
        Share of the pictures with a noisy x_t; the others have its mean (OT-ODE).
    outside : float
        Weight of the pixels outside the region, against 1 inside.
    seed : int
        Weights, pictures, regions, steps and noise come from it.
    report : int
        Steps between two lines of the log.
    half : bool
        Layers compute in bfloat16, with float32 weights.
    """

    steps: int = 12_000
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.999
    noisy: float = 0.25
    outside: float = 0.05
    seed: int = 3
    report: int = 250
    half: bool = True


@dataclass(frozen=True, eq=False)
class BridgeProgress:
    """Where the training stands.

    Parameters
    ----------
    step : int
        Batches done.
    loss : float
        Mean over the batches since the last report; 1 is the loss of a network that says 0.
    validation : float
        The same loss on the validation pictures with the averaged weights, with fixed draws.
    network : SmallUNet
        The averaged weights.
    """

    step: int
    loss: float
    validation: float
    network: SmallUNet


def train_bridge(
    training: Source,
    validation: Source,
    settings: BridgeSettings,
    make: Callable[[], SmallUNet] = SmallUNet,
) -> Iterator[BridgeProgress]:
    """Train, and report every `settings.report` steps and at the end.

    Parameters
    ----------
    training, validation : Source
        To learn from, and to measure the loss with.
    settings : BridgeSettings
        See there.
    make : function
        Makes the network; new weights come from the seed.
    """
    torch.manual_seed(settings.seed)
    network = make()
    average = deepcopy(network).eval()
    draws = _Draws(network.schedule, settings, settings.seed)
    optimiser = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=1e-4)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: _rate(at, settings.steps))
    control = validation.as_input()
    network.train()
    losses = []
    for done in range(1, settings.steps + 1):
        chosen = torch.randint(len(training), (settings.batch,), generator=draws.drawn)
        loss = _loss(network, training.varied(chosen, draws.drawn, _REACH), draws)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        rates.step()
        _follow(average, network, min(settings.decay, (1 + done) / (10 + done)))
        losses.append(float(loss.detach()))
        if done % settings.report == 0 or done == settings.steps:
            yield BridgeProgress(
                done, float(np.mean(losses)), _validated(average, control, settings), average
            )
            losses.clear()


class _Draws:
    """All that is drawn at random while training, from one seed."""

    def __init__(self, schedule: Schedule, settings: BridgeSettings, seed: int) -> None:
        self.settings = settings
        self.drawn = torch.Generator().manual_seed(seed)
        self.random = np.random.default_rng(seed)
        parts = np.array([schedule.marginal(step) for step in range(schedule.steps)])
        self.of_x0, self.of_x1, self.std = torch.from_numpy(parts.astype(np.float32)).T
        self.sigma = torch.from_numpy(schedule.forward.astype(np.float32))

    def steps(self, count: int) -> Tensor:
        late = torch.rand(count, generator=self.drawn) ** _LATE
        return (late * len(self.sigma)).long().clamp(max=len(self.sigma) - 1)

    def regions(self, pictures: Tensor) -> Tensor:
        drawn = [draw_region(self.random, ink_of(picture)) for picture in pictures.numpy()]
        return torch.from_numpy(np.stack(drawn))[:, None]

    def noise(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.drawn)


def _loss(network: SmallUNet, pictures: Tensor, draws: _Draws) -> Tensor:
    """Squared error of (x_t - x_0) / σ_t, each step's counted in the size that it has."""
    settings = draws.settings
    regions = draws.regions(pictures)
    x0 = 2 * pictures - 1
    x1 = torch.where(regions, draws.noise(x0), x0)
    steps = draws.steps(len(x0))
    of_x0, of_x1, std, sigma = (
        values[steps].view(-1, 1, 1, 1)
        for values in (draws.of_x0, draws.of_x1, draws.std, draws.sigma)
    )
    noisy = torch.rand(len(x0), 1, 1, 1, generator=draws.drawn) < settings.noisy
    x_t = of_x0 * x0 + of_x1 * x1 + noisy * std * draws.noise(x0)
    scales: Tensor = network.scales  # type: ignore[assignment]
    size = scales[steps].view(-1, 1, 1, 1)
    with torch.autocast("cpu", torch.bfloat16, enabled=settings.half):
        given = network(x_t, steps)
    error = ((given.float() - (x_t - x0) / sigma) / size).square()
    weights = torch.where(regions, 1.0, settings.outside)
    loss: Tensor = ((error * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3))).mean()
    return loss


@torch.no_grad()
def _validated(network: SmallUNet, pictures: Tensor, settings: BridgeSettings) -> float:
    draws = _Draws(network.schedule, settings, seed=settings.seed + 1)
    parts = [_loss(network, part, draws) for part in torch.split(pictures, 100)]
    return float(torch.stack(parts).mean())


@torch.no_grad()
def _follow(average: SmallUNet, network: SmallUNet, decay: float) -> None:
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)


def _rate(at: int, steps: int) -> float:
    rising = max(1, steps // 50)
    if at < rising:
        return (at + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (at - rising) / max(1, steps - rising)))
