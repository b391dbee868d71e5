"""`as_encoder`: from what people have to an `Encoder`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rex_widgets.classifiers.base import Classifier
from rex_widgets.encoders.base import Encoder
from rex_widgets.encoders.kinds.registered import KINDS
from rex_widgets.encoders.options import EncoderOptions
from rex_widgets.errors import ModelError

_OF_THE_INPUT = ("mode", "fallback_shape")


def as_encoder(
    model: Any,
    *,
    layer: str | None = None,
    output: str | int | None = None,
    pool: str | None = None,
    eval_mode: bool = False,
    mean: Sequence[float] | float | None = None,
    std: Sequence[float] | float | None = None,
    runtime: str | None = None,
    input_shape: Sequence[int | str | None] | None = None,
    scale: float | None = None,
    threads: int | None = None,
    processor: Any = None,
    weights: Any = None,
    interpolation: str | None = None,
    crop: float | None = None,
    channel_order: str | None = None,
    name: str | None = None,
    mode: str | None = None,
    fallback_shape: Sequence[int] | None = None,
    gpu: bool | None = None,
    inter_op_threads: int | None = None,
    ort_logger: int | None = None,
) -> Encoder:
    """Make an encoder of a model; what is not said is found out and reported in `choices`.

    Parameters
    ----------
    model
        A `torch.nn.Module`; the path (or bytes) of an ONNX file, or an ONNX Runtime session; any
        callable from a batch (N, C, H, W) to representations (N, …). An `Encoder` passes through,
        changed where options are given. Models of other inputs than pictures take the shapes that
        `rex_widgets.classifiers.as_classifier` names.
    layer
        The hidden layer whose output is the representation: the dotted name of a submodule
        ("avgpool", "features.7"), or the name of a tensor or node inside an ONNX graph. The
        part of the model behind it is not computed. By default what the model returns.
    output
        Which of several outputs is the representation: its name or number.
    pool
        What becomes of an output with more than one axis per input: "flatten", "mean" or "max"
        over places (N, D, H, W) or tokens (N, T, D); None flattens.
    eval_mode
        Whether a module in training mode may be evaluated as after ``.eval()``; its flags are put
        back after each call. One with batch normalisation or dropout is refused without.
    mean, std, runtime, input_shape, scale, threads, processor, weights, interpolation, crop
        As for `rex_widgets.classifiers.as_classifier`. ONNX Runtime is taken where its
        representations differ from the module's by at most 1e-4 of their length.
    channel_order, name, mode, fallback_shape, gpu, inter_op_threads, ort_logger
        As for `rex_widgets.classifiers.as_classifier`.

    Returns
    -------
    Encoder

    Raises
    ------
    ModelError
        If the model is of no known kind, cannot be read, has no such layer or output, returns
        several arrays of which none is named, is in training mode, or gives an input another
        representation alone than within a batch. What the model itself raises is passed on
        unchanged.
    """
    given = {
        option: value
        for option, value in locals().items()
        if option != "model" and value is not None and (option, value) != ("eval_mode", False)
    }
    options = EncoderOptions.of(given)
    if isinstance(model, Encoder):
        said = {name: value for name, value in given.items() if name not in _OF_THE_INPUT}
        differs = any(repr(model.options.get(name)) != repr(value) for name, value in said.items())
        return model.changed(**said) if differs else model
    if isinstance(model, Classifier):
        raise ModelError(
            f"A {type(model).__name__} was given, which tells probabilities of classes; expected "
            "an encoder. Give the model that it was made of, with layer= for a hidden layer."
        )
    for kind in KINDS.functions():
        encoder = kind(model, options, given)
        if encoder is not None:
            return encoder
    raise ModelError(
        f"A model of type {type(model).__name__} was given; expected a torch.nn.Module, the path "
        "of an ONNX file, an ONNX Runtime session, or a function from a batch (N, C, H, W) to "
        "representations (N, values)."
    )
