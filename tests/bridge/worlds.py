"""A small world in place of the digits: a network in closed form, two classifiers, squares."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.schedule import Schedule

SIDE = 16


class ToyNetwork(torch.nn.Module):
    """Blurs what it is given: an estimate that every pixel of the region has a part in."""

    def __init__(self, size: tuple[int, int] | None = (SIDE, SIDE), channels: int = 1) -> None:
        super().__init__()
        self.schedule = Schedule.symmetric()
        self.channels, self.size, self.multiple, self.name = channels, size, 4, "toy"
        kernel = torch.full((channels, 1, 3, 3), 0.04)
        kernel[:, :, 1, 1] = 0.5
        self.register_buffer("kernel", kernel)
        self.broken_at = -1

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        estimate = torch.nn.functional.conv2d(x, self.kernel, padding=1, groups=self.channels)
        if step <= self.broken_at:
            estimate = estimate * float("nan")
        return (x - torch.tanh(estimate)) / float(self.schedule.forward[step])


class Quarters(torch.nn.Module):
    """Four classes: which quarter of a grey picture is the brightest."""

    def __init__(self, sharp: float = 20.0, channels: int = 1) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(channels, 1, 1, bias=False)
        self.pool = torch.nn.AdaptiveAvgPool2d(2)
        torch.nn.init.constant_(self.first.weight, sharp / channels)
        self.act = torch.nn.SiLU()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.pool(self.act(self.first(pictures))).flatten(1)


def square(quarter: int, side: int = SIDE, light: int = 220) -> Any:
    """A picture, uint8 ``(side, side)``, that is bright in one quarter."""
    picture = np.full((side, side), 30, np.uint8)
    row, column = divmod(quarter, 2)
    half = side // 2
    picture[row * half : (row + 1) * half, column * half : (column + 1) * half] = light
    return picture


def lower_half(side: int = SIDE) -> Any:
    """A region: the lower half."""
    region = np.zeros((side, side), np.bool_)
    region[side // 2 :] = True
    return region


def quick(**more: Any) -> dict[str, Any]:
    """Settings of a run that takes no time."""
    few = {
        "network": ToyNetwork(),
        "region": lower_half(),
        "nfe": 6,
        "n_inpaints": 2,
        "scale": 12.0,
        "seed": 3,
    }
    return {**few, **more}


@pytest.fixture
def toy_digits(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The digits' world exchanged for one that needs no weights."""
    from rex_widgets.bridge.digits import world
    from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier

    torch.manual_seed(0)
    network = ToyNetwork(size=(32, 32))
    classifier, second = DigitClassifier().eval(), SecondDigitClassifier().eval()
    digits = np.stack([square(number % 4, 32, 120 + 10 * number) for number in range(6)])
    made = SimpleNamespace(
        network=network,
        classifier=classifier.requires_grad_(False),
        second_classifier=second.requires_grad_(False),
        digits=digits,
        labels=np.arange(6, dtype=np.uint8),
    )
    monkeypatch.setattr(world, "load_digits", lambda: made)
    yield made
