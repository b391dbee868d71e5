"""What people give who have models of their own: files of weights, words, odd calls."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge import lanes
from rex_widgets.bridge.areas.registry import ATTRIBUTIONS
from rex_widgets.cli import main
from rex_widgets.errors import ModelError
from tests.bridge.worlds import Quarters, ToyNetwork


def colours(side: int = 16, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def middle(side: int = 16) -> Any:
    region = np.zeros((side, side), np.bool_)
    region[side // 4 : -side // 4, side // 4 : -side // 4] = True
    return region


def started(picture: Any = None, model: Any = None, **settings: Any) -> Any:
    few = {"nfe": 4, "n_inpaints": 2, "seed": 1, "network": ToyNetwork(channels=3)}
    return rw.start(
        colours() if picture is None else picture,
        Quarters(channels=3).eval() if model is None else model,
        method="rcsb",
        **{"input_shape": (3, 16, 16), "region": middle(), **few, **settings},
    )


@pytest.mark.parametrize("ending", [".pt", ".pth", ".safetensors"])
@pytest.mark.parametrize("role", ["model", "second"])
def test_weights_are_no_classifier(ending: str, role: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights{ending}"
    path.write_bytes(b"x")
    with pytest.raises(ModelError, match=r"does not say what module .*ReX script.*best_of"):
        started(**{role: str(path)})


def test_weights_are_no_classifier_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(b"x")
    assert main(["17", str(path), "--method", "rcsb", "--network", "digits"]) == 2
    said = capsys.readouterr().err
    assert "ReX script (.py)" in said and "--guidance best_of" in said


@pytest.fixture(scope="module")
def text_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    pytest.importorskip("transformers")
    from tests.bridge.areas.text_nets import saved, tiny_detector, tiny_segmenter, tiny_tokenizer

    folder = tmp_path_factory.mktemp("text")
    detector = saved(folder / "dino", tiny_detector(), tiny_tokenizer())
    segmenter = saved(folder / "sam", tiny_segmenter())
    return {"detector": str(detector), "segmenter": str(segmenter)}


@pytest.mark.parametrize("binary", [True, False])
def test_words_say_where(binary: bool, text_models: dict[str, str]) -> None:
    words = {"prompt": "a red collar", "region": None, "area": 0.1, "use_binary_masks": binary}
    # of a picture as it is read, which cannot be written to
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = started(colours(64), input_shape=(3, 64, 64), **big(), **words, **text_models)
        run.step()
        run.step()
    found = run.result()
    assert found.region_source == "the text 'a red collar'"
    assert any("of the picture" in one and "boxes" in one for one in found.choices)
    assert (found.area > 0.1) if binary else (found.region.sum() == 409)


def big() -> dict[str, Any]:
    return {"network": ToyNetwork((64, 64), 3)}


SCRIPT = """
import torch

torch.manual_seed(0)
kept = [0]
{name} = torch.nn.Sequential(
    torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(),
    torch.nn.Linear(16, 4),
).eval()
model_shape = ["N", 3, 16, 16]

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    with torch.no_grad():
        return {name}(mutants * {times}).softmax(1)
"""


def script(folder: Path, name: str = "net", times: int = 1) -> str:
    path = folder / "script.py"
    path.write_text(SCRIPT.format(name=name, times=times))
    return str(path)


def test_a_script_s_module_leads_the_change(tmp_path: Path) -> None:
    run = started(model=script(tmp_path), input_shape=None, second=script(tmp_path))
    found = run.wait()
    assert found.runtime == "torch eager" and found.statistics["backward passes"] > 0
    assert any("its module is asked" in one for one in found.choices)
    again = rw.load_run(
        run.save(tmp_path / "a.run"), script(tmp_path), network=ToyNetwork(channels=3)
    )
    np.testing.assert_array_equal(again.wait().after, found.after)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"times": 3}, "other answers"), ({"name": "kept[0]"}, "no torch.nn.Module")],
)
def test_a_script_without_such_a_module_gives_answers_only(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    path = script(tmp_path, **changes)
    with pytest.raises(ModelError, match=f"answers only.*script: .*{words}.*best_of"):
        started(model=path, input_shape=None)
    found = started(model=path, input_shape=None, guidance="best_of", candidates=2).wait()
    assert found.runtime == "ReX script" and any(words in one for one in found.choices)


class Large(ToyNetwork):
    """It fits into memory with few pictures only."""

    def __init__(self, most: int, **about: Any) -> None:
        super().__init__(channels=3, **about)
        self.most, self.seen = most, []

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(x))
        if len(x) > self.most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return super().forward(x, step, x1)


@pytest.mark.parametrize("guidance", ["gradient", "best_of"])
def test_where_memory_runs_out_fewer_samples_are_drawn_at_once(
    guidance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as on a graphics card, where a batch goes to the network as it is
    monkeypatch.setattr(lanes, "in_lanes", lambda call, *batches: call(*batches))
    network = Large(2)
    more = {"n_inpaints": 5, "guidance": guidance, "candidates": 1}
    found = started(network=network, **more).wait()
    assert [rows for rows in network.seen if rows > 2] == [5]
    assert "The model ran out of memory at 5 samples a batch; going on with 2." in found.choices
    plain = started(network=Large(9), **more).wait()
    np.testing.assert_allclose(found.after, plain.after, atol=1e-5)


def test_too_little_memory_for_one_sample_keeps_what_there_is(tmp_path: Path) -> None:
    network = Large(99)
    run = started(network=network)
    for _ in range(4):
        run.step()
    before = run.result().after.copy()
    network.most = 0
    with pytest.raises(ModelError, match=r"ran out of memory on a batch of 1\. Free memory"):
        run.step()
    np.testing.assert_array_equal(run.result().after, before)
    network.most = 99
    assert run.wait().stage == "finished"
    np.testing.assert_array_equal(run.result().after, started(network=Large(99)).wait().after)


def test_large_pictures_are_drawn_singly_on_a_processor() -> None:
    network = Large(1, size=None)
    run = started(
        colours(96), network=network, input_shape=(3, 96, 96), region=middle(96), n_inpaints=3
    )
    before = [len(group.numbers) for group in run._procedure.groups]
    found = run.wait()
    assert set(network.seen) == {1} and before == []
    assert found.stage == "finished" and run._procedure.groups[0].sampler.batch_size == 1
    assert run._procedure.groups[0].times.backwards.calls == 3 * len(found.steps)


class Wide(Quarters):
    """A classifier that fits into memory with few pictures only."""

    most = 99

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        if len(pictures) > self.most:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return super().forward(pictures)


def test_an_attribution_goes_on_with_smaller_batches() -> None:
    found = {"region": None, "noise": 0.0, "cell_size": 2}
    expected = started(model=Wide(channels=3).eval(), **found).wait()
    model = Wide(channels=3).eval()
    run = started(model=model, **found)
    run.step()
    model.most = 5
    run.step()
    assert "The model ran out of memory at 8 pictures a batch; going on with 4." in (
        run.result().choices
    )
    np.testing.assert_array_equal(run.result().region, expected.region)
    run = started(model=model, **found)
    run.step()
    model.most = 0
    with pytest.raises(ModelError, match="allocate memory"):
        run.step()


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_every_attribution_finds_a_place_in_colour(name: str) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(3, 6, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(4),
            torch.nn.Flatten(),
            torch.nn.Linear(96, 4),
        ).eval()
    run = started(
        model=model, region=None, attribution=name, area=0.21, cell_size=2, noise_samples=2
    )
    run.step()
    run.step()
    found = run.result()
    assert found.region.sum() == 4 * 13 and found.area <= 0.21
    # whole cells of two pixels
    cells = found.region.reshape(8, 2, 8, 2)
    assert (cells.all((1, 3)) == cells.any((1, 3))).all()
    assert found.region_map.shape == (16, 16)
    of_class = f"{name.replace('_', ' ')} of 'class {found.source_class}'"
    assert found.region_source == ("random cells" if name == "random" else of_class)
