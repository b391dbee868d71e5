"""`start`, `explain` and `load_run` with method="relax": real models, inputs of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import rex_widgets as rw
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.relax import RelaxExplanation
from tests.relax.fakes import bits

FEW = {"seed": 0, "num_batches": 3, "batch_size": 32, "num_cells": 4, "stopping": "never"}
WEIGHTS = np.random.default_rng(0).normal(size=(3 * 16 * 16, 6)).astype(np.float32)


def encode(batch: Any) -> Any:
    return np.maximum(batch.reshape(len(batch), -1).astype(np.float64) @ WEIGHTS, 0)


def picture(seed: int = 0, size: tuple[int, int] = (40, 48)) -> Any:
    generator = np.random.default_rng([3, seed])
    return generator.integers(0, 256, (*size, 3), dtype=np.uint8)


def explained(image: Any, model: Any, **options: Any) -> RelaxExplanation:
    found: Any = rw.explain(image, model, method="relax", progress=False, **{**FEW, **options})
    return found  # type: ignore[no-any-return]


def test_a_function_of_pictures(tmp_path: Path) -> None:
    result = explained(picture(), encode, input_shape=(3, 16, 16))
    assert isinstance(result, RelaxExplanation)
    assert result.importance.shape == (16, 16)
    assert (result.method, result.kind, result.seed) == ("relax", "image", 0)
    assert result.picture is not None
    path = tmp_path / "cat.png"
    Image.fromarray(picture()).save(path)
    again = explained(path, encode, input_shape=(3, 16, 16))
    assert again.source == "cat.png"
    assert bits(again) == bits(result)


def test_other_inputs_are_read_like_the_one_explained(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        Image.fromarray(picture(seed)).save(tmp_path / f"photo {seed}.png")
    options = {"input_shape": (3, 16, 16), "mean": (0.5,) * 3, "std": (0.5,) * 3}
    result = explained(
        picture(),
        encode,
        like=tmp_path / "photo 1.png",
        gallery=tmp_path,
        **options,
    )
    assert result.asked == "like photo 1.png"
    assert {one.name for one in result.neighbours} == {f"photo {seed}.png" for seed in (1, 2, 3)}
    [like] = [one for one in result.neighbours if one.name == "photo 1.png"]
    np.testing.assert_array_equal(like.importance, result.importance)
    corpus = explained(picture(), encode, corpus=str(tmp_path / "*.png"), **options)
    assert corpus.asked == "like the mean of 3 inputs"
    raw = explained(picture(), encode, gallery=[picture(1)], **options)
    assert raw.neighbours[0].similarity == pytest.approx(like.similarity)


def test_a_run_is_driven_saved_and_loaded(tmp_path: Path) -> None:
    options = {"input_shape": (3, 16, 16), **FEW}
    run = rw.start(picture(), encode, method="relax", **options)
    assert run.method == "relax"
    assert run.result().stage == "nothing yet"
    progress = [one.fraction for one in run]
    assert progress == sorted(progress)
    assert run.status == "finished"
    run.extend(batches=2)
    run.step()
    path = run.save(tmp_path / "a.run")
    for _ in run:
        pass
    loaded = rw.load_run(path, encode)
    assert bits(loaded.wait()) == bits(run.result())
    straight = rw.start(picture(), encode, method="relax", **{**options, "num_batches": 5})
    assert bits(straight.wait()) == bits(run.result())
    changed = run.changed(uncertainty_threshold=0.25)
    assert (changed.result().u_relax != 0).mean() == pytest.approx(0.25, abs=0.01)


def test_pausing_and_cancelling() -> None:
    run = rw.start(picture(), encode, method="relax", input_shape=(3, 16, 16), **FEW)
    for _ in run:
        if run.result().masks:
            run.pause()
    assert run.status == "paused"
    assert run.result().stage == "estimating"
    run.resume()
    for _ in run:
        run.cancel()
    assert run.status == "cancelled"
    assert 0 < run.result().masks < 96


def test_signals_tables_and_volumes() -> None:
    generator = np.random.default_rng(1)

    def flat(batch: Any) -> Any:
        return batch.reshape(len(batch), -1)[:, :50] + 0.1

    signal = explained(generator.normal(size=64).astype(np.float32), flat, mode="spectral")
    assert (signal.kind, signal.importance.shape) == ("signal", (64,))
    assert signal.values is not None
    row = explained(generator.normal(size=9).astype(np.float32), flat, mode="tabular")
    assert (row.kind, row.importance.shape) == ("table", (9,))
    volume = explained(generator.normal(size=(12, 11, 10)).astype(np.float32), flat, mode="voxel")
    assert (volume.kind, volume.importance.shape) == ("volume", (12, 11, 10))


def test_layers_of_a_torch_module() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 196, 5)
    ).eval()
    options = {"input_shape": (3, 16, 16), "runtime": "eager"}
    assert explained(picture(), model, **options).embedding.shape == (5,)
    result = explained(picture(), model, layer="1", pool="mean", **options)
    assert result.embedding.shape == (4,)
    assert "mean over places" in result.embedding_text
    run = rw.start(picture(), model, method="relax", layer="1", pool="mean", **options, **FEW)
    other = run.changed(layer="3", pool=None)
    assert other.wait().embedding.shape == (5,)


def test_a_module_in_training_mode_needs_leave() -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.BatchNorm1d(768)).train()
    options = {"input_shape": (3, 16, 16), "runtime": "eager"}
    with pytest.raises(ModelError, match="eval_mode"):
        explained(picture(), model, **options)
    assert explained(picture(), model, eval_mode=True, **options).masks == 96
    assert model.training


def test_a_loaded_run_of_a_layer(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 5), torch.nn.ReLU())
    options = {"input_shape": (3, 16, 16), "runtime": "eager", "layer": "1"}
    run = rw.start(picture(), model.eval(), method="relax", **options, **FEW)
    for _ in range(5):
        run.step()
    path = run.save(tmp_path / "a.run")
    assert bits(rw.load_run(path, model).wait()) == bits(run.wait())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"iters": 3}, SettingsError, "Unknown setting 'iters'"),
        ({"labels": ("a", "b")}, SettingsError, "labels was given, which says something of class"),
        ({"activation": "softmax"}, SettingsError, "activation was given"),
        ({"num_cells": 17}, InputError, "cells"),
        ({"like": "nothing.png"}, InputError, "cannot be used"),
        ({"gallery": "nothing/*.png"}, InputError, "names no file"),
        ({"tolerance": 0.1}, SettingsError, "which reads none"),
    ],
)
def test_mistakes_are_told(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        explained(picture(), encode, input_shape=(3, 16, 16), **options)


def test_a_classifier_is_no_encoder() -> None:
    from rex_widgets.classifiers import as_classifier

    classifier = as_classifier(encode, input_shape=(3, 16, 16))
    with pytest.raises(ModelError, match="expected an encoder"):
        explained(picture(), classifier)


def test_importing_the_method_needs_no_framework() -> None:
    program = (
        "import sys, rex_widgets.relax; "
        "heavy = ('torch', 'onnxruntime', 'matplotlib', 'pandas', 'sqlalchemy', 'IPython'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
