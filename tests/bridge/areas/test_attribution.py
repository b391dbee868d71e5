from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rex_widgets.bridge.areas import (
    ATTRIBUTIONS,
    NEEDS_LAYERS,
    NEEDS_NO_GRADIENT,
    AreaFound,
    region_by_attribution,
)
from rex_widgets.errors import InputError, ModelError, SettingsError
from tests.bridge.areas.nets import CLASSES, Functional, Linear, Residual, Small, picture, seeded


def found(
    net: object, name: str, *, image: Tensor | None = None, index: int = 0, **settings: object
) -> AreaFound:
    quick = {"cell_size": 4, "area": 0.3, "evaluations": 100, "noise_samples": 2, "seed": 3}
    return region_by_attribution(
        picture() if image is None else image, net, index, attribution=name, **quick | settings
    )


NETS: dict[str, Callable[[], nn.Module]] = {
    "small": lambda: seeded(Small),
    "in place": lambda: seeded(Small, inplace=True),
    "residual": lambda: seeded(Residual),
}


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_every_attribution_on_every_net(name: str, net: str) -> None:
    given = found(NETS[net](), name)
    assert given.region.dtype == np.bool_
    assert given.region.shape == given.map.shape == (16, 16)
    assert given.region.sum() == 64
    assert len(given.cells) == 4
    assert 0 <= given.map.min() < given.map.max() <= 1
    assert name in given.source
    assert given.evaluations >= 1


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_colour(name: str) -> None:
    given = found(seeded(Residual, channels=3), name, image=picture(3), half_stride=True)
    assert 48 < given.region.sum() <= 76


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_same_seed_same_map_and_nothing_else_is_moved(name: str) -> None:
    net = seeded(Residual)
    torch.manual_seed(11)
    np.random.seed(11)  # noqa: NPY002
    expected = torch.rand(1), np.random.random()  # noqa: NPY002
    torch.manual_seed(11)
    np.random.seed(11)  # noqa: NPY002
    once = found(net, name)
    assert (torch.rand(1), np.random.random()) == expected  # noqa: NPY002
    again = found(net, name)
    assert np.array_equal(once.map, again.map)
    assert np.array_equal(once.region, again.region)


@pytest.mark.parametrize("name", ["random", "kernel_shap", "gradient_shap", "integrated_gradients"])
def test_another_seed_another_map(name: str) -> None:
    net = seeded(Small)
    assert not np.array_equal(found(net, name).map, found(net, name, seed=4).map)


class _Breaks(Residual):
    """Works twice (the class is looked up, the copy is watched), then breaks."""

    calls = 0

    def forward(self, batch: Tensor) -> Tensor:
        type(self).calls += 1
        if type(self).calls > 2:
            raise RuntimeError("broken")
        return super().forward(batch)


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_the_module_is_left_as_it_was(name: str, breaks: bool) -> None:
    _Breaks.calls = 0
    net = seeded(_Breaks if breaks else Residual)
    net.train()
    net.layer1.eval()  # type: ignore[union-attr]
    net.fc.weight.requires_grad_(False)  # type: ignore[union-attr]
    heard = []
    handle = net.register_forward_hook(lambda *given: heard.append(1))
    before = {key: value.clone() for key, value in net.state_dict().items()}
    flags = [(part.training, getattr(part, "inplace", None)) for part in net.modules()]
    needs = [weight.requires_grad for weight in net.parameters()]
    names = [sorted(vars(part)) for part in net.modules()]
    image = picture()
    kept = image.clone()
    try:
        found(net, name, image=image)
    except ModelError:
        assert breaks
    else:
        assert not breaks or name == "random"
    assert torch.equal(image, kept)
    assert not image.requires_grad
    assert [(part.training, getattr(part, "inplace", None)) for part in net.modules()] == flags
    assert [weight.requires_grad for weight in net.parameters()] == needs
    assert all(weight.grad is None for weight in net.parameters())
    assert [sorted(vars(part)) for part in net.modules()] == names
    assert list(net._forward_hooks) == [handle.id]
    for part in net.modules():
        hooks = [part._forward_pre_hooks, part._backward_hooks, part._backward_pre_hooks]
        assert not any(hooks)
        assert part is net or not part._forward_hooks
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def linear() -> tuple[Linear, Tensor]:
    weights = torch.randn(CLASSES, 1, 16, 16, generator=torch.Generator().manual_seed(5))
    return Linear(weights), weights


def sums(values: Tensor, size: int = 4) -> Tensor:
    return values.unfold(0, size, size).unfold(1, size, size).sum(dim=(2, 3))


def given_cells(result: AreaFound, size: int = 4) -> Tensor:
    return sums(torch.from_numpy(result.map), size)


@pytest.mark.parametrize(
    "name",
    [
        "integrated_gradients",
        "input_x_gradient",
        "feature_ablation",
        "occlusion",
        "kernel_shap",
        "shapley_sampling",
    ],
)
def test_linear_scores_have_a_closed_form(name: str) -> None:
    net, weights = linear()
    image = picture()
    exact = sums(weights[2, 0] * image[0])
    given = given_cells(
        found(net, name, image=image, index=2, sign="all", outlier=1.0, noise=0.0, evaluations=200)
    )
    if name == "occlusion":
        # Its squares overlap, so that only the direction is that of the cells.
        assert torch.corrcoef(torch.stack([exact.ravel(), given.ravel()]))[0, 1] > 0.7
        return
    # The map is scaled by its largest value, which is the same factor for all cells.
    factor = float((given * exact).sum() / (exact * exact).sum())
    assert factor > 0
    assert torch.allclose(given, factor * exact, atol=2e-3 * float(given.abs().max()))


def test_lime_finds_the_cells_of_linear_scores() -> None:
    net, weights = linear()
    image = picture()
    exact = sums(weights[2, 0] * image[0])
    given = given_cells(
        found(net, "lime", image=image, index=2, sign="all", outlier=1.0, evaluations=600)
    )
    assert torch.corrcoef(torch.stack([exact.ravel(), given.ravel()]))[0, 1] > 0.99


def test_saliency_keeps_the_sign_and_sums_the_channels() -> None:
    weights = torch.randn(CLASSES, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    net = Linear(weights)
    given = found(net, "saliency", image=picture(3), index=1, sign="all", outlier=1.0)
    exact = weights[1].sum(0)
    assert np.allclose(given.map, (exact / exact.abs().max()).numpy(), atol=1e-5)


def test_deep_lift_adds_up_where_modules_are_used_twice() -> None:
    """What DeepLift gives adds up to the score's difference from black, without a note."""
    for name in ("deep_lift", "deep_lift_shap"):
        assert found(seeded(Residual), name).notes == ()


def test_deep_lift_on_a_module_used_twice_is_that_of_two_modules() -> None:
    class Twice(nn.Module):
        def __init__(self, one: nn.Module, two: nn.Module) -> None:
            super().__init__()
            self.a, self.one = nn.Linear(256, 8), one
            self.b, self.two = nn.Linear(8, 8), two
            self.c = nn.Linear(8, CLASSES)

        def forward(self, batch: Tensor) -> Tensor:
            scores: Tensor = self.c(self.two(self.b(self.one(self.a(batch.flatten(1))))))
            return scores

    relu = nn.ReLU(inplace=True)
    shared = seeded(Twice, one=relu, two=relu)  # type: ignore[arg-type]
    apart = seeded(Twice, one=nn.ReLU(), two=nn.ReLU())  # type: ignore[arg-type]
    for name in NEEDS_LAYERS:
        if "cam" not in name:
            assert np.array_equal(found(shared, name).map, found(apart, name).map), name


def test_lrp_says_when_relevance_is_lost() -> None:
    (note,) = found(seeded(Residual), "lrp").notes
    assert "do not add up" in note


def test_evaluations_are_bounded_and_counted() -> None:
    seen = 0

    class Counts(Small):
        def forward(self, batch: Tensor) -> Tensor:
            nonlocal seen
            seen += len(batch)
            return super().forward(batch)

    for name in ATTRIBUTIONS:
        seen = 0
        given = found(seeded(Counts), name, evaluations=50)
        watching = 1 if name in NEEDS_LAYERS else 0
        assert given.evaluations == seen - watching, name
        assert given.evaluations <= 110, name


@pytest.mark.parametrize("name", NEEDS_NO_GRADIENT)
def test_black_boxes(name: str) -> None:
    net = seeded(Small)

    def box(batch: Tensor) -> np.ndarray:
        with torch.no_grad():
            scores: np.ndarray = net(torch.from_numpy(batch.numpy())).numpy()
        return scores

    assert np.array_equal(found(box, name).map, found(net, name).map)


@pytest.mark.parametrize("name", sorted(set(ATTRIBUTIONS) - set(NEEDS_NO_GRADIENT)))
def test_what_needs_gradients_says_what_does_not(name: str) -> None:
    class Box(Small):
        def forward(self, batch: Tensor) -> Tensor:
            with torch.no_grad():
                return super().forward(batch)

    class Numpy(Small):
        def forward(self, batch: Tensor) -> Tensor:
            return super().forward(torch.from_numpy(batch.numpy()))

    for kind in (Box, Numpy):
        with pytest.raises(ModelError, match="occlusion, feature_ablation, kernel_shap, lime"):
            found(seeded(kind), name)


def test_a_function_has_no_layers() -> None:
    net = seeded(Small)

    def function(batch: Tensor) -> Tensor:
        scores: Tensor = net(batch)
        return scores

    assert np.array_equal(found(function, "saliency").map, found(net, "saliency").map)
    for name in NEEDS_LAYERS:
        with pytest.raises(ModelError, match=r"layers of a torch\.nn\.Module"):
            found(function, name)


def test_grad_cam_by_hand() -> None:
    net = seeded(Small)
    image = picture()
    parts = net.net
    activations = parts[:4](image[None]).detach().requires_grad_()  # type: ignore[index]
    score = parts[4:](activations)[0, 1]  # type: ignore[index]
    (gradient,) = torch.autograd.grad(score, activations)
    small = (gradient.mean(dim=(2, 3), keepdim=True) * activations).sum(1, keepdim=True)
    large = nn.functional.interpolate(small, (16, 16), mode="bilinear")[0, 0].detach().double()
    given = found(net, "grad_cam", index=1, sign="all", outlier=1.0)
    assert np.allclose(given.map, (large / large.abs().max()).numpy(), atol=1e-5)
    named = found(net, "grad_cam", index=1, sign="all", outlier=1.0, layer="net.3")
    assert np.array_equal(named.map, given.map)
    other = found(net, "grad_cam", index=1, sign="all", outlier=1.0, layer="net.0")
    assert not np.array_equal(other.map, given.map)


def test_layers_that_cannot_serve() -> None:
    net = seeded(Residual)
    assert found(net, "grad_cam", layer="layer1").region.any()
    with pytest.raises(SettingsError, match=r"no module of that name.*layer2\.downsample\.1"):
        found(net, "grad_cam", layer="layer9")
    with pytest.raises(SettingsError, match="called 3 times"):
        found(net, "grad_cam", layer="relu")
    with pytest.raises(SettingsError, match=r"shape \(1, 5\)"):
        found(net, "guided_grad_cam", layer="fc")


def test_nets_that_some_cannot_see_through() -> None:
    net = seeded(Functional)
    for name in ("deconvolution", "guided_backprop", "guided_grad_cam"):
        with pytest.raises(ModelError, match=r"torch\.nn\.ReLU.*saliency"):
            found(net, name)
    with pytest.raises(ModelError, match="last convolution"):
        found(net, "grad_cam")
    with torch.no_grad():
        # Every unit is as far above its threshold for the picture as below for black, or reversed.
        net.one.bias[:] = -(net.one(picture().flatten()) - net.one.bias) / 2  # type: ignore[operator, index, union-attr]
    (note,) = found(net, "deep_lift").notes
    assert "do not add up" in note
    smooth = seeded(
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.GELU(), nn.Flatten(), nn.Linear(392, 5))
    )  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"no rule for these layers.*1 \(GELU\)"):
        found(smooth, "lrp")


def test_a_layer_named_in_a_net_that_begins_in_place() -> None:
    net = nn.Sequential(nn.ReLU(inplace=True), seeded(Small))
    image = picture() * 0.5
    kept = image.clone()
    for name in ATTRIBUTIONS:
        found(net, name, image=image)
    assert torch.equal(image, kept)


def test_asked_under_no_grad_and_inference_mode() -> None:
    net = seeded(Small)
    expected = found(net, "integrated_gradients").map
    with torch.no_grad():
        assert np.array_equal(found(net, "integrated_gradients").map, expected)
    with torch.inference_mode():
        assert np.array_equal(found(net, "integrated_gradients").map, expected)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attribution": "gradcam"}, "give one of integrated_gradients"),
        ({"class_index": 5}, "knows 5, so give 0 to 4"),
        ({"class_index": -1}, "give 0 to 4"),
        ({"area": 0.0}, "above 0 and below 1"),
        ({"area": 1.0}, "above 0 and below 1"),
        ({"cell_size": 17}, "larger than the picture"),
        ({"cell_size": 16}, "No cell fits"),
        ({"noise": -0.1}, "noise"),
        ({"noise": float("nan")}, "noise"),
        ({"noise_samples": 0}, "noise_samples is 0"),
        ({"evaluations": 0}, "evaluations is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"sign": "plus"}, "absolute_value"),
        ({"outlier": 2.0}, "outlier"),
        ({"smoothing": -1.0}, "smoothing"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, object], words: str) -> None:
    given = {"class_index": 0, "cell_size": 4, "attribution": "saliency"} | settings
    with pytest.raises(SettingsError, match=words):
        region_by_attribution(picture(), seeded(Small), **given)  # type: ignore[arg-type]


def test_too_many_cells_to_hide() -> None:
    with pytest.raises(SettingsError, match="at most 4096"):
        found(seeded(Small), "kernel_shap", image=picture(size=80), cell_size=1)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (torch.rand(16, 16), "expected \\(channels"),
        (torch.full((1, 16, 16), float("nan")), "not finite"),
        (torch.full((1, 16, 16), 255.0), r"expected \[0, 1\]"),
    ],
)
def test_pictures_that_cannot_be(image: Tensor, words: str) -> None:
    with pytest.raises(InputError, match=words):
        found(seeded(Small), "saliency", image=image)


def test_a_map_of_zeros_is_told() -> None:
    told = r"integrated_gradients of class 0: .*zero everywhere.*Take another .*draw the region"
    with pytest.raises(InputError, match=told):
        found(Linear(torch.zeros(CLASSES, 1, 16, 16)), "integrated_gradients")


def test_models_that_fail() -> None:
    with pytest.raises(ModelError, match=r"failed on a picture of the shape \(1, 3, 16, 16\)"):
        found(seeded(Small), "saliency", image=picture(3))
    with pytest.raises(ModelError, match="not finite"):
        found(Linear(torch.full((CLASSES, 1, 16, 16), float("inf"))), "saliency")
    with pytest.raises(ModelError, match="one row of scores"):
        found(nn.Conv2d(1, 1, 3), "saliency")


def test_guided_grad_cam_without_anything_positive() -> None:
    net = seeded(Small)
    with torch.no_grad():
        net.net[6].weight[0] = -net.net[6].weight[0].abs()  # type: ignore[index, union-attr, operator]
        net.net[3].bias[:] = 10  # type: ignore[index, union-attr, operator]
    assert found(net, "grad_cam", layer="net.4").region.any()
    with pytest.raises(InputError, match="grad_cam keeps both signs"):
        found(net, "guided_grad_cam", layer="net.4")


def test_names_are_listed_without_torch() -> None:
    code = """
import sys
from rex_widgets.bridge.areas import ATTRIBUTIONS, region_by_attribution, region_of_map, free_form
assert len(ATTRIBUTIONS) == 17
heavy = {"torch", "captum", "transformers"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
