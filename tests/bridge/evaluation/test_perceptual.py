"""LPIPS over a feature network: by hand, its heads' files, and its gradient."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rex_widgets.bridge.evaluation.perceptual import LAYERS, Lpips, read_heads, read_layers
from rex_widgets.errors import ModelError, SettingsError


def _identity(pictures: torch.Tensor) -> list[torch.Tensor]:
    return [pictures]


FIRST = torch.tensor([[[[3.0]], [[4.0]]]])
SECOND = torch.tensor([[[[4.0]], [[3.0]]]])


def test_uniform_heads_by_hand() -> None:
    # unit vectors (0.6, 0.8) and (0.8, 0.6): 0.04 + 0.04
    lpips = Lpips(_identity, normalise="none")
    assert lpips(FIRST, SECOND).tolist() == pytest.approx([0.08], rel=1e-6)
    assert lpips(FIRST, 7 * FIRST).tolist() == pytest.approx([0.0], abs=1e-12)
    assert "uniform" in lpips.name


def test_places_are_averaged_and_layers_added() -> None:
    wide = torch.cat([FIRST, FIRST], 3), torch.cat([SECOND, FIRST], 3)
    twice = Lpips(lambda x: [x, x, 2 * x], normalise="none")
    assert twice(*wide).tolist() == pytest.approx([3 * 0.08 / 2], rel=1e-6)


def test_heads_weigh_channels() -> None:
    lpips = Lpips(_identity, [torch.tensor([1.0, 0.5])], normalise="none")
    assert lpips(FIRST, SECOND).tolist() == pytest.approx([0.06], rel=1e-6)
    assert lpips.name == "LPIPS"
    with pytest.raises(ModelError, match=r"layers of \[2\] channels; the heads are for \[3\]"):
        Lpips(_identity, [torch.ones(3)], normalise="none")(FIRST, SECOND)


def test_colours_are_normalised_as_the_package_does() -> None:
    seen = []

    def layers(pictures: torch.Tensor) -> list[torch.Tensor]:
        seen.append(pictures)
        return [pictures]

    grey = torch.full((1, 1, 2, 2), 0.43)
    Lpips(layers)(grey, grey)
    expected = [(0.43 + 0.030) / 0.458, (0.43 + 0.088) / 0.448, (0.43 + 0.188) / 0.450]
    assert seen[0][0, :, 0, 0].tolist() == pytest.approx(expected)


def test_layers_are_read_before_the_next_one_overwrites_them() -> None:
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(inplace=True), torch.nn.Conv2d(4, 2, 3)
    )
    pictures = torch.rand(2, 3, 8, 8)
    first, second = read_layers(network, [0, 2])(pictures)
    assert torch.equal(first, network[0](pictures)) and float(first.detach().min()) < 0
    assert torch.equal(second, network(pictures))
    assert not network[0]._forward_hooks


def test_the_gradient_is_finite_where_all_channels_are_zero() -> None:
    lpips = Lpips(lambda x: [torch.relu(x)], normalise="none")
    picture = torch.tensor([[[[-1.0, 0.5]], [[-1.0, 0.2]]]], requires_grad=True)
    lpips(picture, torch.ones(1, 2, 1, 2)).sum().backward()
    assert picture.grad is not None and bool(torch.isfinite(picture.grad).all())
    assert float(picture.grad[..., 1].abs().sum()) > 0


def test_heads_are_read_from_both_kinds_of_file(tmp_path: Path) -> None:
    state = {f"lin{place}.model.1.weight": torch.rand(1, 3 + place, 1, 1) for place in range(3)}
    torch.save(state, tmp_path / "heads.pth")
    save_file(state, tmp_path / "heads.safetensors")
    for name in ("heads.pth", "heads.safetensors"):
        heads = read_heads(tmp_path / name)
        assert [len(head) for head in heads] == [3, 4, 5]
        assert torch.equal(heads[1], state["lin1.model.1.weight"].flatten())


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_other_files_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "heads.pth"
    if content is None:
        torch.save({"weight": torch.ones(2)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="holds no linear heads"):
        Lpips(_identity, path)


def test_unknown_layers_are_refused() -> None:
    with pytest.raises(SettingsError, match="alex, vgg, squeeze"):
        read_layers(torch.nn.Sequential(torch.nn.ReLU()), "resnet")
    with pytest.raises(SettingsError):
        read_layers(torch.nn.Sequential(torch.nn.ReLU()), LAYERS["alex"])
