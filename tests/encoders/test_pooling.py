"""Pooling: hand-computed values, and which axis the features are on."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.encoders.embedding import Embedding
from rex_widgets.encoders.pooling import features_axis, pooled, pooled_size, pooling_of

MAPS = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)


def test_places() -> None:
    np.testing.assert_array_equal(pooled(MAPS, "mean", 1), [[2.5, 8.5]])
    np.testing.assert_array_equal(pooled(MAPS, "max", 1), [[5, 11]])
    np.testing.assert_array_equal(pooled(MAPS, "mean", -1), [[4.5, 5.5, 6.5]])
    np.testing.assert_array_equal(pooled(MAPS, None, 1), [np.arange(12)])
    np.testing.assert_array_equal(pooled(MAPS, "flatten", -1), [np.arange(12)])


def test_a_row_stays() -> None:
    row = np.array([[1, 2]], np.float32)
    for pool in (None, "flatten", "mean", "max"):
        np.testing.assert_array_equal(pooled(row, pool, 1), row)
        assert pooling_of(pool, 2, 1) == "as it is"
        assert pooled_size((2,), pool, 1) == 2
    assert pooled(np.array([3, 4], np.float32), None, 1).shape == (2, 1)
    assert pooled_size((), "mean", 1) == 1


def test_the_mean_of_many_places_keeps_its_digits() -> None:
    many = np.full((1, 1, 2**24 + 2), 0.1, np.float32)
    assert pooled(many, "mean", 1)[0, 0] == np.float32(0.1)


@pytest.mark.parametrize("pool", [None, "flatten", "mean", "max"])
@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("shape", [(), (4,), (4, 5), (4, 5, 6), (2, 3, 4, 5)])
def test_the_size_is_that_of_what_comes_out(
    pool: str | None, axis: int, shape: tuple[int, ...]
) -> None:
    assert pooled(np.zeros((2, *shape), np.float32), pool, axis).shape == (
        2,
        pooled_size(shape, pool, axis),
    )


def test_words() -> None:
    assert pooling_of("mean", 4, 1) == "mean over places"
    assert pooling_of("max", 3, 1) == "max over places"
    assert pooling_of("mean", 3, -1) == "mean over tokens"
    assert pooling_of("max", 3, -1) == "max over tokens"
    assert pooling_of("mean", 4, -1) == "mean over places"
    assert pooling_of(None, 3, -1) == "flattened"
    assert Embedding((1280,), 1280, "as it is").text == "1,280 values, as it is"
    assert Embedding((), 1, "as it is").text == "1 value, as it is"
    tokens = Embedding((197, 768), 768, "mean over tokens", "layer 'norm'")
    assert tokens.text == "layer 'norm': 197×768 values, mean over tokens: 768"


def test_where_the_features_are() -> None:
    assert features_axis(3, "image", False, None) == -1  # tokens of a transformer
    assert features_axis(3, "volume", False, None) == -1
    assert features_axis(3, "signal", False, None) == 1  # a map along the signal
    assert features_axis(3, "signal", True, None) == -1
    assert features_axis(4, "image", False, None) == 1
    assert features_axis(4, "image", True, None) == -1
    assert features_axis(3, "image", False, False) == 1
    assert features_axis(4, "image", False, True) == -1
