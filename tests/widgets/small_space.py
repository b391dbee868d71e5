"""A latent space that can be understood: brightness of the left and of the right half."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch

import rex_widgets as rw
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.run import Run

WAIT = 60.0
SIDE = 8


class Halves(torch.nn.Module):
    """Draws latents ``(N, 3)``: coordinate 0 lights the left half, 1 the right one, 2 neither."""

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        left, right = (torch.tanh(latents[:, at]) for at in (0, 1))
        rows = torch.cat(
            [left[:, None].expand(-1, SIDE // 2), right[:, None].expand(-1, SIDE // 2)], 1
        )
        return rows[:, None, None, :].expand(-1, 1, SIDE, -1).clone()


class RightIsBright(torch.nn.Module):
    """Class 1 where the right half is brighter than the left one.

    Attributes
    ----------
    calls
        Pictures of every call.
    gate
        Calls wait while it is cleared.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        self.calls.append(len(pictures))
        assert self.gate.wait(WAIT)
        half = SIDE // 2
        difference = (pictures[..., half:] - pictures[..., :half]).mean((1, 2, 3))
        return torch.stack((-3 * difference, 3 * difference), 1)


def models() -> tuple[Halves, RightIsBright]:
    """Return a generator and a classifier, ready to be asked."""
    return Halves().eval(), RightIsBright().eval()


def latent_run(classifier: Any = None, method: str = "dice", **settings: Any) -> Run[Any]:
    """Return a run over two samples that has not begun."""
    generator, usual = models()
    latents = np.array([[1.0, -0.5, 0.2], [-0.6, 0.9, -0.3]], np.float32)
    names = settings.pop("labels", ["left", "right"])
    given = {"seed": 1, "num_explanations": 3, "num_iters": 12, "lr": 0.3, **settings}
    return rw.start(
        latents,
        classifier if classifier is not None else usual,
        method=method,
        generator=generator,
        statistics=LatentStatistics.standard(3),
        labels=names,
        **{name: value for name, value in given.items() if value is not None},
    )
