"""Encoders of rows, signals and volumes, and the size of the input at hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rex_widgets.encoders import as_encoder
from rex_widgets.errors import ModelError


def test_rows_of_a_table() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(7, 4), nn.Tanh(), nn.Linear(4, 3)).eval()
    encoder = as_encoder(net, layer="1", mode="tabular")
    assert encoder.preprocessing.kind == "table"
    assert encoder.preprocessing.size == (7,)
    batch = np.random.default_rng(0).standard_normal((5, 1, 7)).astype(np.float32)
    assert encoder(batch).shape == (5, 4)
    rows = as_encoder(lambda b: b[:, :2] * 2, mode="tabular", fallback_shape=(1, 7))
    np.testing.assert_array_equal(rows(batch), 2 * batch[:, 0, :2])
    assert any("a batch is (N, 7)" in words for words in rows.choices)


def test_signals() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Conv1d(4, 5, 3)).eval()
    encoder = as_encoder(net, input_shape=("N", 2, 20), mode="spectral", pool="mean")
    batch = np.random.default_rng(0).standard_normal((5, 2, 20)).astype(np.float32)
    with torch.no_grad():
        expected = net(torch.from_numpy(batch)).mean(dim=2).numpy()
    np.testing.assert_allclose(encoder(batch), expected, atol=1e-6)
    assert encoder.embedding is not None
    assert encoder.embedding.pooling == "mean over places"
    like = as_encoder(net, layer="0", fallback_shape=(2, 20))
    assert like.preprocessing.size == (20,)
    with pytest.raises(ModelError, match="input size is unknown"):
        as_encoder(net)


def test_volumes() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv3d(1, 4, 3), nn.AdaptiveMaxPool3d(1)).eval()
    encoder = as_encoder(net, input_shape=(6, 5, 4), mode="voxel", layer="0", pool="max")
    batch = np.random.default_rng(0).standard_normal((2, 1, 6, 5, 4)).astype(np.float32)
    assert encoder(batch).shape == (2, 4)
    whole = encoder.changed(layer=None, pool=None)
    np.testing.assert_allclose(whole(batch), encoder(batch), atol=1e-6)


def test_channels_last() -> None:
    def maps(batch: np.ndarray) -> np.ndarray:
        assert batch.shape[1:] == (8, 8, 3)
        return batch * 2

    encoder = as_encoder(maps, input_shape=(8, 8, 3), pool="mean")
    batch = np.random.default_rng(0).standard_normal((4, 3, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(encoder(batch), 2 * batch.mean(axis=(2, 3)), atol=1e-6)
