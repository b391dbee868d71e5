"""What can be asked of a sampler, how, and how modules are held still meanwhile."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.frozen import frozen
from rex_widgets.bridge.noise import destroying_noise, noise_of, start_noise
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.errors import InputError, SettingsError
from tests.bridge.toys import NETWORK, Bent, Classifier, Toy, picture, problem, region


def _sized(**said: Any) -> Bent:
    network = Bent()
    for name, value in said.items():
        setattr(network, name, value)
    return network


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"image": picture()[0]}, r"shape \(C, H, W\)"),
        ({"image": torch.zeros(1, 6, 6, dtype=torch.uint8)}, "floating-point"),
        ({"image": 2 * picture()}, "from -1 to 1"),
        ({"image": torch.full_like(picture(), torch.nan)}, "finite"),
        ({"region": region()[:5]}, r"shape \(6, 6\)"),
        ({"region": region().float()}, "bool tensor"),
        ({"region": torch.zeros_like(region())}, "empty"),
        ({"region": torch.ones_like(region())}, "whole picture"),
        ({"target": 0}, "of class 0 already"),
        ({"target": -1}, "count from 0"),
        ({"network": _sized(channels=3)}, "takes 3"),
        ({"network": _sized(size=(8, 8))}, "takes 8 × 8"),
        ({"network": _sized(multiple=4)}, "multiples of 4"),
    ],
)
def test_what_cannot_be_asked_is_told(changes: dict[str, Any], told: str):
    with pytest.raises(InputError, match=told):
        problem(**changes)


def test_modules_are_found_and_the_device_is_theirs():
    class Wrapped(Toy):
        def __init__(self) -> None:
            super().__init__()
            self.inside = Bent()

    wrapped, classifier, further = Wrapped(), Classifier(), torch.nn.Linear(1, 1)
    asked = problem(network=wrapped, classifier=classifier, modules=(further, classifier))
    assert asked.used_modules == (wrapped.inside, classifier, further)
    assert asked.device.type == "cpu"
    assert asked.on(torch.device("cpu")) is asked
    assert problem(network=Toy(), classifier=lambda pictures: pictures).used_modules == ()
    assert problem().used_modules[0] is NETWORK


def test_modules_are_put_back_after_an_error():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
    module[1].eval()
    module[0].bias.requires_grad_(False)
    with pytest.raises(KeyError), frozen([module, module]):
        assert not any(part.training for part in module.modules())
        assert not any(held.requires_grad for held in module.parameters())
        raise KeyError
    assert [part.training for part in module.modules()] == [True, True, False]
    assert [held.requires_grad for held in module.parameters()] == [True, False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nfe", 0),
        ("nfe", 2.0),
        ("start_step", 1),
        ("batch_size", 0),
        ("looks", -1),
        ("scale", -0.1),
        ("scale", float("inf")),
        ("scale", float("nan")),
        ("rescale", "none"),
        ("adam", (0.9, 1.0, 1e-8)),
        ("adam", (0.9, 0.999, 0.0)),
        ("weights", {"l1": -1.0}),
        ("weights", {"l3": 1.0}),
    ],
)
def test_settings_out_of_range_are_told(name: str, value: Any):
    with pytest.raises(SettingsError):
        SamplingSettings(**{name: value})


def test_settings_cannot_be_changed():
    weights = {"tv": 0.5, "l1": 0.0, "consistency": 1.0}
    asked = SamplingSettings(weights=weights)
    weights["tv"] = 7.0
    assert asked.weights["tv"] == 0.5
    assert asked.used_terms == ("consistency", "tv")
    with pytest.raises(TypeError):
        asked.weights["tv"] = 1.0  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        asked.nfe = 3  # type: ignore[misc]
    recommended = SamplingSettings()
    assert (recommended.nfe, recommended.start_step, recommended.scale) == (100, 600, 1.5)
    assert recommended.ot_ode
    assert recommended.adam == (0.9, 0.999, 1e-8)


def test_settings_and_the_terms_names_need_no_torch():
    code = (
        "import rex_widgets.bridge.sampling_settings, sys; raise SystemExit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_noise_belongs_to_seed_number_and_step():
    like, shape = torch.zeros(1), (1, 40, 50)
    found = noise_of(3, range(4), 17, shape, like)
    assert found.dtype == torch.float32
    assert torch.equal(found[2:], noise_of(3, range(2, 4), 17, shape, like))
    others = [
        noise_of(4, range(4), 17, shape, like),
        noise_of(3, range(4), 18, shape, like),
        noise_of(3, range(4), 0, shape, like),
        start_noise(3, range(4), shape, like),
        destroying_noise(3, range(4), shape, like),
    ]
    rows = torch.cat([found, *others]).flatten(1).numpy()
    between = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(between).max() < 0.12
    assert abs(rows.mean()) < 0.02
    assert rows.std() == pytest.approx(1, abs=0.02)
