"""Everything a person may say about a model, gathered in one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

Activation = Literal["softmax", "sigmoid", "none"] | Callable[[NDArray[np.float32]], Any]
RUNTIMES = ("eager", "onnxruntime")


@dataclass(frozen=True)
class ClassifierOptions:
    """What the person said about the model; None means "find out"."""

    mean: Sequence[float] | float | None = None
    std: Sequence[float] | float | None = None
    labels: Sequence[str] | str | Path | None = None
    activation: Activation | None = None
    runtime: str | None = None
    input_shape: Sequence[int | str | None] | None = None
    scale: float | None = None
    binary_threshold: float | None = None
    threads: int | None = None
    processor: Any = None
    weights: Any = None
    interpolation: str | None = None
    crop: float | None = None
    channel_order: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if self.runtime is not None and self.runtime not in RUNTIMES:
            raise ModelError(
                f"runtime={self.runtime!r} was given; expected 'eager', 'onnxruntime' or None "
                "(choose the faster one that gives the same answers)."
            )
        if not (
            self.activation is None
            or callable(self.activation)
            or self.activation in ("softmax", "sigmoid", "none")
        ):
            raise ModelError(
                f"activation={self.activation!r} was given; expected 'softmax', 'sigmoid', "
                "'none' (the model gives probabilities already) or a function of the scores."
            )
        threshold = self.binary_threshold
        if threshold is not None and not 0 <= threshold <= 1:
            raise ModelError(
                f"binary_threshold={threshold} was given; expected a probability in 0..1."
            )
        if self.threads is not None and (
            isinstance(self.threads, bool) or not isinstance(self.threads, int) or self.threads < 1
        ):
            raise ModelError(f"threads={self.threads!r} was given; expected a whole number >= 1.")

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that were given."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is not None)
