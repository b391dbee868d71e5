"""`start`, `explain` and `load_run` with inputs that are no pictures, and with a context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.api import analyse, explain, load_run, start
from rex_widgets.errors import InputError, ModelError, SettingsError
from tests.synthetic import bits_of, drive

WHERE: dict[str, tuple[slice, ...]] = {
    "spectral": (slice(80, 110),),
    "tabular": (slice(2, 3),),
    "voxel": (slice(4, 8), slice(5, 9), slice(3, 7)),
}
SHAPES = {"spectral": (200,), "tabular": (8,), "voxel": (12, 14, 10)}


def values_of(mode: str) -> np.ndarray:
    """Dim everywhere but at one known place."""
    values = np.full(SHAPES[mode], 0.05, np.float32)
    values[WHERE[mode]] = 1
    return values


def model_of(mode: str) -> Any:
    """Class 1 where that place is bright; it takes batches without an axis for channels."""

    def scores(batch: np.ndarray) -> np.ndarray:
        assert batch.shape[1:] == SHAPES[mode]
        bright = batch[(slice(None), *WHERE[mode])].reshape(len(batch), -1).mean(axis=1)
        return np.stack([np.zeros(len(batch)), 8 * (bright - 0.5)], axis=1)

    return scores


def scores(batch: np.ndarray) -> np.ndarray:
    bright = batch[:, :, 4:12, 4:12].mean(axis=(1, 2, 3), dtype=np.float64)
    return np.stack([np.full(len(batch), 0.3), bright], axis=1)


def picture() -> np.ndarray:
    pixels = np.full((16, 16, 3), 20, np.uint8)
    pixels[4:12, 4:12] = 240
    return pixels


@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("form", ["file", "array"])
def test_every_kind_from_a_file_and_from_an_array(mode: str, form: str, tmp_path: Path) -> None:
    values = values_of(mode)
    np.save(tmp_path / "input.npy", values)
    given: Any = values if form == "array" else tmp_path / "input.npy"
    found = explain(
        given, model_of(mode), mode=mode, iters=6, seed=0, min_box_size=4, progress=False
    )
    kinds = {"spectral": "signal", "tabular": "table", "voxel": "volume"}
    assert found.kind == kinds[mode]
    assert found.mask.shape == SHAPES[mode]
    assert found.verified
    inside = np.zeros(SHAPES[mode], np.bool_)
    inside[WHERE[mode]] = True
    assert (found.mask & inside).any()
    assert not (found.mask & ~inside).any()


def test_the_kind_is_guessed_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("a,b,c,d,e,f,g,h\n0,0,0,0,0,0,0,0\n.1,.1,1,.1,.1,.1,.1,.1\n")
    found = explain(path, model_of("tabular"), row=1, iters=3, seed=0, progress=False)
    assert found.kind == "table"
    assert found.mask.tolist() == [name == "c" for name in "abcdefgh"]
    assert found.axes is not None
    assert found.axes.labels == tuple("abcdefgh")
    with pytest.raises(InputError, match=r"row"):
        start(path, model_of("tabular"), row=2)


@pytest.mark.parametrize("mode", SHAPES)
def test_a_saved_run_of_every_kind_goes_on(mode: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"mode": mode, "seed": 0, "min_box_size": 4}
    run = start(values_of(mode), model_of(mode), iters=2, **options)
    drive(run)
    run.save(tmp_path / "it.run")
    again = load_run(tmp_path / "it.run", model_of(mode))
    again.extend(iters=2)
    whole = start(values_of(mode), model_of(mode), iters=4, **options)
    assert bits_of(drive(again)) == bits_of(drive(whole))
    assert again.sample.kind == whole.sample.kind


def test_a_context_is_brought_to_the_model_s_input(tmp_path: Path) -> None:
    other = np.random.default_rng(0).integers(0, 60, (20, 30, 3)).astype(np.uint8)
    Image.fromarray(other).save(tmp_path / "other.png")
    options: dict[str, Any] = {"input_shape": (3, 16, 16), "iters": 3, "seed": 0}
    first = start(picture(), scores, context=tmp_path / "other.png", **options)
    assert first.settings.mask_value == "context"
    context = first.settings.context
    assert context.shape == (3, 16, 16) and context.dtype == np.float32
    assert 0 <= context.min() < context.max() <= 60 / 255 + 1e-6
    again = start(picture(), scores, context=context, **options)
    assert np.array_equal(again.settings.context, context)
    found = drive(first)
    assert bits_of(drive(again)) == bits_of(found)
    without = drive(start(picture(), scores, **options))
    assert found.confidence != without.confidence
    with pytest.raises(InputError, match="The context cannot be used"):
        start(picture(), scores, context=tmp_path / "none.png", **options)


def test_a_run_and_an_explanation_can_be_measured() -> None:
    run = start(values_of("voxel"), model_of("voxel"), mode="voxel", iters=3, seed=0)
    found = drive(run)
    measured = run.analyse(insertion_step=400, robustness_backgrounds=5)
    assert measured.area == found.area
    assert len(measured.insertion.positions) == 6
    options: dict[str, Any] = {"insertion_step": 400, "robustness_backgrounds": 5, "mode": "voxel"}
    again = analyse(found, model_of("voxel"), values_of("voxel"), **options)
    assert again.document() == measured.document()
    with pytest.raises(SettingsError, match="insertion_step was 0"):
        run.analyse(insertion_step=0)
    with pytest.raises(SettingsError, match="Unknown setting 'step'"):
        run.analyse(step=3)
    with pytest.raises(InputError, match="the model and the image too"):
        analyse(found)
    with pytest.raises(InputError, match="a run knows its own"):
        analyse(run, scores)


def test_a_classifier_made_for_another_kind_is_refused() -> None:
    from rex_widgets import as_classifier

    of_pictures = as_classifier(scores, input_shape=(3, 16, 16))
    with pytest.raises((InputError, ModelError)):
        start(values_of("spectral"), of_pictures, mode="spectral")


SCRIPT = """
import numpy as np
from PIL import Image

model_shape = ["N", 3, 16, 16]

class Data:
    def __init__(self, data):
        self.data, self.mode = data, "RGB"

def preprocess(path, shape, device, mode=None):
    values = np.asarray(Image.open(path).convert("RGB"), np.float32)
    values = (values - values.mean()) / (values.std() + 1e-3)   # depends on the whole picture
    return Data(np.moveaxis(values, -1, 0)[None])

class Prediction:
    def __init__(self, bright):
        self.classification, self.confidence = int(bright > 0.3), float(max(bright, 0.3))
        self.bounding_box = [4, 2, 12, 16]

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    batch = np.asarray(mutants)
    bright = batch[:, :, 4:12, 4:12].mean(axis=(1, 2, 3), dtype=np.float64)
    if raw:
        return np.stack([np.full(len(batch), 0.3), bright], axis=1)
    return [Prediction(value) for value in bright]
"""


def test_a_script_reads_the_file_where_its_way_cannot_be_measured(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(SCRIPT)
    Image.fromarray(picture()).save(tmp_path / "cat.png")
    run = start(tmp_path / "cat.png", tmp_path / "model.py", iters=2, seed=0)
    assert abs(float(run.sample.data.mean())) < 1e-3
    assert run.sample.source == "cat.png"
    assert any("the script's own preprocess" in note for note in run.sample.notes)


def test_the_box_of_a_script_s_prediction_starts_the_search(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(SCRIPT)
    Image.fromarray(picture()).save(tmp_path / "cat.png")
    options: dict[str, Any] = {"iters": 3, "seed": 0, "min_box_size": 4}
    run = start(tmp_path / "cat.png", str(tmp_path / "model.py"), use_bounding_box=True, **options)
    assert run.settings.bounding_box == (2, 16, 4, 12)
    found = drive(run)
    assert found.map.any()
    outside = np.ones((16, 16), np.bool_)
    outside[2:16, 4:12] = False
    assert not found.map[outside].any()
