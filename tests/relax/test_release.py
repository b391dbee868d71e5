"""`RELAX` as a user of the release knows it: the arguments, the attributes, what is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rex_widgets.errors import InputError, ModelError, RexWidgetsError, SettingsError
from rex_widgets.relax import RELAX, imagenet_image_transforms
from tests.parity import relax_model

SIZE = 24


class Classifier(nn.Module):
    """Laid out like torchvision's AlexNet: `features`, `avgpool` and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 8, stride=8), nn.ReLU())
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(16, 5))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(batch)))
        return scores


@pytest.fixture
def encoder() -> nn.Module:
    torch.manual_seed(0)
    model = Classifier()
    return nn.Sequential(model.features, model.avgpool, nn.Flatten()).eval()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1)) + 0.2


def test_the_example_of_the_release_runs_with_another_import(encoder: nn.Module) -> None:
    x = torch.rand(3, 313, 210)
    x = imagenet_image_transforms(device="cpu", new_shape_of_image=224)(x)
    relax = RELAX(x, encoder)
    with torch.no_grad():
        relax.forward()
    for found in (relax.importance, relax.uncertainty, relax.u_relax):
        assert isinstance(found, torch.Tensor) and found.dtype == torch.float32
        assert found.shape == (224, 224) and found.device == x.device
        assert torch.isfinite(found).all() and not found.requires_grad
    assert (relax.uncertainty >= 0).all() and relax.importance.abs().max() <= 1
    shown = relax.u_relax != 0
    assert 0.4 < shown.float().mean() < 0.6
    assert torch.equal(relax.u_relax[shown], relax.importance[shown])


def test_before_forward_the_maps_are_zero_and_the_arguments_are_kept(
    encoder: nn.Module, x: torch.Tensor
) -> None:
    relax = RELAX(x, encoder, 10, 3)
    assert relax.input_image is x and relax.encoder is encoder
    assert (relax.batch_size, relax.num_batches, relax.shape) == (10, 3, (SIZE, SIZE))
    assert relax.device == x.device and isinstance(relax.similarity_measure, nn.CosineSimilarity)
    assert relax.unmasked_representations.shape == (10, 16)
    torch.testing.assert_close(relax.unmasked_representations[3], encoder(x)[0])
    for found in (relax.importance, relax.uncertainty, relax.u_relax):
        assert found.shape == (SIZE, SIZE) and not found.any()
    assert relax.masks == 0 and relax.run is None
    assert float(relax.sum_of_weights.max()) == pytest.approx(1e-10)


def test_uncertainty_is_divided_and_the_release_s_is_there(
    encoder: nn.Module, x: torch.Tensor
) -> None:
    relax = RELAX(x, encoder, 64, 4)
    relax.forward(stopping="never", seed=0)
    assert relax.masks == 256 and relax.run is not None
    result = relax.run.result()
    np.testing.assert_array_equal(relax.importance, result.importance)
    np.testing.assert_allclose(relax.uncertainty, result.uncertainty, rtol=1e-5)
    np.testing.assert_allclose(relax.uncertainty_unnormalised, result.uncertainty_released)
    torch.testing.assert_close(
        relax.uncertainty * relax.sum_of_weights, relax.uncertainty_unnormalised
    )
    assert float(relax.sum_of_weights.mean()) == pytest.approx(128, rel=0.1)


def test_both_spellings_and_only_one_of_them(encoder: nn.Module, x: torch.Tensor) -> None:
    maps = []
    for spelling in ("probablity_of_drop", "probability_of_drop"):
        relax = RELAX(x, encoder, 32, 4)
        relax.forward(num_cells=4, seed=3, stopping="never", **{spelling: 0.7})
        assert relax.run is not None and relax.run.settings.probability_of_drop == 0.7
        maps.append(relax.importance)
    assert torch.equal(*maps)
    relax.forward(num_cells=4, probablity_of_drop=0.4, probability_of_drop=0.4)
    with pytest.raises(SettingsError, match="mean the same"):
        relax.forward(probablity_of_drop=0.4, probability_of_drop=0.6)


def test_a_second_call_continues_the_first(encoder: nn.Module, x: torch.Tensor) -> None:
    twice, once = RELAX(x, encoder, 64, 4), RELAX(x, encoder, 64, 8)
    for _ in range(2):
        twice.forward(seed=5, stopping="never")
    once.forward(seed=5, stopping="never")
    assert twice.masks == once.masks == 512
    assert torch.equal(twice.importance, once.importance)
    assert torch.equal(twice.uncertainty, once.uncertainty)


def test_a_call_with_another_grid_adds_to_the_maps(encoder: nn.Module, x: torch.Tensor) -> None:
    both, first, second = (RELAX(x, encoder, 64, 4) for _ in range(3))
    first.forward(num_cells=5, seed=1, stopping="never")
    second.forward(num_cells=3, seed=2, stopping="never")
    both.forward(num_cells=5, seed=1, stopping="never")
    both.forward(num_cells=3, seed=2, stopping="never")
    assert both.masks == 512
    weights = first.sum_of_weights, second.sum_of_weights
    mean = sum(w * r.importance for w, r in zip(weights, (first, second), strict=True))
    mean = mean / sum(weights)
    torch.testing.assert_close(both.importance, mean)
    squares = sum(
        r.uncertainty_unnormalised + w * (r.importance - mean) ** 2
        for w, r in zip(weights, (first, second), strict=True)
    )
    torch.testing.assert_close(both.uncertainty_unnormalised, squares, rtol=1e-4, atol=1e-7)


def test_it_ends_when_as_exact_as_the_release_s_masks_would_be() -> None:
    x, encoder = relax_model.picture(), relax_model.encoder()
    reference = RELAX(x, encoder, 512, 64)
    reference.forward(seed=77, stopping="never")
    errors: dict[str, list[float]] = {"ours": [], "theirs": []}
    for seed in range(5):
        ours, theirs = RELAX(x, encoder), RELAX(x, encoder)
        ours.forward(seed=seed)
        assert 256 <= ours.masks < 2500
        torch.manual_seed(seed)
        theirs.forward(sampling="release")
        assert theirs.masks == 3000
        for name, relax in (("ours", ours), ("theirs", theirs)):
            off = (relax.importance - reference.importance).square().mean().sqrt()
            errors[name].append(float(off))
    # what is compared is the squared error, so that is what has to agree
    ours_off, theirs_off = (np.mean(np.square(errors[name])) for name in ("ours", "theirs"))
    assert ours_off < 1.3**2 * theirs_off
    before = ours.masks
    ours.forward(seed=4)  # as exact as 6000 of them
    assert before < ours.masks < 5000


def test_torch_s_seed_decides_the_masks(encoder: nn.Module, x: torch.Tensor) -> None:
    maps = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        relax = RELAX(x, encoder, 32, 4)
        relax.forward(stopping="never")
        maps.append(relax.importance)
    assert torch.equal(maps[0], maps[1]) and not torch.equal(maps[0], maps[2])


def test_nothing_is_kept_for_gradients(encoder: nn.Module, x: torch.Tensor) -> None:
    kept: list[bool] = []
    encoder.register_forward_hook(lambda _m, _i, output: kept.append(output.requires_grad))
    for sampling in ("sobol", "release"):
        relax = RELAX(x.clone().requires_grad_(), encoder, 32, 4)
        relax.forward(sampling=sampling)
        assert not relax.importance.requires_grad
    assert kept and not any(kept)


def test_measures_by_name_by_module_and_by_function(encoder: nn.Module, x: torch.Tensor) -> None:
    given = (
        "cosine",
        nn.CosineSimilarity(dim=1),
        lambda h, masked: nn.functional.cosine_similarity(h, masked, dim=1),
    )
    maps = []
    for measure in given:
        relax = RELAX(x, encoder, 32, 4, similarity_measure=measure)
        relax.forward(seed=0, stopping="never")
        maps.append(relax.importance)
    torch.testing.assert_close(maps[0], maps[1])
    torch.testing.assert_close(maps[0], maps[2])


def test_a_layer_of_a_whole_classifier_and_a_function(encoder: nn.Module, x: torch.Tensor) -> None:
    torch.manual_seed(0)
    whole = Classifier().eval()
    maps = []
    for model, options in ((whole, {"layer": "avgpool"}), (encoder, {}), (encoder.forward, {})):
        relax = RELAX(x, model, 32, 4, **options)
        relax.forward(seed=0, stopping="never")
        maps.append(relax.importance)
    torch.testing.assert_close(maps[0], maps[1])
    torch.testing.assert_close(maps[0], maps[2])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x.numpy(), "ndarray.*expected a float tensor"),
        (lambda x: x[0], r"\(3, 24, 24\); expected \(1, C, H, W\)"),
        (lambda x: x.repeat(2, 1, 1, 1), "one picture"),
        (lambda x: (x * 200).to(torch.uint8), "uint8; expected floats"),
        (lambda x: x / 0, "NaN or infinite"),
    ],
)
def test_wrong_inputs_are_told_at_once(
    change: Any, words: str, encoder: nn.Module, x: torch.Tensor
) -> None:
    with pytest.raises(InputError, match=words):
        RELAX(change(x), encoder)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"num_spatial_dims": 3}, "num_spatial_dims was given 3"),
        ({"num_cells": 1}, "num_cells"),
        ({"num_cells": SIZE + 1}, "num_cells"),
        ({"probablity_of_drop": 1.5}, "probability_of_drop"),
        ({"sampling": "sobel"}, "sobol"),
        ({"batch_size": 5}, "RELAX"),
        ({"sampling": "release", "tolerance": 0.1}, "tolerance"),
        ({"number_of_cells": 5}, "number_of_cells"),
    ],
)
def test_wrong_arguments_are_told_and_lose_nothing(
    arguments: dict[str, Any], words: str, encoder: nn.Module, x: torch.Tensor
) -> None:
    relax = RELAX(x, encoder, 32, 4)
    relax.forward(seed=0, stopping="never")
    before = relax.importance
    with pytest.raises(RexWidgetsError, match=words):
        relax.forward(**arguments)
    assert torch.equal(relax.importance, before) and relax.masks == 128


def test_an_encoder_in_training_mode_is_told(x: torch.Tensor) -> None:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 4, 8, stride=8), nn.BatchNorm2d(4), nn.Flatten())
    with pytest.raises(ModelError, match="eval_mode"):
        RELAX(x, encoder, 32, 4).forward()
    relax = RELAX(x, encoder, 32, 4, eval_mode=True)
    relax.forward()
    assert encoder.training and relax.importance.any()


def test_what_was_found_before_a_failure_stays(encoder: nn.Module, x: torch.Tensor) -> None:
    calls = 0

    def failing(batch: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += len(batch)
        if calls > 400:
            raise RuntimeError("out of luck")
        answer: torch.Tensor = encoder(batch)
        return answer

    relax = RELAX(x, failing, 64, 16)
    with pytest.raises(Exception, match="out of luck"):
        relax.forward(stopping="never")
    assert relax.masks >= 256 and relax.importance.any()


def test_importing_the_room_does_not_import_torch() -> None:
    code = "import sys, rex_widgets.relax; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_encoder_that_works_in_place_leaves_the_input_alone(x: torch.Tensor) -> None:
    given = x - 0.5
    kept = given.clone()
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten()).eval()
    relax = RELAX(given, model, batch_size=4, num_batches=1)
    relax.forward(sampling="release", num_cells=4)
    assert torch.equal(relax.unmasked_representations[0], kept.clamp(min=0).flatten())
    assert torch.equal(given, kept)
