"""Any function from a batch to representations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.function_call import FunctionCall, function_identity
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.probe import find_shape, known_shape, probe_batch
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.encoders.base import Encoder, ModelEncoder
from rex_widgets.encoders.independence import HALF_TOLERANCE
from rex_widgets.encoders.kinds.registered import KINDS
from rex_widgets.encoders.options import EncoderOptions
from rex_widgets.encoders.picking import is_array
from rex_widgets.encoders.reader import EmbeddingReader
from rex_widgets.errors import ModelError


class CallableEncoder(ModelEncoder):
    """A function of a batch (N, C, *size), or of other axes where the shape says so."""

    def __init__(self, function: Callable[[Any], Any], caller: FunctionCall, **common: Any) -> None:
        super().__init__(runtime="callable", **common)
        self._function = function
        self._caller = caller

    def _evaluate(self, batch: Any) -> Any:
        # A function may work in place, and torch warns of arrays that it cannot write to.
        fixed = isinstance(batch, np.ndarray) and not batch.flags.writeable
        return self._caller(batch.copy() if fixed else batch)

    def _identity(self) -> bytes:
        return function_identity(self._function)


@KINDS.register(90)
def callable_encoder(
    model: object, options: EncoderOptions, given: Mapping[str, Any]
) -> Encoder | None:
    """Make an encoder of any callable."""
    if not callable(model) or isinstance(model, type):
        return None
    if options.layer is not None:
        raise ModelError(
            f"layer={options.layer!r} was given, but a {type(model).__name__} has no layers that "
            "can be named; give the torch module or the ONNX file itself, or leave layer out."
        )
    if options.eval_mode:
        raise ModelError(
            "eval_mode was given, but only a torch module has an evaluation mode; a function "
            "has to see to it itself. Leave eval_mode out."
        )
    if options.model.runtime == "onnxruntime":
        raise ModelError(
            "runtime='onnxruntime' was given, but only torch modules and ONNX files run in "
            f"ONNX Runtime, not a {type(model).__name__}. Leave runtime out."
        )
    found = find_metadata(model, options.model)
    shape, settled = known_shape(options.model, found)
    # (1, 3, 224, 224) is how people write a shape; it does not mean "one at a time".
    shape = replace(shape, batch=None if shape.batch == 1 else shape.batch)
    caller = FunctionCall(model)

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> Any:
        caller.shape = trial
        return caller(batch)

    caller.shape = shape
    shape, raw, choices = find_shape(shape, settled, evaluate)
    caller.shape = shape
    reader = EmbeddingReader(
        output=options.output,
        pool=options.pool,
        kind=shape.kind or "image",
        channels_last=shape.channels_last,
        where="" if options.output is None else f"output {options.output!r}",
    )
    probe = probe_batch(shape)
    size = reader.read(raw, len(probe), finite=False).shape[1]
    agreed = settle(options.model, found, shape, size, labelled=False)
    encoder = CallableEncoder(
        model,
        caller,
        source=model,
        options=given,
        name=options.model.name or getattr(model, "__name__", type(model).__name__),
        preprocessing=agreed.preprocessing,
        reader=reader,
        choices=(*choices, *agreed.choices),
        fixed_batch=shape.batch,
    )
    if is_array(raw) and str(raw.dtype).endswith("float16"):
        encoder.tolerance = HALF_TOLERANCE
    encoder.check(probe)
    return encoder
