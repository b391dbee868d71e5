"""Reading shapes of every kind of input, and turning batches to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.classifiers.shape import InputShape, parse_shape
from rex_widgets.errors import ModelError


@pytest.mark.parametrize(
    ("given", "kind", "batched", "expected"),
    [
        ((8, 9), None, None, InputShape(None, (8, 9), kind="image")),
        ((4, 8, 9), None, None, InputShape(4, (8, 9), kind="image")),
        ((8, 9, 4), None, None, InputShape(4, (8, 9), True, kind="image")),
        ((4, 3, 8, 9), None, None, InputShape(3, (8, 9), False, 4, "image")),
        (("N", 8, 9), "image", True, InputShape(1, (8, 9), kind="image", channel_axis=False)),
        ((12,), None, None, InputShape(1, (12,), kind="table", channel_axis=False)),
        (("N", 12), None, None, InputShape(1, (12,), kind="table", channel_axis=False)),
        ((2, 12), "table", True, InputShape(1, (12,), False, 2, "table", channel_axis=False)),
        ((1841,), "signal", None, InputShape(1, (1841,), kind="signal", channel_axis=False)),
        (("N", 1841), "signal", None, InputShape(1, (1841,), kind="signal", channel_axis=False)),
        ((1, 1841), "signal", None, InputShape(1, (1841,), kind="signal")),
        ((1841, 2), "signal", None, InputShape(2, (1841,), True, kind="signal")),
        ((64, 32), "signal", None, InputShape(64, (32,), kind="signal")),
        (("N", 2, None), None, True, InputShape(2, None, kind="signal")),
        (("N", None, 2), None, True, InputShape(2, None, True, kind="signal")),
        (("N", None, None), None, True, InputShape(None, None, kind="signal")),
        ((5, 2, 99), "audio", None, InputShape(2, (99,), False, 5, "audio")),
        ((9, 8, 7), "volume", None, InputShape(1, (9, 8, 7), kind="volume", channel_axis=False)),
        (
            ("N", 9, 8, 7),
            "volume",
            None,
            InputShape(1, (9, 8, 7), kind="volume", channel_axis=False),
        ),
        ((2, 9, 8, 7), "volume", None, InputShape(2, (9, 8, 7), kind="volume")),
        ((9, 8, 7, 1), "volume", None, InputShape(1, (9, 8, 7), True, kind="volume")),
        (("N", 1, 9, 8, 7), None, None, InputShape(1, (9, 8, 7), kind="volume")),
        ((3, 1, 9, 8, 7), None, None, InputShape(1, (9, 8, 7), False, 3, "volume")),
    ],
)
def test_shapes_are_read(
    given: tuple[Any, ...], kind: str | None, batched: bool | None, expected: InputShape
) -> None:
    assert parse_shape(given, kind, batched=batched) == expected


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ((5, 8, 8), None, "no axis of 1, 3 or 4 channels.*mode="),
        ((), None, r"0 axes; expected \(C, H, W\)"),
        ((8, 8), "volume", r"2 axes; expected \(D1, D2, D3\)"),
        ((2, 3, 4, 5), "signal", r"4 axes; expected \(L,\), \(C, L\)"),
        ((2, 3, 4, 5), "table", r"4 axes; expected \(F,\)"),
        ((0,), "table", "whole numbers >= 1"),
    ],
)
def test_shapes_that_cannot_be(given: tuple[Any, ...], kind: str | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_shape(given, kind)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_batches_are_turned_to_the_model(library: str) -> None:
    batch = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    single = batch[:, :1]
    given: Any = batch if library == "numpy" else torch.from_numpy(batch)
    given_one: Any = single if library == "numpy" else torch.from_numpy(single.copy())
    signal = InputShape(3, (4,), kind="signal")
    assert signal.arrange(given) is given
    last = InputShape(3, (4,), True, kind="signal").arrange(given)
    assert type(last) is type(given)
    np.testing.assert_array_equal(np.asarray(last), batch.transpose(0, 2, 1))
    bare = InputShape(1, (4,), kind="table", channel_axis=False)
    np.testing.assert_array_equal(np.asarray(bare.arrange(given_one)), single[:, 0])
    with pytest.raises(ModelError, match=r"3 channels was given.*\(N, 4\), which has none"):
        bare.arrange(given)


def test_a_shape_says_its_axes() -> None:
    assert InputShape(1, (9, 8, 7), kind="volume").shown() == "(N, 1, 9, 8, 7)"
    assert InputShape(2, (9,), True, kind="signal").shown() == "(N, 9, 2)"
    assert InputShape(1, (9,), kind="table", batch=4, channel_axis=False).shown() == "(4, 9)"
    assert InputShape(kind="signal").shown() == "(N, C, any)"
    assert InputShape(2, (9,), True, kind="signal").axes(2, (9,)) == (9, 2)


def test_a_model_of_pictures_is_no_model_of_volumes() -> None:
    with pytest.raises(ModelError, match="pictures, it seems"):
        parse_shape(("N", 3, 224, 224), "volume", batched=True)
    assert parse_shape((3, 224, 224), "volume").size == (3, 224, 224)
    assert parse_shape(("N", 64, 64, 64), "volume", batched=True).size == (64, 64, 64)
