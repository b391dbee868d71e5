"""Preprocessing of inputs that are no pictures, and of pictures with alpha."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import ModelError


def test_other_kinds_are_left_as_they_are() -> None:
    signal = Preprocessing(size=(5,), channels=1, kind="signal")
    values = np.linspace(-3, 900, 5, dtype=np.float32)[None]
    np.testing.assert_array_equal(signal.normalise(values), values)
    assert signal.scale == 1.0
    assert Preprocessing(size=None).scale == 255.0


@pytest.mark.parametrize(
    ("kind", "size"), [("table", (4,)), ("audio", (6,)), ("volume", (3, 4, 5))]
)
def test_channels_are_normalised_and_put_back(kind: str, size: tuple[int, ...]) -> None:
    reading = Preprocessing(
        size=size, channels=2, kind=kind, mean=(1.0, -2.0), std=(2.0, 4.0), scale=10.0
    )
    values = np.random.default_rng(0).normal(size=(2, *size)).astype(np.float32)
    data = reading.normalise(values)
    np.testing.assert_allclose(data[1], (values[1] / 10 + 2) / 4, rtol=1e-5)
    np.testing.assert_allclose(reading.values(data), values, atol=1e-5)


def test_colour_and_alpha() -> None:
    reading = Preprocessing(size=(1, 2), channels=4, channel_order="BGR")
    pixels = np.array([[[10, 20, 30, 255], [200, 100, 50, 0]]], np.uint8)
    data = reading.normalise(pixels)
    np.testing.assert_allclose(data[:, 0, 0] * 255, [30, 20, 10, 255], atol=1e-4)
    # what is transparent lies on white
    np.testing.assert_array_equal(reading.picture(data), [[[10, 20, 30], [255, 255, 255]]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "smell"}, "expected one of image, table"),
        ({"kind": "signal", "size": (3, 4)}, r"size=\(3, 4\).*one length"),
        ({"kind": "volume", "size": (3, 4)}, "three lengths"),
        ({"kind": "volume", "size": (3, 4, 0)}, "three lengths"),
        ({"kind": "table", "channels": 0}, "channels=0"),
        ({"channels": 2}, "takes 2 channels; pictures"),
        ({"size": (3,)}, r"\(height, width\)"),
    ],
)
def test_what_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Preprocessing(**{"size": None, **options})  # type: ignore[arg-type]
