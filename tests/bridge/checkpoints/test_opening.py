"""Checkpoints of I²SB's and guided-diffusion's layout, written, read back and asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from rex_widgets.bridge.checkpoints import (
    AdmUNet,
    DiffusionBridge,
    TimedBridge,
    bridge_times,
    open_network,
)
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.process import estimate_x0, q_sample
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import InputError, ModelError, SettingsError
from tests.bridge.checkpoints.examples import HEADS, TINY, i2sb_file, picture, tiny

STEP = 599


def asked(network: AdmUNet, step: int = STEP, *, x1: Tensor | None = None) -> Tensor:
    """What the network says, told time by hand: an even row from 0.1 to 1000."""
    time = 0.1 + (1000 - 0.1) * step / 999
    x = picture() if x1 is None else torch.cat([picture(), x1], dim=1)
    return network(x, torch.full((2,), time))[:, :3]


@pytest.mark.parametrize("prefix", ["", "module.", "diffusion_model.", "module.diffusion_model."])
def test_i2sb_checkpoint_is_read_to_the_bit(tmp_path: Path, prefix: str) -> None:
    path = i2sb_file(tmp_path / "latest.pt", tiny(), prefix)
    network = open_network(path, **HEADS)
    assert isinstance(network, TimedBridge)
    assert isinstance(network, BridgeNetwork)
    assert (network.channels, network.multiple, network.name) == (3, 2, "latest")
    assert network.schedule.steps == 1000
    x, x1 = picture(), picture(seed=8)
    assert torch.equal(network(x, STEP, x1), asked(tiny()))
    assert not torch.equal(network(x, STEP - 1, x1), network(x, STEP, x1))
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())


def test_running_mean_is_taken_where_it_is_asked_for(tmp_path: Path) -> None:
    doubled = tiny()
    doubled.load_state_dict({name: 2 * w for name, w in doubled.state_dict().items()})
    path = i2sb_file(tmp_path / "a.pt", tiny(), "module.")
    network = open_network(path, network_weights="ema", **HEADS)
    assert torch.equal(network(picture(), STEP, picture()), asked(doubled))


def test_a_network_that_sees_x1(tmp_path: Path) -> None:
    layout = replace(TINY, in_channels=6)
    path = i2sb_file(tmp_path / "a.pt", tiny(layout))
    network = open_network(path, **HEADS)
    x1 = picture(seed=8)
    assert network.channels == 3
    assert torch.equal(network(picture(), STEP, x1), asked(tiny(layout), x1=x1))
    with pytest.raises(ModelError, match=r"takes 6 channels: a diffusion network has to be"):
        open_network(path, predicts="epsilon", **HEADS)


def test_of_six_channels_that_come_out_three_are_kept(tmp_path: Path) -> None:
    layout = replace(TINY, out_channels=6)
    network = open_network(i2sb_file(tmp_path / "a.pt", tiny(layout)), **HEADS)
    assert isinstance(network, TimedBridge)
    assert torch.equal(network(picture(), STEP, picture()), asked(tiny(layout)))


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth", "a.pt"])
def test_bare_weights_of_guided_diffusion_are_a_diffusion_network(
    tmp_path: Path, name: str
) -> None:
    layout = replace(TINY, out_channels=6)
    state = tiny(layout).state_dict()
    path = tmp_path / name
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    network = open_network(path, **HEADS)
    assert isinstance(network, DiffusionBridge)
    assert (network.predicts, len(network.levels.alpha_bars)) == ("epsilon", 1000)
    assert torch.equal(
        network.network(picture(), torch.ones(2)), tiny(layout)(picture(), torch.ones(2))
    )
    assert isinstance(open_network(path, predicts="bridge", **HEADS), TimedBridge)


def test_half_weights_are_read_and_can_be_kept_half(tmp_path: Path) -> None:
    state = {name: weight.half() for name, weight in tiny().state_dict().items()}
    torch.save({"net": state}, tmp_path / "a.pt")
    whole = open_network(tmp_path / "a.pt", **HEADS)(picture(), STEP, picture())
    rounded = tiny()
    rounded.load_state_dict({name: weight.float() for name, weight in state.items()})
    assert torch.equal(whole, asked(rounded))
    half = open_network(tmp_path / "a.pt", use_fp16=True, **HEADS)
    assert torch.equal(half(picture(), STEP, picture()), asked(rounded.in_half_precision()))


def test_times_in_the_checkpoint_are_taken_at_their_word(tmp_path: Path) -> None:
    levels = {"noise_levels": torch.linspace(5, 50, 20)}
    path = i2sb_file(tmp_path / "a.pt", tiny(), extra=levels)
    network = open_network(path, **HEADS)
    assert isinstance(network, TimedBridge)
    assert network.schedule.steps == 20
    assert network.times == pytest.approx(torch.linspace(5, 50, 20).numpy())
    with pytest.raises(SettingsError, match=r"times for 20 steps and the schedule 40 steps"):
        open_network(path, schedule=Schedule.symmetric(40), **HEADS)
    bad = i2sb_file(tmp_path / "b.pt", tiny(), extra={"noise_levels": torch.ones(2, 2)})
    with pytest.raises(ModelError, match=r"noise_levels is no row"):
        open_network(bad, **HEADS)


def test_times_are_an_even_row() -> None:
    row = bridge_times(1000)
    assert (row[0], row[-1]) == (pytest.approx(0.1), pytest.approx(1000))
    assert row[1] - row[0] == pytest.approx(999.9 / 999)
    with pytest.raises(SettingsError, match=r"have to be finite and rise"):
        bridge_times(10, 1.0, 0.5)


def test_gradient_reaches_x_and_nothing_else(tmp_path: Path) -> None:
    network = open_network(i2sb_file(tmp_path / "a.pt", tiny()), **HEADS)
    x = q_sample(network.schedule, STEP, picture(), picture(seed=8)).requires_grad_()
    estimate = estimate_x0(network.schedule, STEP, x, network(x, STEP, picture(seed=8)))
    (gradient,) = torch.autograd.grad(estimate[0].square().sum(), x)
    assert float(gradient[0].abs().min()) > 0
    assert float(gradient[1].abs().max()) == 0
    moved = x.detach().double()
    moved[0, 1, 4, 4] += 1e-2
    lower = x.detach().double()
    lower[0, 1, 4, 4] -= 1e-2
    ends = [estimate_x0(network.schedule, STEP, at, network(at, STEP, at)) for at in (moved, lower)]
    slope = float(ends[0][0].square().sum() - ends[1][0].square().sum()) / 2e-2
    assert float(gradient[0, 1, 4, 4]) == pytest.approx(slope, rel=2e-2, abs=1e-2)


def lost(state: dict[str, Tensor]) -> dict[str, Any]:
    return {k: v for k, v in state.items() if "out_layers" not in k or "output" not in k}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lost, r"20 missing: output_blocks.0.0.out_layers.0.weight, .* and 10 more"),
        (
            lambda state: {**state, **{f"more.{n}": torch.ones(1) for n in range(12)}},
            r"Weights: 12 extra: more.0, .*, more.9 and 2 more$",
        ),
        (
            lambda state: {**state, "out.0.bias": torch.ones(7), "out.0.weight": torch.ones(8)},
            r"2 weights are wrong: out.0.weight has shape \(8,\), expected \(32,\); out.0.bias",
        ),
        (
            lambda state: {**state, "out.0.bias": torch.full((32,), float("nan"))},
            r"1 weight is wrong: out.0.bias holds NaN",
        ),
        (
            lambda state: {**state, "out.0.bias": torch.ones(32, dtype=torch.int64)},
            r"out.0.bias is of torch.int64",
        ),
        (lambda state: {**state, "out.0.bias": 3}, r"out.0.bias is a int"),
        (lambda state: {"layer1.conv.weight": torch.ones(2)}, r"unknown layout: layer1.conv"),
        (lambda state: {}, r"holds no weights by name"),
    ],
)
def test_weights_that_do_not_fit_are_listed(
    tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]], message: str
) -> None:
    torch.save({"net": change(dict(tiny().state_dict()))}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=message):
        open_network(tmp_path / "a.pt", **HEADS)


@pytest.mark.parametrize(
    ("name", "asked", "found"),
    [("conv_in.weight", "adm", "diffusers"), ("input_blocks.0.0.weight", "diffusers", "adm")],
)
def test_a_layout_that_is_not_the_files(tmp_path: Path, name: str, asked: Any, found: str) -> None:
    torch.save({"net": {name: torch.ones(1)}}, tmp_path / "a.pt")
    with pytest.raises(
        ModelError, match=rf'layout was "{asked}", .* the names of "{found}": {name}'
    ):
        open_network(tmp_path / "a.pt", layout=asked)


def test_running_means_that_do_not_fit(tmp_path: Path) -> None:
    state = tiny().state_dict()
    torch.save({"net": state}, tmp_path / "a.pt")
    with pytest.raises(ModelError, match=r'no running mean of the weights \("ema"\); it has net'):
        open_network(tmp_path / "a.pt", network_weights="ema", **HEADS)
    torch.save({"net": state, "ema": {"shadow_params": [torch.ones(1)]}}, tmp_path / "b.pt")
    with pytest.raises(ModelError, match=rf"1 running means in .* for {len(state)} weights"):
        open_network(tmp_path / "b.pt", network_weights="ema", **HEADS)


class Halving(nn.Module):
    """Of (pictures, times); half of the picture, and the time."""

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        return x / 2 + times[:, None, None, None]


def test_modules_and_networks_that_are_ready() -> None:
    network = open_network(Halving().train(), schedule=Schedule.symmetric(10), channels=1)
    assert (network.channels, network.size, network.multiple) == (1, None, 1)
    x = picture(1)
    assert torch.allclose(network(x, 9, x), x / 2 + 1000)
    assert not network.training
    assert open_network(network) is network
    with pytest.raises(SettingsError, match=r"takes no options \(seed\)"):
        open_network(network, seed=3)
    with pytest.raises(SettingsError, match=r"has a schedule of its own"):
        open_network(network, schedule=Schedule.symmetric(10))
    ours = open_network(tiny(), image_size=(16, 32))
    assert ours.size == (16, 32)
    with pytest.raises(InputError, match=r"expected \(batch, 3, height, width\), 16 by 32 pixels"):
        ours(picture(), 3, picture())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strength": 2}, r"no option strength; it has layout, network_weights"),
        ({"layout": "ldm"}, r"layout='ldm'; 'auto', 'adm', 'diffusers'"),
        ({"network_weights": "best"}, r"network_weights='best'"),
        ({"predicts": "noise"}, r"predicts='noise'"),
        ({"image_size": (3, 0)}, r"image_size=\(3, 0\)"),
        ({"image_size": 15}, r"needs height and width divisible by 2"),
        ({"seed": -1}, r"seed=-1"),
        ({"most_bytes": 0}, r"most_bytes=0"),
        ({"use_fp16": True, "given": Halving()}, r"library's own U-Net"),
    ],
)
def test_options_that_are_none(options: dict[str, Any], message: str) -> None:
    given = options.pop("given", None) or tiny()
    with pytest.raises(SettingsError, match=message):
        open_network(given, **options)


def test_a_module_that_takes_no_times() -> None:
    network = open_network(nn.Conv2d(3, 3, 1))
    with pytest.raises(ModelError, match=r"Conv2d cannot be asked .* times \(2,\).*BridgeNetwork"):
        network(picture(), 3, picture())


def test_what_is_no_network() -> None:
    with pytest.raises(ModelError, match=r"A int is no network; expected a file"):
        open_network(3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"takes 4 channels; expected 1 or 3"):
        open_network(Halving(), channels=4)
    with pytest.raises(ModelError, match=r"gives 1 channels for 3"):
        open_network(tiny(replace(TINY, out_channels=1)))
