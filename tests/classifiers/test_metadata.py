"""Fakes that follow the contracts of libraries that tests do not install."""

from __future__ import annotations

from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rex_widgets.classifiers import as_classifier
from tests.classifiers.small_models import SmallNet


def test_timm() -> None:
    net: Any = SmallNet().eval()
    net.pretrained_cfg = {
        "input_size": (3, 32, 24),
        "mean": (0.5, 0.4, 0.3),
        "std": (0.2, 0.2, 0.2),
        "interpolation": "bilinear",
        "crop_pct": 0.875,
        "label_names": ["a", "b", "c", "d", "e"],
    }
    found = as_classifier(net)
    assert found.preprocessing.size == (32, 24)
    assert found.preprocessing.mean == (0.5, 0.4, 0.3)
    assert found.preprocessing.interpolation == "bilinear"
    assert found.preprocessing.crop == 0.875
    assert found.label(2) == "c"
    assert "timm" in found.preprocessing.source
    assert any("87.5%" in sentence for sentence in found.choices)
    said = as_classifier(net, crop=1.0, mean=0.0, input_shape=(3, 16, 16), interpolation="box")
    assert said.preprocessing.crop == 1
    assert said.preprocessing.mean == (0.0,) * 3
    assert said.preprocessing.std == (0.2,) * 3
    assert said.preprocessing.size == (16, 16)
    assert said.preprocessing.interpolation == "box"


def test_timm_config_objects() -> None:
    net: Any = SmallNet().eval()
    config = {"input_size": (3, 16, 16), "mean": (0.1,) * 3, "std": (0.2,) * 3, "crop_pct": None}
    names = {"label_names": ["n1"] * 5, "label_descriptions": {"n1": "tench, Tinca tinca"}}
    net.default_cfg = SimpleNamespace(to_dict=lambda: {**config, **names})
    found = as_classifier(net)
    assert found.preprocessing.mean == (0.1,) * 3
    assert found.preprocessing.crop == 1
    assert found.label(0) == "tench, Tinca tinca"


class Interpolation(Enum):
    """Like torchvision's InterpolationMode."""

    BILINEAR = "bilinear"


def weights(crop: int = 224, resize: int = 232) -> Any:
    transforms = SimpleNamespace(
        crop_size=[crop],
        resize_size=[resize],
        mean=[0.485, 0.456, 0.406],
        std=[0.229, 0.224, 0.225],
        interpolation=Interpolation.BILINEAR,
    )
    return SimpleNamespace(transforms=lambda: transforms, meta={"categories": list("abcde")})


def test_torchvision_weights() -> None:
    found = as_classifier(SmallNet().eval(), weights=weights())
    assert found.preprocessing.size == (224, 224)
    assert found.preprocessing.crop == pytest.approx(224 / 232)
    assert found.preprocessing.interpolation == "bilinear"
    assert found.label(4) == "e"
    plain = as_classifier(SmallNet().eval(), weights=weights(64, 64))
    assert plain.preprocessing.size == (64, 64)
    assert plain.preprocessing.crop == 1


def processor(**changes: Any) -> Any:
    values = {
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.25, 0.25, 0.25],
        "size": {"height": 32, "width": 24},
        "resample": 2,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        **changes,
    }
    return SimpleNamespace(**values)


def test_transformers_processor() -> None:
    net: Any = SmallNet().eval()
    found = as_classifier(net, processor=processor()).preprocessing
    assert found.size == (32, 24)
    assert found.std == (0.25,) * 3
    assert found.interpolation == "bilinear"
    assert found.scale == pytest.approx(255)
    cropping = processor(
        size={"shortest_edge": 64}, crop_size={"height": 56, "width": 56}, do_center_crop=True
    )
    found = as_classifier(net, processor=cropping).preprocessing
    assert (found.size, found.crop) == ((56, 56), 0.875)
    found = as_classifier(net, processor=processor(size={"shortest_edge": 48})).preprocessing
    assert found.size == (48, 48)
    plain = processor(do_normalize=False, do_rescale=False, size=16)
    found = as_classifier(net, processor=plain).preprocessing
    assert (found.mean, found.scale, found.size) == ((0.0,) * 3, 1.0, (16, 16))
    inside = SimpleNamespace(image_processor=processor())
    assert as_classifier(net, processor=inside).preprocessing.size == (32, 24)


def test_transformers_config() -> None:
    net: Any = SmallNet().eval()
    net.config = SimpleNamespace(
        id2label={index: f"name {index}" for index in range(5)}, image_size=16, num_channels=3
    )
    found = as_classifier(net)
    assert found.preprocessing.size == (16, 16)
    assert found.label(3) == "name 3"
    net.config.id2label = {index: f"LABEL_{index}" for index in range(5)}
    assert as_classifier(net).label(3) == "class 3"
    both = as_classifier(net, processor=processor())
    assert both.preprocessing.size == (32, 24)


def test_names_left_behind_by_an_old_head_are_left_out() -> None:
    net: Any = SmallNet(classes=3).eval()
    net.config = SimpleNamespace(id2label={i: f"name {i}" for i in range(5)}, image_size=16)
    found = as_classifier(net)
    assert found.labels is None
    assert any("left out: 5 names for 3 classes" in sentence for sentence in found.choices)


def test_a_thousand_classes_with_other_metadata_keep_it() -> None:
    net: Any = SmallNet(classes=1000).eval()
    net.pretrained_cfg = {"input_size": (3, 16, 16), "mean": (0.5,) * 3, "std": (0.5,) * 3}
    found = as_classifier(net)
    assert found.preprocessing.mean == (0.5,) * 3
    assert found.label(285) == "Egyptian cat"
    assert np.isfinite(found(np.zeros((1, 3, 16, 16), np.float32))).all()
