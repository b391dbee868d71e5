"""Settings of the model: what `as_classifier` can be told, as flags and TOML keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rex_widgets.settings import (
    Converter,
    Settings,
    boolean,
    either,
    given,
    nothing,
    numbers,
    one_of,
    option,
    real,
    whole,
)

_ACTIVATIONS = ("softmax", "sigmoid", "none")
_RUNTIMES = ("eager", "onnxruntime")
_ORDERS = ("RGB", "BGR")
_FILTERS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")


def _label_list(value: Any) -> Any:
    if isinstance(value, str | Path):
        return value
    if isinstance(value, list | tuple):
        return tuple(str(name) for name in value)
    if isinstance(value, dict):
        return value
    raise ValueError


def _function(value: Any) -> Any:
    if not callable(value):
        raise ValueError
    return value


def _per_channel(value: Any) -> tuple[float, ...]:
    if isinstance(value, bool):
        raise ValueError
    if hasattr(value, "tolist"):
        value = value.tolist()
    return numbers()[0]((value,) if isinstance(value, int | float) else value)  # type: ignore[no-any-return]


def _shape(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    shape = tuple(int(part) for part in parts)
    if not 1 <= len(shape) <= 5 or min(shape) < 1:
        raise ValueError
    return shape


def _anything(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError
    return value


def _or_nothing(kind: tuple[Converter, str]) -> tuple[Converter, str]:
    return either(nothing(), kind)


@dataclass(frozen=True)
class ModelSettings(Settings):
    """What a person may say about the model; what is not said is found out and reported.

    Every field can be written as a keyword of ``explain`` and ``start``, as a flag of
    ``%explain``, and as a key of the table ``rex.onnx`` of ``rex.toml``.
    """

    mean: Any = option(
        None,
        "subtracted from each channel, after dividing by scale",
        _or_nothing((_per_channel, "a number, or one per channel separated by commas")),
        table="rex.onnx",
        aliases=("means",),
    )
    std: Any = option(
        None,
        "each channel is divided by this",
        _or_nothing((_per_channel, "a number, or one per channel separated by commas")),
        table="rex.onnx",
        aliases=("stds",),
    )
    scale: float | None = option(
        None,
        "what pixel values 0..255 are divided by first (255 if nothing else is known)",
        _or_nothing(real(1e-6, 1e6)),
        table="rex.onnx",
        aliases=("norm",),
    )
    labels: Any = option(
        None,
        "class names: a file (one a line, or JSON) or a variable that holds a list",
        _or_nothing((_label_list, "the path of a file, or a list of names")),
        table="rex.onnx",
    )
    activation: Any = option(
        None,
        "what turns scores into probabilities; found out if not given",
        # "none" is a choice of its own here: the scores are probabilities already.
        (
            lambda value: (
                None if value is None else either(one_of(*_ACTIVATIONS), (_function, ""))[0](value)
            ),
            "one of " + ", ".join(_ACTIVATIONS) + " or a function of the scores",
        ),
        table="rex.onnx",
        choices=_ACTIVATIONS,
    )
    runtime: str | None = option(
        None,
        "what evaluates the model; the fastest that gives the same answers if not given",
        _or_nothing(one_of(*_RUNTIMES)),
        table="rex.onnx",
        choices=_RUNTIMES,
    )
    input_shape: Any = option(
        None,
        "what the model takes without its batch: channels, height, width; or 1,300 for a signal",
        _or_nothing((_shape, "whole numbers separated by commas, such as 3,224,224")),
        table="rex.onnx",
    )
    binary_threshold: float | None = option(
        None,
        "probability from which a model with one or two outputs gives class 1",
        _or_nothing(real(0.0, 1.0)),
        table="rex.onnx",
    )
    threads: int | None = option(
        None,
        "threads that the model may use on the CPU",
        _or_nothing(whole(1, 4096)),
        table="rex.onnx",
        aliases=("intra_op_num_threads",),
    )
    inter_op_threads: int | None = option(
        None,
        "threads that work on independent parts of the model at once",
        _or_nothing(whole(1, 4096)),
        table="rex.onnx",
        aliases=("inter_op_num_threads",),
    )
    ort_logger: int | None = option(
        None,
        "what ONNX Runtime logs: 0 (everything) to 4 (what is fatal)",
        _or_nothing(whole(0, 4)),
        table="rex.onnx",
    )
    gpu: bool | None = option(
        None,
        "whether the model may run on a GPU; it does if there is one, and this is not false",
        _or_nothing(boolean()),
        table="rex",
        choices=("true", "false"),
    )
    interpolation: str | None = option(
        None,
        "how the picture is resized to the model's input",
        _or_nothing(one_of(*_FILTERS)),
        table="rex.onnx",
        choices=_FILTERS,
    )
    crop: float | None = option(
        None,
        "share of the shorter side that a centre crop keeps (1: no crop)",
        _or_nothing(real(0.01, 1.0)),
        table="rex.onnx",
    )
    channel_order: str | None = option(
        None,
        "order of the colours that the model takes",
        _or_nothing(one_of(*_ORDERS)),
        table="rex.onnx",
        choices=_ORDERS,
    )
    processor: Any = option(
        None,
        "a variable that holds the model's transformers image processor",
        _or_nothing((_anything, "the name of a variable")),
    )
    weights: Any = option(
        None,
        "a variable that holds the model's torchvision weights entry",
        _or_nothing((_anything, "the name of a variable")),
    )

    def given(self) -> dict[str, Any]:
        """Keywords for `as_classifier`: those that were said."""
        return given(self)


__all__ = ["ModelSettings"]
