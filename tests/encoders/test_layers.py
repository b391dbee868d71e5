"""Hidden layers of torch modules: by name, up to there and no further."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rex_widgets.encoders import as_encoder
from rex_widgets.encoders.layers import find_layer, unknown_layer
from rex_widgets.errors import ModelError
from tests.encoders.small_encoders import BATCH, SHAPE, SmallEncoder


def hidden(net: SmallEncoder, upto: int) -> np.ndarray:
    with torch.no_grad():
        return net.features[:upto](torch.from_numpy(BATCH)).numpy()


def test_a_layer_by_its_dotted_name() -> None:
    net = SmallEncoder().eval()
    encoder = as_encoder(net, input_shape=SHAPE, layer="features.3", pool="mean")
    expected = hidden(net, 4).mean(axis=(2, 3))
    np.testing.assert_allclose(encoder(BATCH), expected, rtol=1e-4, atol=1e-6)
    assert encoder.embedding is not None
    assert encoder.embedding.text == "layer 'features.3': 6×4×4 values, mean over places: 6"
    flat = encoder.changed(pool=None)
    np.testing.assert_allclose(flat(BATCH), hidden(net, 4).reshape(20, -1), atol=1e-6)
    assert flat.fingerprint() != encoder.changed(layer="features").fingerprint()


def test_what_lies_behind_is_not_computed_and_does_not_write() -> None:
    net = SmallEncoder().eval()
    encoder = as_encoder(net, input_shape=SHAPE, layer="features.1")
    before = net.heads_called
    rows = encoder(BATCH)
    assert net.heads_called == before
    # the layer after it works in place
    assert rows.min() < 0
    np.testing.assert_allclose(rows, hidden(net, 2).reshape(20, -1), atol=1e-6)
    assert not net.features[1]._forward_hooks


def test_a_module_that_fails_behind_the_layer() -> None:
    net = SmallEncoder().eval()
    encoder = as_encoder(net, input_shape=(3, 12, 12), layer="features", pool="max")
    assert encoder(np.zeros((2, 3, 12, 12), np.float32)).shape == (2, 6)
    assert any("fails behind the layer" in words for words in encoder.choices)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        as_encoder(net, input_shape=(3, 12, 12), layer="head")
    sized = as_encoder(SmallEncoder().eval(), layer="features", input_shape=SHAPE)
    assert not any("fails behind" in words for words in sized.choices)


def test_unknown_layers_name_those_near() -> None:
    net = SmallEncoder().eval()
    with pytest.raises(ModelError, match=r"layer='feature\.3' .* near it are 'features\.3'"):
        as_encoder(net, layer="feature.3")
    with pytest.raises(ModelError, match=r"some of its 7 are 'features', 'head', 'unused'"):
        as_encoder(net, layer="zzz")
    with pytest.raises(ModelError, match="it has none; leave layer out"):
        find_layer(nn.Identity(), "x")
    many = [f"blocks.{index}.attention" for index in range(40)]
    assert str(unknown_layer("attention", many, "the module")).count("'blocks") == 8


def test_a_layer_that_is_not_called() -> None:
    with pytest.raises(ModelError, match="does not call that Linear in its forward pass"):
        as_encoder(SmallEncoder().eval(), input_shape=SHAPE, layer="unused")

    class Listed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleList([nn.Flatten()])

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return self.parts[0](image)

    listed = Listed().eval()
    with pytest.raises(ModelError, match=r"does not call that ModuleList .*inside it"):
        as_encoder(listed, input_shape=SHAPE, layer="parts")
    assert as_encoder(listed, input_shape=SHAPE, layer="parts.0")(BATCH).shape == (20, 192)


def test_a_layer_called_several_times() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.ReLU(inplace=True)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            first = self.act(image.clone())
            second = self.act(first - 0.5)
            return second.mul_(0)

    encoder = as_encoder(Twice().eval(), input_shape=SHAPE, layer="act")
    expected = np.maximum(np.maximum(BATCH, 0) - 0.5, 0).reshape(20, -1)
    np.testing.assert_allclose(encoder(BATCH), expected, atol=1e-6)
    assert any("called 2 times for an input: its last output" in w for w in encoder.choices)


def test_a_layer_with_several_outputs() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.cells = nn.GRU(3, 5, batch_first=True)

        def forward(self, signal: torch.Tensor) -> torch.Tensor:
            return self.cells(signal)[1][-1]

    shape: dict[str, Any] = {"input_shape": ("N", 7, 3), "mode": "spectral"}
    net = Recurrent().eval()
    with pytest.raises(ModelError, match=r"a tuple \(0: shape \(2, 7, 5\), 1: shape \(1, 2, 5\)\)"):
        as_encoder(net, layer="cells", **shape)
    encoder = as_encoder(net, layer="cells", output=0, pool="mean", **shape)
    batch = np.random.default_rng(1).standard_normal((4, 3, 7)).astype(np.float32)
    with torch.no_grad():
        expected = net.cells(torch.from_numpy(batch).transpose(1, 2))[0].mean(dim=1).numpy()
    np.testing.assert_allclose(encoder(batch), expected, atol=1e-6)
    assert encoder.embedding is not None
    assert encoder.embedding.pooling == "mean over tokens"
    assert encoder.embedding.where == "layer 'cells', output 0"
    with pytest.raises(ModelError, match="for a batch of 2; expected one"):
        as_encoder(net, layer="cells", output=1, **shape)


def test_catch_all_modules_do_not_swallow_the_end() -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Flatten()

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            try:
                return self.inner(image)
            except Exception:
                return image.flatten(1) * 0

    encoder = as_encoder(Careful().eval(), input_shape=SHAPE, layer="inner")
    np.testing.assert_array_equal(encoder(BATCH), BATCH.reshape(20, -1))


def test_a_call_from_another_thread_goes_on() -> None:
    entered, released = threading.Event(), threading.Event()

    class Slow(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Flatten()
            self.waits = False

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            if self.waits and threading.current_thread().name == "run":
                entered.set()
                assert released.wait(30)
            return self.first(image) + 1

    net = Slow().eval()
    encoder = as_encoder(net, input_shape=SHAPE, layer="first")
    net.waits = True
    rows: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: rows.append(encoder(BATCH)), name="run")
    thread.start()
    assert entered.wait(30)
    mine = net(torch.from_numpy(BATCH)).numpy()
    released.set()
    thread.join(30)
    np.testing.assert_allclose(mine, BATCH.reshape(20, -1) + 1)
    np.testing.assert_array_equal(rows[0], BATCH.reshape(20, -1))


def test_features_that_are_last() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.LayerNorm(3, elementwise_affine=False)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return self.norm(image.movedim(1, -1)).flatten(1)

    encoder = as_encoder(Tokens().eval(), input_shape=SHAPE, layer="norm", pool="mean")
    assert encoder.embedding is not None
    assert (encoder.embedding.shape, encoder.embedding.size) == ((8, 8, 3), 3)
