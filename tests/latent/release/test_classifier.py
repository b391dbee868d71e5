"""The release's classifier: ResNet-18 with torchvision's names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.classifier import ReleaseClassifier, load_classifier
from tests.latent.release.made_files import numbers, shapes_of, weights

WIDTH = 4
State = dict[str, torch.Tensor]


def by_hand(state: State, pictures: torch.Tensor) -> torch.Tensor:
    """ResNet-18 from its description, by the names of its weights."""

    def conv(name: str, x: torch.Tensor, stride: int, padding: int) -> torch.Tensor:
        return functional.conv2d(x, state[f"{name}.weight"], None, stride, padding)

    def norm(name: str, x: torch.Tensor) -> torch.Tensor:
        mean, var, weight, bias = (
            state[f"{name}.{part}"][:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    x = norm("bn1", conv("conv1", pictures, 2, 3)).clamp_min(0)
    x = functional.max_pool2d(functional.pad(x, (1, 1, 1, 1), value=-torch.inf), 3, 2)
    for stage in (1, 2, 3, 4):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            inner = norm(f"{name}.bn1", conv(f"{name}.conv1", x, stride, 1)).clamp_min(0)
            inner = norm(f"{name}.bn2", conv(f"{name}.conv2", inner, 1, 1))
            if stride == 2:
                x = norm(f"{name}.downsample.1", conv(f"{name}.downsample.0", x, 2, 0))
            x = (inner + x).clamp_min(0)
    return x.flatten(2).mean(2) @ state["fc.weight"].T + state["fc.bias"]


def made_state(width: int = WIDTH) -> State:
    return weights(shapes_of(ReleaseClassifier(width=width)))


def saved(path: Path, state: State) -> Path:
    torch.save({"model": state, "opt": {}}, path / "resnet.pth")
    return path / "resnet.pth"


def test_the_layout_is_torchvision_s() -> None:
    shapes = shapes_of(ReleaseClassifier())
    parameters = sum(weight.numel() for weight in ReleaseClassifier().parameters())
    # torchvision's resnet18 has 11,689,512 parameters, 513,000 of them in its 1000-class head.
    assert parameters == 11_689_512 - 513_000 + 2 * 512 + 2
    assert len(shapes) == 62 + 3 * 20
    assert all(name.startswith("feat_extract.") for name in shapes)
    known = {
        "conv1.weight": (64, 3, 7, 7),
        "bn1.running_mean": (64,),
        "bn1.num_batches_tracked": (),
        "layer1.0.conv1.weight": (64, 64, 3, 3),
        "layer1.1.bn2.weight": (64,),
        "layer2.0.conv1.weight": (128, 64, 3, 3),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1),
        "layer2.0.downsample.1.bias": (128,),
        "layer3.1.conv2.weight": (256, 256, 3, 3),
        "layer4.0.downsample.0.weight": (512, 256, 1, 1),
        "layer4.1.bn2.running_var": (512,),
        "fc.weight": (2, 512),
        "fc.bias": (2,),
    }
    assert {name: shapes[f"feat_extract.{name}"] for name in known} == known
    assert not any("layer1.0.downsample" in name or "1.downsample" in name for name in shapes)


@pytest.mark.parametrize("side", [32, 45])
def test_it_computes_what_the_paper_says(tmp_path: Path, side: int) -> None:
    state = made_state()
    pictures = torch.tensor(numbers("p", 2 * 3 * side**2).reshape(2, 3, side, side)).float()
    module = load_classifier(saved(tmp_path, state), width=WIDTH)
    bare = {name.removeprefix("feat_extract."): weight for name, weight in state.items()}
    with torch.no_grad():
        found, expected = module(pictures), by_hand(bare, pictures)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_what_is_loaded_is_fixed(tmp_path: Path) -> None:
    module = load_classifier(saved(tmp_path, made_state()), width=WIDTH)
    assert not module.training
    assert not any(weight.requires_grad for weight in module.parameters())


def test_weights_without_the_prefix_are_named(tmp_path: Path) -> None:
    state = {n.removeprefix("feat_extract."): w for n, w in made_state().items()}
    with pytest.raises(ModelError, match=r"missing: feat_extract\.conv1.*unknown: conv1\.weight"):
        load_classifier(saved(tmp_path, state), width=WIDTH)


def test_another_number_of_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"fc\.weight has shape \(2, 32\), expected \(10, 32\)"):
        load_classifier(saved(tmp_path, made_state()), width=WIDTH, classes=10)
