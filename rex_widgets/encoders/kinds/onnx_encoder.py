"""An ONNX file, its bytes, or an open ONNX Runtime session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.onnx_session import (
    ImageInput,
    advised_batch,
    open_session,
    run_session,
)
from rex_widgets.classifiers.onnx_source import OnnxSource, onnx_shape, onnx_source
from rex_widgets.classifiers.probe import find_shape, probe_batch
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.encoders.base import Encoder, ModelEncoder
from rex_widgets.encoders.independence import HALF_TOLERANCE
from rex_widgets.encoders.kinds.registered import KINDS
from rex_widgets.encoders.onnx_layers import hidden_model
from rex_widgets.encoders.options import EncoderOptions
from rex_widgets.encoders.picking import pick_output
from rex_widgets.encoders.reader import EmbeddingReader
from rex_widgets.errors import ModelError


class OnnxEncoder(ModelEncoder):
    """One output of a model run by ONNX Runtime."""

    def __init__(
        self, session: Any, image: ImageInput, output: str, identity: bytes, **common: Any
    ) -> None:
        on_cpu = session.get_providers()[0] == "CPUExecutionProvider"
        super().__init__(
            runtime="onnxruntime",
            advised_batch=advised_batch(None, image.shape) if on_cpu else None,
            device="cpu" if on_cpu else "cuda",
            **common,
        )
        self._session = session
        self._image = image
        self._outputs = [output]
        self._hash = identity

    def _evaluate(self, batch: Any) -> Any:
        return run_session(self._session, self._outputs, self._image, batch)[0]

    def _identity(self) -> bytes:
        return self._hash


@KINDS.register(20)
def onnx_encoder(
    model: object, options: EncoderOptions, given: Mapping[str, Any]
) -> Encoder | None:
    """Make an encoder of an ONNX path, bytes or session."""
    source = onnx_source(model, options.model)
    if source is None:
        return None
    if options.eval_mode:
        raise ModelError(
            "eval_mode was given, but an ONNX model has no training mode to be taken out of; "
            "leave eval_mode out."
        )
    classes = _classes(source.session)
    session = source.session
    if options.layer is not None:
        session = _hidden_session(source, options, options.layer)
    image, shape, settled, found = onnx_shape(session, options.model)

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> dict[str, Any]:
        if trial.channel_axis != image.shape.channel_axis:
            raise ModelError("The file tells its axes.")
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, run_session(session, None, image, batch), strict=True))

    shape, outputs, choices = find_shape(shape, settled, evaluate)
    name, value, note = _chosen(outputs, options.output)
    # ONNX's own layers have the channels first, whatever the model's input has.
    inner = options.layer is not None and getattr(value, "ndim", 0) > 3
    reader = EmbeddingReader(
        pool=options.pool,
        kind=shape.kind or "image",
        channels_last=shape.channels_last,
        features_last=False if inner else None,
        where=f"output {name!r}" if options.layer is None else f"layer {options.layer!r}",
        note=note,
    )
    probe = probe_batch(shape)
    size = reader.read(value, len(probe), finite=False).shape[1]
    said = options.model
    if said.gpu and session.get_providers()[0] == "CPUExecutionProvider":
        choices = (*choices, "gpu=True, but this ONNX Runtime has no CUDA: the CPU is used.")
    if image.dtype is np.uint8 and said.scale is None:
        said = replace(said, scale=1.0)
        choices = (*choices, "The model takes bytes: values 0..255 are given as they are.")
    agreed = settle(said, found, shape, classes or size, labelled=False)
    if shape.batch is not None:
        choices = (*choices, f"The model takes exactly {shape.batch} input(s) at once.")
    encoder = OnnxEncoder(
        session,
        image,
        name,
        source.identity,
        source=model,
        options=given,
        name=options.model.name or source.name,
        preprocessing=agreed.preprocessing,
        reader=reader,
        choices=(*choices, *agreed.choices),
        fixed_batch=shape.batch,
    )
    if image.dtype is np.float16 or value.dtype == np.float16:
        encoder.tolerance = HALF_TOLERANCE
    encoder.check(probe)
    return encoder


def _hidden_session(source: OnnxSource, options: EncoderOptions, layer: str) -> Any:
    content = source.read()
    if content is None:
        raise ModelError(
            f"layer={layer!r} was given, but the session does not tell which file it was made "
            "from; give the path or the bytes of the ONNX file."
        )
    return open_session(hidden_model(content, layer), **options.model.session())


def _chosen(outputs: dict[str, Any], wanted: str | int | None) -> tuple[str, Any, str]:
    """Return the name and value of the output that is the representation, and what to say."""
    if len(outputs) == 1 and wanted in (None, 0, -1, "0", *outputs):
        ((name, value),) = outputs.items()
        return name, value, ""
    value, note = pick_output(outputs, wanted, None, f"{len(outputs)} outputs")
    names = [name for name, other in outputs.items() if other is value]
    if not names:
        raise ModelError(
            f"output={wanted!r} is a part of one of the model's outputs; expected one of "
            f"{', '.join(outputs)}."
        )
    return names[0], value, note


def _classes(session: Any) -> int | None:
    """Return how many classes the model gives, if one of its outputs looks like that."""
    shapes: list[Any] = [output.shape or [] for output in session.get_outputs()]
    counts = [s[1] for s in shapes if len(s) == 2 and isinstance(s[1], int)]
    return 1000 if 1000 in counts else None
