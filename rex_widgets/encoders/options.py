"""Everything a person may say about an encoder, gathered in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.errors import ModelError

POOLS = ("flatten", "mean", "max")
_NOT_OF_ENCODERS = ("labels", "activation", "binary_threshold")

MODEL_OPTIONS = tuple(f.name for f in fields(ClassifierOptions) if f.name not in _NOT_OF_ENCODERS)
"""The options of `as_classifier` that concern an encoder too."""


@dataclass(frozen=True)
class EncoderOptions:
    """What the person said about the encoder; None means "find out".

    Attributes
    ----------
    model
        What is said of a classifier as well: preprocessing, runtime, shape.
    layer, output, pool, eval_mode
        See `as_encoder`.
    """

    model: ClassifierOptions = field(default_factory=ClassifierOptions)
    layer: str | None = None
    output: str | int | None = None
    pool: str | None = None
    eval_mode: bool = False

    def __post_init__(self) -> None:
        if self.pool is not None and self.pool not in POOLS:
            raise ModelError(
                f"pool={self.pool!r} was given; expected 'flatten', 'mean', 'max' or None (a row "
                "of values stays as it is, anything else is flattened)."
            )
        if self.layer is not None and (not isinstance(self.layer, str) or not self.layer):
            raise ModelError(
                f"layer={self.layer!r} was given; expected a layer's name, e.g. 'avgpool' or "
                "'features.7', or None for what the model returns."
            )
        if self.output is not None and (
            isinstance(self.output, bool) or not isinstance(self.output, str | int)
        ):
            raise ModelError(
                f"output={self.output!r} was given; expected the name or the number of one of "
                "the model's outputs, or None where it has one."
            )
        if not isinstance(self.eval_mode, bool):
            raise ModelError(f"eval_mode={self.eval_mode!r} was given; expected True or False.")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> EncoderOptions:
        """Sort named options into those of every model and those of encoders."""
        model = {name: given[name] for name in MODEL_OPTIONS if name in given}
        rest = {name: value for name, value in given.items() if name not in model}
        return cls(model=ClassifierOptions(**model), **rest)
