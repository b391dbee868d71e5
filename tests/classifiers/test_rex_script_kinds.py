"""ReX scripts of spectra, tables and volumes, and boxes that their predictions give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rex_widgets.classifiers import as_classifier
from rex_widgets.classifiers.kinds.rex_script import ScriptClassifier
from rex_widgets.errors import ModelError

SPECTRAL = """
import numpy as np
import torch

seen = []

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    seen.append(tuple(mutants.shape))
    mean = mutants.reshape(len(mutants), -1).mean(dim=1)
    return torch.stack([1 - mean, mean], dim=1)

{shape}

class Data:
    def __init__(self, input, mode):
        self.input, self.mode = input, mode

{preprocess}
"""
WITH_MODE = """
def preprocess(path, shape, device, mode):
    assert device == "cpu"
    return Data(np.load(path) * 2.0, mode)
"""
WITHOUT_MODE = """
def preprocess(path, shape, device):
    data = Data(None, "spectral")
    data.data = torch.from_numpy(np.load(path))[None]
    return data
"""


def script(folder: Path, shape: str, preprocess: str = "") -> Path:
    path = folder / "script.py"
    path.write_text(SPECTRAL.format(shape=shape, preprocess=preprocess))
    return path


@pytest.mark.parametrize(
    ("shape", "mode", "kind", "size", "sent"),
    [
        ('model_shape = ["N", 30]', None, "table", (30,), (2, 30)),
        ('def model_shape():\n    return ["N", 30]', "spectral", "signal", (30,), (2, 30)),
        ('model_shape = ["N", 1, 30]', "spectral", "signal", (30,), (2, 1, 30)),
        ('model_shape = ["N", 1, 30]\nmode = "spectral"', None, "signal", (30,), (2, 1, 30)),
        ('model_shape = ["N", 6, 7, 8]', None, "volume", (6, 7, 8), (2, 6, 7, 8)),
        ('model_shape = [1, 3, 7, 8]\nmode = "voxel"', None, "volume", (3, 7, 8), (2, 3, 7, 8)),
        ('model_shape = ["N", 1, 6, 7, 8]', "voxel", "volume", (6, 7, 8), (2, 1, 6, 7, 8)),
    ],
)
def test_shapes_of_scripts(
    tmp_path: Path,
    shape: str,
    mode: str | None,
    kind: str,
    size: tuple[int, ...],
    sent: tuple[int, ...],
) -> None:
    classifier = as_classifier(script(tmp_path, shape), mode=mode)
    assert classifier.preprocessing.kind == kind
    assert classifier.preprocessing.size == size
    assert classifier.preprocessing.channels == 1
    batch = np.stack([np.full((1, *size), level, np.float32) for level in (0.2, 0.9)])
    np.testing.assert_allclose(classifier(batch)[:, 1], (0.2, 0.9), rtol=1e-5)
    assert isinstance(classifier, ScriptClassifier)
    seen = classifier._predictor._function.__globals__["seen"]  # type: ignore[attr-defined]
    assert seen[-1] == sent


def test_a_file_is_read_by_the_script(tmp_path: Path) -> None:
    values = np.arange(30, dtype=np.float32)
    np.save(tmp_path / "spectrum.npy", values)
    older = as_classifier(script(tmp_path, 'model_shape = ["N", 1, 30]', WITH_MODE))
    assert isinstance(older, ScriptClassifier)
    assert older.reads
    data, mode = older.read_input(tmp_path / "spectrum.npy", "tabular")
    np.testing.assert_array_equal(data, values[None] * 2)
    assert mode == "tabular"
    newer = as_classifier(script(tmp_path, 'model_shape = ["N", 30]', WITHOUT_MODE))
    assert isinstance(newer, ScriptClassifier)
    data, mode = newer.read_input(tmp_path / "spectrum.npy")
    np.testing.assert_array_equal(data, values[None])
    assert mode == "spectral"
    np.save(tmp_path / "spectrum.npy", np.zeros((2, 3, 30)))
    with pytest.raises(ModelError, match=r"shape \(1, 2, 3, 30\); expected one input .*\(N, 30\)"):
        newer.read_input(tmp_path / "spectrum.npy")
    none = as_classifier(script(tmp_path, 'model_shape = ["N", 30]'))
    assert isinstance(none, ScriptClassifier)
    assert not none.reads
    with pytest.raises(ModelError, match="has no function preprocess"):
        none.read_input(tmp_path / "spectrum.npy")


BOXED = """
class Prediction:
    def __init__(self, box):
        self.classification, self.confidence, self.bounding_box = 1, 0.9, box

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    return [Prediction({box}) for _ in mutants]

model_shape = ["N", 3, 8, 12]
"""


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("(2, 1, 9.7, 6)", (1, 6, 2, 9)),
        ("(-4, -4, 99, 99)", (0, 8, 0, 12)),
        ("(5, 1, 5, 6)", None),
        ("None", None),
    ],
)
def test_the_box_of_a_prediction(
    tmp_path: Path, box: str, expected: tuple[int, ...] | None
) -> None:
    path = tmp_path / "boxed.py"
    path.write_text(BOXED.format(box=box))
    classifier = as_classifier(path, labels=["none", "dog"])
    assert isinstance(classifier, ScriptClassifier)
    assert classifier.bounding_box(np.zeros((3, 8, 12), np.float32)) == expected
    scores = as_classifier(script(tmp_path, 'model_shape = ["N", 3, 8, 12]'))
    assert isinstance(scores, ScriptClassifier)
    assert scores.bounding_box(np.zeros((3, 8, 12), np.float32)) is None
