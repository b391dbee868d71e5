"""What people give who have models of their own: files of weights, words, odd calls."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rex_widgets as rw
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
