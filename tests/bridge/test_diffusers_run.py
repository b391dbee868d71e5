"""Runs whose network is a diffusion network, which has to know where the region is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge.checkpoints import open_network
from rex_widgets.bridge.lanes import LanedNetwork
from rex_widgets.bridge.network import BridgeNetwork, told
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.errors import SavedRunError
from tests.bridge.checkpoints.test_diffusion_bridge import MEAN, SPREAD, STEPS, bridge
from tests.bridge.toys import Classifier, run_to_end
from tests.bridge.worlds import Quarters, ToyNetwork


class Colour(Classifier):
    """Of the first channel."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return super().forward(pictures[:, :1])


@pytest.mark.parametrize("ot_ode", [True, False])
@pytest.mark.parametrize("laned", [True, False])
def test_what_is_sampled_has_the_networks_distribution(ot_ode: bool, laned: bool) -> None:
    # Opened for the other process: the sampler's own setting counts.
    network: Any = bridge(ot_ode=not ot_ode)
    where = torch.ones(24, 24, dtype=torch.bool)
    where[0] = False
    asked = Problem(
        network=LanedNetwork(network) if laned else network,
        log_probabilities=Colour(24),
        target=2,
        source=0,
        image=torch.zeros(3, 24, 24, dtype=torch.float64),
        region=where,
    )
    settings = SamplingSettings(STEPS - 1, STEPS, scale=0.0, ot_ode=ot_ode, looks=2)
    sampler = run_to_end(Sampler(asked, settings, 11, range(6)))
    values = sampler.x[:, :, where]
    assert float(values.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float(values.std()) == pytest.approx(SPREAD, abs=0.02)
    assert torch.equal(sampler.x[:, :, ~where], torch.zeros(6, 3, 24).double())
    assert sampler.problem.network is asked.network and network.region is None


def test_a_network_that_asks_for_nothing_stays_what_it_is() -> None:
    network: Any = ToyNetwork()
    region = torch.ones(16, 16, dtype=torch.bool)
    assert told(network, region, ot_ode=False) is network
    laned = LanedNetwork(network)
    assert told(laned, region, ot_ode=False) is laned
    assert isinstance(LanedNetwork(bridge()).for_region(region, ot_ode=False), BridgeNetwork)


def folder(path: Path, seed: int) -> Path:
    """A random UNet2DModel as diffusers saves it."""
    diffusers = pytest.importorskip("diffusers")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = diffusers.UNet2DModel(
            sample_size=16,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
        )
    made.save_pretrained(path)
    diffusers.DDPMScheduler().save_pretrained(path)
    return path


def run_of(network: Any, **settings: Any) -> Any:
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    region = np.zeros((16, 16), np.bool_)
    region[4:12, 4:12] = True
    few = {"region": region, "nfe": 4, "n_inpaints": 2, "seed": 1}
    model = Quarters(channels=3).eval()
    return model, rw.start(
        picture, model, method="rcsb", network=network, input_shape=(3, 16, 16), **few, **settings
    )


def test_with_noise_a_folder_is_sampled_saved_and_gone_on_with(tmp_path: Path) -> None:
    path = folder(tmp_path / "net", 0)
    model, run = run_of(path, ot_ode=False)
    for _ in range(4):
        run.step()
    again = rw.load_run(run.save(tmp_path / "a.run"), model)
    found, expected = again.wait(), run.wait()
    np.testing.assert_array_equal(found.after, expected.after)
    assert not any(expected.failures) and (expected.after != expected.before).any()
    outside = expected.after[:, ~expected.region]
    assert (outside == expected.before[~expected.region]).all()
    # what the region asks for is another process, and not the same pictures
    _, plain = run_of(path, ot_ode=True)
    assert (plain.wait().after != expected.after).any()


def test_a_network_opened_for_noise_can_be_saved(tmp_path: Path) -> None:
    network = open_network(folder(tmp_path / "net", 0), ot_ode=False)
    model, run = run_of(network, ot_ode=False)
    run.step()
    path = run.save(tmp_path / "a.run")
    assert rw.load_run(path, model, network=network).wait().stage == "finished"


def test_another_diffusion_network_is_known_by_its_answer(tmp_path: Path) -> None:
    network = open_network(folder(tmp_path / "net", 0))
    other = open_network(folder(tmp_path / "other", 1))
    model, run = run_of(network)
    run.step()
    path = run.save(tmp_path / "a.run")
    with pytest.raises(SavedRunError, match="belongs to another network"):
        rw.load_run(path, model, network=other)
