"""What may be given as classifier, network, picture and region, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import rex_widgets as rw
from rex_widgets.bridge.reading import fitting
from rex_widgets.classifiers import as_classifier
from rex_widgets.classifiers.export import onnx_bytes
from rex_widgets.errors import InputError, ModelError, RexWidgetsError, SettingsError
from rex_widgets.regions import Region, coco_of
from tests.bridge.worlds import Quarters, ToyNetwork, lower_half, quick, square, toy_digits

__all__ = ["toy_digits"]

SHAPE = {"input_shape": (1, 16, 16)}


def started(image: Any = None, model: Any = None, **options: Any) -> Any:
    image = square(0) if image is None else image
    model = Quarters().eval() if model is None else model
    return rw.start(image, model, method="rcsb", **{**SHAPE, **quick(target=2), **options})


@pytest.mark.parametrize(
    "ending", ["png", "npy", "npz", "json", "array", "numbers", "region", "map"]
)
def test_a_region_is_given_as_to_the_causal_method(ending: str, tmp_path: Path) -> None:
    mask = lower_half()
    path = tmp_path / f"mask.{ending}"
    given: Any = str(path)
    if ending == "png":
        Image.fromarray(mask.astype(np.uint8) * 255).save(path)
    elif ending == "npy":
        np.save(path, mask)
    elif ending == "npz":
        np.savez(path, mask=mask)
    elif ending == "json":
        path.write_text(json.dumps(coco_of(mask)))
    elif ending == "array":
        given = mask
    elif ending == "numbers":
        given = (mask * 255).tolist()
    elif ending == "region":
        given = Region("lower half", mask.copy())
    else:
        given = SimpleNamespace(mask=mask)
    run = started(region=given)
    np.testing.assert_array_equal(run.settings.region, mask)
    assert not run.settings.region.flags.writeable
    mask[:] = False
    assert run.settings.region.any()


@pytest.mark.parametrize(
    ("region", "error", "words"),
    [
        (np.ones((8, 8), bool), InputError, r"The region cannot be used: .*\(8, 8\).*\(16, 16\)"),
        (np.zeros((16, 16), bool), InputError, "The region is empty: none of its 256 pixels"),
        (np.ones((16, 16), bool), InputError, "The region is the whole picture"),
        ("no-such-mask.png", InputError, "The region cannot be used: "),
        (np.arange(256).reshape(16, 16), InputError, "The region cannot be used: "),
        (3, SettingsError, "region was 3"),
    ],
)
def test_a_bad_region(region: Any, error: type[RexWidgetsError], words: str) -> None:
    with pytest.raises(error, match=words):
        started(region=region)


def test_a_region_of_the_pictures_own_size_is_resized_with_it() -> None:
    large = np.kron(square(0), np.ones((2, 2), np.uint8))
    run = started(large, region=np.kron(lower_half(), np.ones((2, 2), bool)))
    np.testing.assert_array_equal(run.settings.region, lower_half())
    said = run.wait().choices
    assert "resized from 32 × 32 to 16 × 16, the network's size" in said
    assert "region: resized with the picture from 32 × 32" in said
    with pytest.raises(InputError, match="The picture's own size, 32 × 32, or the network's, 16"):
        started(large, region=np.ones((8, 8), bool))


@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        (4, InputError, "target was 4; the classifier has 4 classes, 0 to 3"),
        (0, InputError, r"target was 0 \(class 0\), which the classifier gives already, with a p"),
        (-1, SettingsError, "target was -1"),
    ],
)
def test_a_bad_target(target: int, error: type[RexWidgetsError], words: str) -> None:
    with pytest.raises(error, match=words):
        started(target=target)


class Detached(Quarters):
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return super().forward(pictures.detach())


class Hard(Quarters):
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return super().forward((pictures > 0.5).float() + pictures * 0)


class Broken(Quarters):
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return super().forward(pictures) * float("nan")


class Unwilling(Quarters):
    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.tensor(super().forward(pictures).detach().numpy())


@pytest.mark.parametrize("kind", [Detached, Hard, Unwilling])
def test_a_classifier_without_a_gradient_is_told_and_another_way_is_offered(kind: Any) -> None:
    for _ in range(2):
        with pytest.raises(ModelError, match=r"No gradient comes .* Give guidance='best_of', wh"):
            started(model=kind().eval())
    found = started(model=kind().eval(), guidance="best_of", candidates=2).wait()
    assert found.stage == "finished"


def test_callables_files_and_objects_have_no_gradient_either(tmp_path: Path) -> None:
    path = tmp_path / "quarters.onnx"
    path.write_bytes(onnx_bytes(Quarters().eval(), (1, 16, 16)))

    def function(batch: Any) -> Any:
        return np.stack([batch[:, 0, :8].mean((1, 2)), batch[:, 0, 8:].mean((1, 2))], 1)

    class Forest:
        def predict_proba(self, rows: Any) -> Any:
            light = function(np.reshape(rows, (-1, 1, 16, 16))) + 1e-3
            return light / light.sum(1, keepdims=True)

    for model, runtime in ((str(path), "onnxruntime"), (function, "callable"), (Forest(), "")):
        target = 2 if runtime == "onnxruntime" else 1
        with pytest.raises(ModelError, match=r"which gives answers only.*guidance='best_of'"):
            started(model=model, target=target)
        run = started(model=model, target=target, guidance="best_of", candidates=2)
        assert run.wait().stage == "finished"
        assert runtime in run.classifier.runtime
        free = {"region": None, "guidance": "best_of", "candidates": 1, "target": target}
        with pytest.raises(ModelError, match="integrated_gradients, which needs a gradient, and"):
            started(model=model, attribution="integrated_gradients", **free).wait()
        told = started(model=model, attribution="occlusion", cell_size=4, **free).wait()
        found = started(model=model, cell_size=4, **free).wait()
        assert 0 < found.area <= 0.3 and (found.region == told.region).all()
        assert found.settings.attribution is None and found.region_source.startswith("occlusion")
        (note,) = [choice for choice in found.choices if choice.startswith("attribution: ")]
        assert note.startswith("attribution: occlusion") and "gives answers only" in note
        assert not any(choice.startswith("attribution: ") for choice in told.choices)


def test_the_region_is_found_without_a_gradient_where_a_module_has_none() -> None:
    class Closed(Quarters):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                return super().forward(pictures)

    free = {"region": None, "guidance": "best_of", "candidates": 1, "cell_size": 4}
    found = started(model=Closed().eval(), **free).wait()
    assert any("occlusion" in choice and "no gradient" in choice for choice in found.choices)
    open_ = started(model=Quarters().eval(), **free).wait()
    assert open_.region_source.startswith("integrated gradients")


def test_a_classifier_that_gives_no_numbers() -> None:
    with pytest.raises((ModelError, InputError), match="NaN"):
        started(model=Broken().eval())


@pytest.mark.parametrize(
    ("network", "error", "words"),
    [
        (None, SettingsError, "network was not given, and the one that comes with the package"),
        ("no-such-network.pt", ModelError, "no-such-network"),
        (17, SettingsError, "network was 17"),
    ],
)
def test_a_bad_network(network: Any, error: type[RexWidgetsError], words: str) -> None:
    with pytest.raises(error, match=words):
        started(network=network)


def test_networks_of_any_size_take_the_nearest_multiple() -> None:
    network = ToyNetwork(size=None)
    model = Quarters().eval()
    found = started(square(0, 14), model, network=network, region=None, cell_size=4).wait()
    assert found.before.shape == (16, 16, 1)
    assert "resized from 14 × 14 to 16 × 16, multiples of 4" in found.choices
    assert fitting(100, 33, 8) == (104, 32) and fitting(3, 3, 8) == (8, 8)
    height, width = fitting(5000, 2500, 32)
    assert height * width <= 1.1 * 1024 * 1024 and abs(height - 2 * width) <= 32


def test_colours_and_sizes_are_brought_to_each_models_own() -> None:
    model = Quarters(channels=3).eval()
    colour = np.stack([square(0, 24)] * 3, -1)
    network = ToyNetwork(size=(24, 24), channels=3)
    region = lower_half(24)
    given = {
        "network": network,
        "region": region,
        "input_shape": (3, 16, 16),
        "mean": 0.5,
        "std": 2,
    }
    found = started(colour, model, **given).wait()
    assert found.after.shape == (2, 24, 24, 3)
    grey = started(colour, Quarters().eval(), network=network, region=region).wait()
    assert grey.before.shape == (24, 24, 3) and grey.source_class == 0
    drawn_grey = started(colour, model, network=ToyNetwork(), input_shape=(3, 16, 16)).wait()
    assert drawn_grey.before.shape == (16, 16, 1)
    assert "converted to grey" in drawn_grey.choices


def test_a_prompt_needs_its_models() -> None:
    for more in ({}, {"detector": "dino"}, {"segmenter": "sam"}):
        with pytest.raises(SettingsError, match="what finds it was not given"):
            started(region=None, prompt="the light", **more)


def test_a_normalised_picture_is_refused() -> None:
    with pytest.raises(InputError, match="values lie from -1 to"):
        started(np.linspace(-1, 1, 256, dtype=np.float32).reshape(16, 16))
    with pytest.raises(RexWidgetsError):
        started("no-such-picture.png")
    with pytest.raises(RexWidgetsError):
        started({"a": 1})


def test_a_classifier_that_was_made_already() -> None:
    made = as_classifier(Quarters().eval(), input_shape=(1, 16, 16), labels=["a", "b", "c", "d"])
    run = rw.start(square(0), made, method="rcsb", **quick(target=2))
    found = run.wait()
    assert (found.source_label, found.target_label, found.labels) == (
        "a",
        "c",
        ("a", "b", "c", "d"),
    )
    with pytest.raises(ModelError, match="labels"):
        rw.start(square(0), Quarters(), method="rcsb", labels=["a"], **SHAPE, **quick(target=2))


def test_the_scale_is_the_methods_own_here() -> None:
    assert started(scale=3).settings.scale == 3.0
    given = {name: value for name, value in quick(target=2).items() if name != "scale"}
    run = rw.start(square(0), Quarters(), method="rcsb", guidance_scale=2, **SHAPE, **given)
    assert run.settings.scale == 2.0


def test_the_module_is_left_as_it_was() -> None:
    model, network = Quarters(), ToyNetwork()
    assert model.training and network.training
    flags = [parameter.requires_grad for parameter in model.parameters()]
    started(model=model, network=network, region=None, cell_size=4).wait()
    assert model.training and network.training
    assert [parameter.requires_grad for parameter in model.parameters()] == flags
    assert all(parameter.grad is None for parameter in model.parameters())


def test_digits_by_their_number(toy_digits: Any) -> None:
    for given in (3, "3", np.int64(3), np.array(3), toy_digits.digits[3]):
        run = rw.start(given, "digits", method="rcsb", nfe=2, n_inpaints=1)
        assert (run.sample.data[0] * 255).round().astype(np.uint8).tolist() == toy_digits.digits[
            3
        ].tolist()
        assert run.classifier.second is not None
    assert rw.start(3, "digits", method="rcsb").sample.source == "digit 3"
    assert "shows a 3" in rw.start(3, "digits", method="rcsb").result().choices
    assert rw.start(3, toy_digits, method="rcsb").classifier.label(7) == "7"
    alone = rw.start(3, "digits", method="rcsb", second="none")
    assert alone.classifier.second is None and alone.result().second is None
    for number in (-1, 6, "17"):
        with pytest.raises(InputError, match="there are the digits 0 to 5 held out"):
            rw.start(number, "digits", method="rcsb")
    with pytest.raises(SettingsError, match="mean was given, and the model is the one of the dig"):
        rw.start(3, "digits", method="rcsb", mean=0.5)


def test_the_digits_network_goes_with_a_classifier_of_its_size(toy_digits: Any) -> None:
    run = rw.start(
        2, Quarters().eval(), method="rcsb", input_shape=(1, 32, 32), nfe=2, n_inpaints=1
    )
    assert run.classifier.world is toy_digits
    assert "network: the one of the digits, which comes with the package" in run.classifier.choices
    guessed = rw.start(
        2, Quarters().eval(), method="rcsb", network="digits", nfe=2, second="digits"
    )
    assert guessed.classifier.preprocessing.size == (32, 32), "the network's size is taken"
    assert guessed.wait().second is not None


def test_what_means_nothing_where_the_region_comes_from_is_told() -> None:
    run = started(region=lower_half(), layer="first", detector="folder", use_binary_masks=True)
    run.step()
    told = [line for line in run.result().choices if "was set, which is for" in line]
    assert [line.split()[0] for line in told] == ["layer", "detector", "use_binary_masks"]
    assert all(line.endswith("the region is drawn.") for line in told)
    assert not [line for line in started().sample.notes if "was set" in line]


@pytest.mark.parametrize("several", ["17,21", "17 21"])
def test_several_digits_at_once_are_refused_in_plain_words(several: str) -> None:
    with pytest.raises(InputError, match="a run changes one picture"):
        rw.start(several, "digits", method="rcsb")


def test_a_map_that_says_nothing_is_told_before_anything_is_asked() -> None:
    nothing = np.zeros((16, 16), np.float32)
    with pytest.raises(InputError, match=r"zero everywhere.*more iterations.*draw the region"):
        started(region=None, map=nothing)
    with pytest.raises(InputError, match=r"zero everywhere.*more iterations.*draw the region"):
        started().changed(map=nothing)
