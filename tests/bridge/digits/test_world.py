"""The world of digits as it is shipped: what it holds, and that its counterfactuals are digits."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from functools import cache

import numpy as np
import pytest
import torch

from rex_widgets.bridge.digits import DigitsWorld, load_digits
from rex_widgets.bridge.digits.world import DATA
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.process import estimate_x0, q_sample
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings

ASKED = 20
SETTINGS = SamplingSettings(nfe=25, start_step=600, scale=4.0)


@pytest.fixture(scope="module")
def world() -> DigitsWorld:
    return load_digits()


def _pictures(world: DigitsWorld, count: int) -> torch.Tensor:
    return torch.from_numpy(world.digits[:count].astype(np.float32) / 255)[:, None]


def test_files_are_small_and_their_licence_is_beside_them() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) <= 4 * 2**20
    assert "The MIT License" in (DATA / "LICENSE.txt").read_text("utf-8")


def test_held_out_digits_are_of_all_classes_and_cannot_be_changed(world: DigitsWorld) -> None:
    assert world.digits.shape == (500, 32, 32)
    assert world.digits.dtype == world.labels.dtype == np.uint8
    assert np.bincount(world.labels, minlength=10).min() >= 25
    for array in (world.digits, world.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(FrozenInstanceError):
        world.digits = world.digits  # type: ignore[misc]


def test_the_world_is_loaded_once_and_asks_for_no_gradients(world: DigitsWorld) -> None:
    assert load_digits() is world
    assert isinstance(world.network, BridgeNetwork)
    for module in (world.network, world.classifier, world.second_classifier):
        assert isinstance(module, torch.nn.Module)
        assert not module.training
        assert not any(values.requires_grad for values in module.parameters())


def test_both_classifiers_name_held_out_digits(world: DigitsWorld) -> None:
    pictures = _pictures(world, 500)
    for classifier in (world.classifier, world.second_classifier):
        right = (classifier(pictures).argmax(1).numpy() == world.labels).mean()
        assert right >= 0.98


def test_the_bridge_finds_most_of_a_half_destroyed_digit(world: DigitsWorld) -> None:
    schedule = world.network.schedule
    x0 = 2 * _pictures(world, 40) - 1
    region = torch.zeros(32, 32, dtype=torch.bool)
    region[8:24, 8:24] = True
    drawn = torch.Generator().manual_seed(0)
    x1 = torch.where(region, torch.randn(x0.shape, generator=drawn), x0)
    x_t = q_sample(schedule, 599, x0, x1)
    with torch.no_grad():
        found = estimate_x0(schedule, 599, x_t, world.network(x_t, 599, x1))
    missed = (found - x0)[..., region].square().mean().sqrt()
    # The best that can be had pixel by pixel: a straight line fitted to these very pixels.
    seen, real = x_t[..., region].flatten().numpy(), x0[..., region].flatten().numpy()
    by_line = (np.polyval(np.polyfit(seen, real, 1), seen) - real).std()
    assert float(missed) < 0.7 * by_line


@cache
def _counterfactuals() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures before and after, and the classes asked for; a box over the digit may change."""
    world = load_digits()
    before, after, asked = _pictures(world, ASKED), [], []
    region = torch.zeros(32, 32, dtype=torch.bool)
    region[6:26, 8:24] = True
    for number, picture in enumerate(before):
        source = int(world.classifier(picture[None]).argmax())
        target = (source + 1 + number % 9) % 10
        problem = Problem(
            image=2 * picture - 1,
            region=region,
            target=target,
            source=source,
            log_probabilities=lambda seen: world.classifier(seen).log_softmax(1),
            network=world.network,
        )
        sampler = Sampler(problem, SETTINGS, seed=0, numbers=range(1))
        while not sampler.done:
            sampler.advance()
        after.append((sampler.finished_images() + 1) / 2)
        asked.append(target)
    return before, torch.cat(after), torch.tensor(asked)


def test_most_counterfactuals_get_the_class_that_was_asked_for(world: DigitsWorld) -> None:
    _, after, asked = _counterfactuals()
    assert float((world.classifier(after).argmax(1) == asked).float().mean()) >= 0.9


def test_the_second_classifier_agrees_with_most(world: DigitsWorld) -> None:
    _, after, asked = _counterfactuals()
    assert float((world.second_classifier(after).argmax(1) == asked).float().mean()) >= 0.7


def test_nothing_changes_outside_the_box() -> None:
    before, after, _ = _counterfactuals()
    outside = torch.ones(32, 32, dtype=torch.bool)
    outside[6:26, 8:24] = False
    torch.testing.assert_close(after[..., outside], before[..., outside])
    assert (after != before).flatten(1).any(1).all()
