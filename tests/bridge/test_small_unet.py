"""The small network: its face, its gradient, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.process import q_sample, target_of
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.errors import SettingsError

SMALL = (8, 8, 8)


def _woken(network: SmallUNet) -> SmallUNet:
    """Its last layers start at nought; a network that has learnt has none there."""
    drawn = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for values in network.parameters():
            values.add_(torch.randn(values.shape, generator=drawn), alpha=0.05)
    return network


def _network(**settings: object) -> SmallUNet:
    torch.manual_seed(0)
    return _woken(SmallUNet(widths=SMALL, **settings)).eval()  # type: ignore[arg-type]


def test_it_is_a_bridge_network() -> None:
    network = _network()
    assert isinstance(network, BridgeNetwork)
    assert (network.channels, network.size, network.multiple) == (1, (32, 32), 8)
    assert network.schedule.steps == 1000


@pytest.mark.parametrize(("channels", "size"), [(1, (32, 32)), (3, (16, 24))])
def test_gives_one_number_for_each_that_it_takes(channels: int, size: tuple[int, int]) -> None:
    network = _network(channels=channels, size=size)
    x = torch.randn(2, channels, *size)
    with torch.no_grad():
        given = network(x, 300, x)
    assert given.shape == x.shape
    assert given.dtype == torch.float32


def test_pictures_do_not_touch_each_other_and_may_have_steps_of_their_own() -> None:
    network = _network()
    x = torch.randn(3, 1, 32, 32)
    with torch.no_grad():
        together = network(x, torch.tensor([10, 500, 990]))
        alone = [network(x[i : i + 1], step, x[:1]) for i, step in enumerate((10, 500, 990))]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_the_destroyed_copy_is_left_aside() -> None:
    network = _network()
    x = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(network(x, 7, x), network(x, 7, -x))


def test_an_untrained_network_points_nowhere() -> None:
    x = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        assert not SmallUNet(widths=SMALL)(x, 100, x).any()


def test_gradient_agrees_with_a_finite_difference() -> None:
    network = _network().double()
    drawn = torch.Generator().manual_seed(1)
    x = torch.randn(1, 1, 32, 32, generator=drawn, dtype=torch.float64, requires_grad=True)
    way = torch.randn(x.shape, generator=drawn, dtype=torch.float64)

    def value(at: torch.Tensor) -> torch.Tensor:
        return network(at, 400, at).square().sum()

    (gradient,) = torch.autograd.grad(value(x), x)
    with torch.no_grad():
        slope = (value(x + 1e-5 * way) - value(x - 1e-5 * way)) / 2e-5
    torch.testing.assert_close((gradient * way).sum(), slope, rtol=1e-6, atol=1e-8)


def test_scales_make_the_target_of_size_one() -> None:
    schedule = Schedule.symmetric()
    scales = SmallUNet(widths=SMALL).scales
    drawn = torch.Generator().manual_seed(0)
    x0, x1, noise = torch.randn(3, 20_000, generator=drawn)
    for step in (0, 100, 599, 999):
        target = target_of(schedule, step, q_sample(schedule, step, x0, x1, noise), x0)
        assert float((target / scales[step]).std()) == pytest.approx(1, rel=0.05)


def test_weights_alone_are_kept() -> None:
    network = SmallUNet(widths=SMALL)
    assert set(network.state_dict()) == {name for name, _ in network.named_parameters()}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"channels": 2}, "channels"),
        ({"widths": (8, 8, 12)}, "widths"),
        ({"size": (28, 28)}, "size"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        SmallUNet(**settings)  # type: ignore[arg-type]
