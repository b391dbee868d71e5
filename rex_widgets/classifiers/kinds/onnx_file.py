"""An ONNX file, its bytes, or an open ONNX Runtime session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.onnx_session import (
    ImageInput,
    advised_batch,
    run_session,
)
from rex_widgets.classifiers.onnx_source import onnx_shape, onnx_source
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import pick_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError


class OnnxClassifier(ModelClassifier):
    """A model run by ONNX Runtime."""

    def __init__(
        self, session: Any, image: ImageInput, output: str, identity: bytes, **common: Any
    ) -> None:
        on_cpu = session.get_providers()[0] == "CPUExecutionProvider"
        super().__init__(
            runtime="onnxruntime",
            advised_batch=advised_batch(None, image.shape) if on_cpu else None,
            **common,
        )
        self._session = session
        self._image = image
        self._outputs = [output]
        self._hash = identity

    def _evaluate(self, batch: Any) -> Any:
        array = batch.cpu().numpy() if hasattr(batch, "cpu") else batch
        return run_session(self._session, self._outputs, self._image, array)[0]

    def _identity(self) -> bytes:
        return self._hash


@KINDS.register(20)
def onnx_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of an ONNX path, bytes or session."""
    source = onnx_source(model, options)
    if source is None:
        return None
    return _build(source.session, options, source.name, source.identity)


def _build(session: Any, options: ClassifierOptions, name: str, identity: bytes) -> Classifier:
    image, shape, settled, found = onnx_shape(session, options)
    fixed = shape.batch

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> list[Any]:
        if trial.channel_axis != image.shape.channel_axis:
            raise ModelError("The file tells its axes.")
        return run_session(session, None, image, batch)

    shape, outputs, choices = find_shape(shape, settled, evaluate)
    if options.gpu and session.get_providers()[0] == "CPUExecutionProvider":
        choices = (*choices, "gpu=True, but this ONNX Runtime has no CUDA: the CPU is used.")
    output, chosen = _choose_output(session, outputs, shape.batch or 2)
    if image.dtype is np.uint8 and options.scale is None:
        options = replace(options, scale=1.0)
        choices = (*choices, "The model takes bytes: values 0..255 are given as they are.")
    agreed = settle(options, found, shape, _classes(outputs, output, session))
    if fixed is not None:
        choices = (*choices, f"The model takes exactly {fixed} input(s) at once.")
    return OnnxClassifier(
        session,
        image,
        output,
        identity,
        name=options.name or name,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(options.activation, options.binary_threshold),
        choices=(*choices, *chosen, *agreed.choices),
        fixed_batch=fixed,
    )


def _choose_output(session: Any, outputs: list[Any], rows: int) -> tuple[str, tuple[str, ...]]:
    names = [output.name for output in session.get_outputs()]
    outputs = [pick_scores(value) if isinstance(value, list) else value for value in outputs]
    shapes: list[tuple[int, ...]] = [getattr(value, "shape", ()) for value in outputs]
    scores = [
        name
        for name, shape in zip(names, shapes, strict=True)
        if len(shape) >= 2 and set(shape[2:]) <= {1} and shape[0] == rows
    ] or [
        name
        for name, value in zip(names, outputs, strict=True)
        if getattr(value, "shape", ()) == (rows,) and value.dtype.kind == "f"
    ]
    listed = ", ".join(f"{name}: {tuple(shape)}" for name, shape in zip(names, shapes, strict=True))
    if not scores:
        raise ModelError(
            f"The ONNX model's outputs for {rows} inputs are {listed}; expected one of shape "
            f"({rows}, classes). If this is no classifier, wrap it in a function that gives scores."
        )
    if len(names) == 1:
        return scores[0], ()
    words = ("logit", "prob", "score", "class", "output")
    best = next((n for word in words for n in scores if word in n.lower()), scores[0])
    return best, (f"The model has {len(names)} outputs ({listed}): {best!r} taken as scores.",)


def _classes(outputs: list[Any], output: str, session: Any) -> int:
    names = [item.name for item in session.get_outputs()]
    shape = pick_scores(outputs[names.index(output)]).shape
    return int(shape[1]) if len(shape) > 1 else 1
