"""ReX scripts of both releases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rex_widgets.classifiers import as_classifier
from rex_widgets.errors import ModelError

BATCH = np.random.default_rng(0).random((3, 3, 8, 8), dtype=np.float32)

PROBABILITIES = """
import torch

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    scores = torch.stack([mutants.mean(dim=(1, 2, 3)), -mutants.mean(dim=(1, 2, 3))], dim=1)
    assert raw
    return torch.softmax(scores, dim=1)

def model_shape():
    return ["N", 3, 8, 8]

class Data:
    pass

def preprocess(path, shape, device, mode):
    from PIL import Image
    import numpy as np
    data = Data()
    array = np.asarray(Image.open(path).convert("RGB").resize((8, 8)), dtype=np.float32) / 255
    array = (array - [0.4, 0.5, 0.6]) / [0.2, 0.25, 0.5]
    data.data = torch.from_numpy(array.transpose(2, 0, 1))[None]
    return data
"""

PREDICTIONS = """
from dataclasses import dataclass

@dataclass
class Prediction:
    classification: int
    confidence: float

def prediction_function(mutants, target=None):
    return [Prediction(int(m.mean() > 0.5), 0.75) for m in mutants]

model_shape = ["N", 8, 8, 3]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text)
    return path


def test_probabilities(tmp_path: Path) -> None:
    classifier = as_classifier(write(tmp_path, PROBABILITIES))
    assert classifier.name == "script"
    assert classifier.runtime == "ReX script"
    assert classifier.preprocessing.size == (8, 8)
    np.testing.assert_allclose(classifier.preprocessing.mean, (0.4, 0.5, 0.6), atol=1e-4)
    np.testing.assert_allclose(classifier.preprocessing.std, (0.2, 0.25, 0.5), atol=1e-4)
    assert "preprocess" in classifier.preprocessing.source
    means = BATCH.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(classifier(BATCH)[:, 0], 1 / (1 + np.exp(-2 * means)), atol=1e-6)


def test_predictions(tmp_path: Path) -> None:
    path = write(tmp_path, PREDICTIONS)
    classifier = as_classifier(str(path), labels=["dark", "bright"])
    batch = np.stack([np.zeros((3, 8, 8)), np.ones((3, 8, 8))]).astype(np.float32)
    found = classifier(batch)
    assert found.tolist() == [[0.75, 0.0], [0.0, 0.75]]
    assert list(classifier.decide(found)) == [0, 1]
    assert any("other classes count as 0" in sentence for sentence in classifier.choices)
    assert as_classifier(path)(batch).shape == (2, 1000)
    seven = write(tmp_path, PREDICTIONS.replace("int(m.mean() > 0.5)", "7"))
    with pytest.raises(ModelError, match="returned class 7, but 2 classes are known"):
        as_classifier(seven, labels=["dark", "bright"])


def test_scripts_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'missing.py' does not exist"):
        as_classifier(tmp_path / "missing.py")
    with pytest.raises(ModelError, match="has no function prediction_function"):
        as_classifier(write(tmp_path, "x = 1"))
    with pytest.raises(ModelError, match="does not tell the model's shape"):
        as_classifier(write(tmp_path, "def prediction_function(mutants): return mutants"))
    with pytest.raises(ZeroDivisionError):
        as_classifier(write(tmp_path, "1 / 0"))
