"""Networks, classifiers and distances that do not behave, and runs that go on from each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import ModelError
from tests.bridge.test_run import bits, started
from tests.bridge.worlds import Quarters, ToyNetwork


class Turned(ToyNetwork):
    """Gives something else than what is asked of it."""

    def __init__(self, turn: Any) -> None:
        super().__init__()
        self.turn = turn

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> Any:
        return self.turn(super().forward(x, step, x1))


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda found: [found], r"The network 'toy' returned a list for pictures \(4, 1, 16, 16\)"),
        (lambda found: found.detach().numpy(), "expected a tensor of the same shape"),
        (lambda found: found[:, :, 1:], r"returned shape \(4, 1, 15, 16\)"),
    ],
)
def test_a_network_that_gives_something_else(turn: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        started(network=Turned(turn), n_inpaints=5).wait()


@pytest.mark.parametrize("found", [3.0, None, np.zeros(2), torch.zeros(())])
def test_a_distance_that_is_none(found: Any) -> None:
    with pytest.raises(ModelError, match="expected a tensor with one distance for each"):
        started(lpips=0.1, lpips_from=lambda first, second: found).wait()


class Restless(ToyNetwork):
    """In training mode no two answers are the same."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = torch.nn.Dropout(0.3)

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.drop(super().forward(x, step, x1))
        return found


def test_a_network_in_training_mode_is_known_again(tmp_path: Path) -> None:
    network, model = Restless().train(), Quarters().train()
    whole = started(network=network, model=model).wait()
    run = started(network=network, model=model)
    steps = iter(run)
    for _ in range(4):
        next(steps)
    again = rw.load_run(run.save(tmp_path / "a.run"), model, network=network)
    assert network.training and network.drop.training and model.training
    assert bits(again.wait()) == bits(whole)


def test_gradients_toward_another_class_are_forgotten_for_good(tmp_path: Path) -> None:
    run = started()
    run.wait()
    direct = run.changed(from_step=2, target=3).wait()
    other = run.changed(from_step=4, target=3)
    other.wait()
    path = other.save(tmp_path / "b.run")
    loaded = rw.load_run(path, Quarters().eval(), network=run.settings.network)
    for branch in (other, loaded):
        assert bits(branch.changed(from_step=2).wait()) == bits(direct)
