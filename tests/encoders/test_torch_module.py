"""Torch modules as encoders: flags, outputs, runtimes, weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rex_widgets.classifiers import as_classifier, runtime
from rex_widgets.encoders import as_encoder
from rex_widgets.encoders.independence import HALF_TOLERANCE, TOLERANCE
from rex_widgets.errors import ModelError
from tests.encoders.small_encoders import BATCH, SHAPE, SmallEncoder, returning

MANY = 10**9


def own(module: nn.Module, batch: np.ndarray = BATCH) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(batch)).numpy()


def test_a_module_is_an_encoder() -> None:
    net = SmallEncoder().eval()
    encoder = as_encoder(net, input_shape=SHAPE)
    np.testing.assert_allclose(encoder(BATCH), own(net), atol=1e-6)
    assert (encoder.runtime, encoder.device, encoder.name) == ("torch eager", "cpu", "SmallEncoder")
    assert encoder.source is net
    again = as_encoder(SmallEncoder().eval(), input_shape=SHAPE)
    assert encoder.fingerprint() == again.fingerprint()
    with torch.no_grad():
        net.head.bias.add_(1e-3)
    assert encoder.fingerprint() != again.fingerprint()


def test_the_size_is_found_as_for_a_classifier() -> None:
    found = as_encoder(nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10)).eval())
    assert found.preprocessing.size == (28, 28)
    assert any("28x28 works" in words for words in found.choices)
    rows = as_encoder(nn.Sequential(nn.Linear(224, 10), nn.ReLU()).eval())
    assert rows.preprocessing.kind == "table"
    assert rows.preprocessing.size == (224,)
    thousand = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 1000)).eval()
    assert as_encoder(thousand, input_shape=SHAPE).preprocessing.mean == (0.485, 0.456, 0.406)
    pooled = as_encoder(thousand, input_shape=SHAPE, layer="0")
    assert pooled.preprocessing.mean == (0.485, 0.456, 0.406)


def test_training_mode_is_refused_or_agreed_to() -> None:
    net = SmallEncoder().train()
    running = net.features[1].running_mean.clone()
    with pytest.raises(
        ModelError, match=r"training mode, and 1 of its layers, features\.1 \(Batch"
    ):
        as_encoder(net, input_shape=SHAPE)
    assert torch.equal(net.features[1].running_mean, running)
    encoder = as_encoder(net, input_shape=SHAPE, eval_mode=True)
    assert any("as agreed (eval_mode), its flags put back" in words for words in encoder.choices)
    rows = encoder(BATCH)
    assert net.training
    assert net.features[1].training
    assert torch.equal(net.features[1].running_mean, running)
    np.testing.assert_allclose(rows, own(net.eval()), atol=1e-6)
    kept = as_encoder(net, input_shape=SHAPE)
    net.train()  # in the middle of a run
    np.testing.assert_allclose(kept(BATCH), rows, atol=1e-6)
    assert net.training


@pytest.mark.parametrize(
    "layer",
    [nn.Dropout(0.5), nn.AlphaDropout(), nn.Dropout2d(), nn.RReLU(), nn.BatchNorm2d(3)],
)
def test_layers_that_differ_in_training(layer: nn.Module) -> None:
    with pytest.raises(ModelError, match=rf"1 of its layers, 0 \({type(layer).__name__}\)"):
        as_encoder(nn.Sequential(layer, nn.Flatten()), input_shape=SHAPE)


def test_training_mode_that_makes_no_difference() -> None:
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Dropout(0.0), nn.Flatten())
    encoder = as_encoder(net, input_shape=SHAPE)
    assert any("no layer of it is known to differ" in words for words in encoder.choices)

    class Functional(nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return nn.functional.dropout(image.flatten(1), training=self.training)

    with pytest.raises(ModelError, match=r"another representation each time.*eval_mode=True"):
        as_encoder(Functional(), input_shape=SHAPE)
    assert as_encoder(Functional(), input_shape=SHAPE, eval_mode=True)(BATCH).shape == (20, 192)


def test_batch_statistics_in_evaluation_mode_are_noticed() -> None:
    net = nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten()).eval()
    with pytest.raises(ModelError, match="depends on the other inputs of its batch"):
        as_encoder(net, input_shape=SHAPE)


def test_several_outputs() -> None:
    with pytest.raises(ModelError, match=r"a tuple \(0: shape \(2, 3\), 1: shape \(2, 3, 1\)\)"):
        as_encoder(returning(lambda x: (x, x[:, :, None])), input_shape=SHAPE)
    pair = as_encoder(returning(lambda x: (x, 2 * x)), input_shape=SHAPE, output=1)
    np.testing.assert_allclose(pair(BATCH), 2 * BATCH.mean(axis=(2, 3)), rtol=1e-4, atol=1e-6)
    fields = returning(lambda x: {"last_hidden_state": x[:, None], "pooler_output": x})
    encoder = as_encoder(fields, input_shape=SHAPE)
    assert encoder(BATCH).shape == (20, 3)
    assert any("'pooler_output' is taken" in words for words in encoder.choices)
    tokens = encoder.changed(output="last_hidden_state", pool="mean")
    assert tokens.embedding is not None
    assert tokens.embedding.pooling == "mean over tokens"
    assert as_encoder(returning(lambda x: x.half()), input_shape=SHAPE)(BATCH).dtype == np.float32


def test_fixed_batch_is_filled_up() -> None:
    sizes: list[int] = []

    def noted(x: torch.Tensor) -> torch.Tensor:
        sizes.append(len(x))
        assert len(x) == 4
        return x

    encoder = as_encoder(returning(noted), input_shape=(4, *SHAPE))
    assert encoder.fixed_batch == 4
    np.testing.assert_allclose(encoder(BATCH[:3]), BATCH[:3].mean(axis=(2, 3)), atol=1e-6)
    with pytest.raises(ModelError, match="exactly 4 inputs at once"):
        encoder(BATCH[:5])
    company = returning(lambda x: x - x.mean(dim=0))
    with pytest.raises(ModelError, match="depends on the other inputs"):
        as_encoder(company, input_shape=(4, *SHAPE))


@pytest.fixture
def always_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a module look slow, so that what is chosen hangs on its answers alone."""
    real = runtime._measure_eager
    monkeypatch.setattr(runtime, "_measure_eager", lambda *args: (real(*args)[0], 1e3))


@pytest.mark.usefixtures("always_faster")
def test_onnxruntime_is_taken_where_it_agrees(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    exports: list[int] = []
    real = runtime.onnx_bytes
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: (exports.append(1), real(*a))[1])
    net = SmallEncoder().eval()
    whole = as_encoder(net, input_shape=SHAPE)
    hidden = as_encoder(net, input_shape=SHAPE, layer="features.1", pool="mean")
    eager = hidden(BATCH)
    for encoder in (whole, hidden, hidden.changed()):
        encoder.prepare(BATCH, MANY)
        assert encoder.runtime == "onnxruntime"
        assert encoder.advised_batch is not None
        assert any("representations differ by at most" in words for words in encoder.choices)
    assert len(exports) == 2  # one a part
    np.testing.assert_allclose(whole(BATCH), own(net), atol=1e-5)
    np.testing.assert_allclose(hidden(BATCH), eager, atol=1e-5)
    assert capfd.readouterr() == ("", "")
    with torch.no_grad():
        net.features[0].bias.add_(1.0)
    changed = hidden(BATCH)
    assert hidden.runtime == "torch eager"
    assert np.abs(changed - eager).max() > 0.1
    assert any("weights changed" in words for words in hidden.choices)


@pytest.mark.usefixtures("always_faster")
def test_another_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SmallEncoder().eval()
    with torch.no_grad():
        other.head.bias.add_(torch.arange(5.0))
    content = runtime.onnx_bytes(other, SHAPE)
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: content)
    net = SmallEncoder().eval()
    encoder = as_encoder(net, input_shape=SHAPE)
    encoder.prepare(BATCH, MANY)
    assert encoder.runtime.startswith("torch eager")
    assert any("representations differ by" in words for words in encoder.choices)
    np.testing.assert_allclose(encoder(BATCH), own(net), atol=1e-6)
    with pytest.raises(ModelError, match=r"runtime='onnxruntime' was given, but .*differ by"):
        as_encoder(net, input_shape=SHAPE, runtime="onnxruntime").prepare(BATCH, MANY)


def test_a_short_run_stays_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: pytest.fail("exported"))
    short = as_encoder(SmallEncoder().eval(), input_shape=SHAPE)
    short.prepare(BATCH, 3)
    assert any("too few to repay an export" in words for words in short.choices)


@pytest.mark.usefixtures("always_faster")
def test_a_classifier_and_an_encoder_of_one_module() -> None:
    net = SmallEncoder().eval()
    classifier, encoder = (make(net, input_shape=SHAPE) for make in (as_classifier, as_encoder))
    for one in (classifier, encoder):
        one.prepare(BATCH, MANY)
        assert one.runtime == "onnxruntime"
    np.testing.assert_allclose(encoder(BATCH), own(net), atol=1e-5)
    np.testing.assert_allclose(classifier(BATCH).sum(axis=1), 1, atol=1e-5)


def test_memory_errors_have_one_name() -> None:
    class Greedy(nn.Module):
        def forward(self, image: torch.Tensor) -> Any:
            if len(image) > 4:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
            return image.mean(dim=(2, 3))

    encoder = as_encoder(Greedy().eval(), input_shape=SHAPE)
    with pytest.raises(MemoryError, match="Tried to allocate"):
        encoder(BATCH)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float16, HALF_TOLERANCE), (torch.bfloat16, HALF_TOLERANCE), (torch.float64, TOLERANCE)],
)
def test_other_precisions(dtype: torch.dtype, tolerance: float) -> None:
    net = SmallEncoder().eval()
    encoder = as_encoder(SmallEncoder().eval().to(dtype), input_shape=SHAPE)
    assert encoder.tolerance == tolerance  # type: ignore[attr-defined]
    np.testing.assert_allclose(encoder(BATCH), own(net), atol=0.05)
    encoder.prepare(BATCH, MANY)
    assert encoder.runtime == "torch eager"


def test_what_has_no_effect_is_said() -> None:
    encoder = as_encoder(SmallEncoder().eval(), input_shape=SHAPE, pool="mean", gpu=True)
    assert any("pool='mean' has nothing to pool" in words for words in encoder.choices)
    assert any("gpu=True, but the module is on cpu" in words for words in encoder.choices)
