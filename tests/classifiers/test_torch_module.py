"""Torch modules: shapes found, training flags put back, and the choice of the runtime."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rex_widgets.classifiers import agreement, as_classifier, runtime
from rex_widgets.errors import ModelError
from tests.classifiers.small_models import SmallNet

BATCH = np.random.default_rng(0).standard_normal((20, 3, 8, 8)).astype(np.float32)
SHAPE = (3, 8, 8)
MANY = 10**9


def own_answers(module: nn.Module, batch: np.ndarray = BATCH) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(batch)).softmax(1).numpy()


def test_eager_answers() -> None:
    net = SmallNet().eval()
    classifier = as_classifier(net, input_shape=SHAPE)
    np.testing.assert_allclose(classifier(BATCH), own_answers(net), atol=1e-6)
    assert (classifier.runtime, classifier.array_library) == ("torch eager", "numpy")
    assert classifier.device == "cpu"
    frozen = BATCH.copy()
    frozen.setflags(write=False)
    np.testing.assert_allclose(classifier(frozen), own_answers(net), atol=1e-6)
    assert as_classifier(net).preprocessing.size == (224, 224)
    assert as_classifier(SmallNet(channels=1).eval()).preprocessing.channels == 1


def test_training_mode_is_put_back() -> None:
    net = SmallNet().train()
    net.norm.eval()
    running = net.norm.running_mean.clone()
    classifier = as_classifier(net, input_shape=SHAPE)
    assert any("training mode" in sentence for sentence in classifier.choices)
    together, alone = classifier(BATCH), classifier(BATCH[:1])
    np.testing.assert_allclose(together[:1], alone, atol=1e-6)
    assert (net.training, net.conv.training, net.norm.training) == (True, True, False)
    assert torch.equal(net.norm.running_mean, running)
    net.head = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        classifier(BATCH)
    assert (net.training, net.norm.training) == (True, False)


def test_the_size_is_tried_where_nothing_tells_it() -> None:
    digits = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10)).eval()
    classifier = as_classifier(digits)
    assert classifier.preprocessing.size == (28, 28)
    assert classifier.preprocessing.channels == 1
    assert any("28x28 works" in sentence for sentence in classifier.choices)
    with pytest.raises(ModelError, match=r"Give input_shape=\(channels, height, width\)"):
        as_classifier(nn.Sequential(nn.Flatten(), nn.Linear(17, 10)), mode="RGB")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        as_classifier(digits, input_shape=(1, 9, 9))


def test_other_precision_and_odd_outputs() -> None:
    net = SmallNet().eval().double()
    assert as_classifier(net, input_shape=SHAPE)(BATCH).dtype == np.float32

    class Pair(nn.Module):
        def forward(self, image: torch.Tensor) -> Any:
            return image.mean(dim=(2, 3)), image

    assert as_classifier(Pair(), input_shape=SHAPE)(BATCH).shape == (20, 3)


def test_fingerprint_follows_the_weights() -> None:
    first, second = SmallNet(), SmallNet()
    one = as_classifier(first, input_shape=SHAPE).fingerprint()
    assert one == as_classifier(second, input_shape=SHAPE).fingerprint()
    with torch.no_grad():
        second.head.bias.add_(1e-3)
    assert one != as_classifier(second, input_shape=SHAPE).fingerprint()


@pytest.fixture
def always_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a module look slow, so that what is chosen hangs on its answers alone."""
    real = runtime._measure_eager
    monkeypatch.setattr(runtime, "_measure_eager", lambda *args: (real(*args)[0], 1e3))


@pytest.mark.usefixtures("always_faster")
def test_onnxruntime_is_taken_where_it_agrees(capfd: pytest.CaptureFixture[str]) -> None:
    net = SmallNet().train()
    classifier = as_classifier(net, input_shape=SHAPE)
    classifier.prepare(BATCH, MANY)
    assert classifier.runtime == "onnxruntime"
    assert classifier.advised_batch == 16
    assert any(
        "Runtime: ONNX Runtime" in s and "differ by at most" in s for s in classifier.choices
    )
    np.testing.assert_allclose(classifier(BATCH), own_answers(net.eval()), atol=1e-5)
    np.testing.assert_allclose(classifier(BATCH[:3]), own_answers(net)[:3], atol=1e-5)
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("always_faster")
def test_an_export_is_kept_until_the_weights_change(monkeypatch: pytest.MonkeyPatch) -> None:
    exports: list[int] = []
    real = runtime.onnx_bytes
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: (exports.append(1), real(*a))[1])
    net = SmallNet().eval()
    first = as_classifier(net, input_shape=SHAPE)
    first.prepare(BATCH, MANY)
    first.prepare(BATCH, MANY)
    second = as_classifier(net, input_shape=SHAPE)
    second.prepare(BATCH, 1)  # nothing left to repay
    assert second.runtime == "onnxruntime"
    assert len(exports) == 1
    with torch.no_grad():
        net.head.bias.add_(torch.arange(5.0))
    np.testing.assert_allclose(first(BATCH), own_answers(net), atol=1e-6)
    assert first.runtime == "torch eager"
    assert any("weights changed" in sentence for sentence in first.choices)
    first.prepare(BATCH, MANY)
    assert first.runtime == "onnxruntime"
    assert len(exports) == 2
    np.testing.assert_allclose(first(BATCH), own_answers(net), atol=1e-5)
    gone = weakref.ref(net)
    del net, first, second
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("always_faster")
def test_another_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SmallNet().eval()
    with torch.no_grad():
        other.head.bias.add_(torch.arange(5.0))
    content = runtime.onnx_bytes(other, SHAPE)
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: content)
    net = SmallNet().eval()
    classifier = as_classifier(net, input_shape=SHAPE)
    classifier.prepare(BATCH, MANY)
    assert classifier.runtime.startswith("torch eager")
    assert any("probabilities differ by" in sentence for sentence in classifier.choices)
    np.testing.assert_allclose(classifier(BATCH), own_answers(net), atol=1e-6)
    with pytest.raises(ModelError, match=r"runtime='onnxruntime' was given, but .*differ by"):
        as_classifier(net, input_shape=SHAPE, runtime="onnxruntime").prepare(BATCH, MANY)


@pytest.mark.usefixtures("always_faster")
def test_a_module_that_cannot_be_exported_stays_eager(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Odd(SmallNet):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            bright = [float(row) > 0 for row in image.mean(dim=(1, 2, 3))]
            return super().forward(image) * (2.0 if all(bright) else 1.0)

    classifier = as_classifier(Odd().eval(), input_shape=SHAPE)
    classifier.prepare(BATCH, MANY)
    assert classifier.runtime.startswith("torch eager")
    assert any("cannot be exported to ONNX" in sentence for sentence in classifier.choices)
    assert classifier(BATCH).shape == (20, 5)
    assert capfd.readouterr() == ("", "")


def test_a_short_run_and_a_wish_stay_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "onnx_bytes", lambda *a: pytest.fail("exported"))
    short = as_classifier(SmallNet().eval(), input_shape=SHAPE)
    short.prepare(BATCH, 3)
    assert any("too few to repay an export" in sentence for sentence in short.choices)
    wish = as_classifier(SmallNet().eval(), input_shape=SHAPE, runtime="eager")
    wish.prepare(BATCH, MANY)
    assert wish.runtime == "torch eager"
    assert any("as asked for" in sentence for sentence in wish.choices)
    double = as_classifier(SmallNet().eval().double(), input_shape=SHAPE)
    double.prepare(BATCH, MANY)
    assert any("computes in float64" in sentence for sentence in double.choices)


def test_the_agreement_looks_at_classes_and_probabilities() -> None:
    class Reader:
        def decide(self, p: np.ndarray) -> np.ndarray:
            return p.argmax(axis=1)

    clear = np.array([[0.5002, 0.4997, 0.0001]], np.float32)
    agreement.check_classes(Reader(), clear, clear + 5e-5)  # type: ignore[arg-type]
    close = np.array([[0.50001, 0.49999]], np.float32)
    agreement.check_classes(Reader(), close, close[:, ::-1])  # type: ignore[arg-type]
    with pytest.raises(agreement.Refused, match="differ by"):
        agreement.check_classes(Reader(), clear, clear[:, ::-1])  # type: ignore[arg-type]
