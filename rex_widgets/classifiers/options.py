"""Everything a person may say about a model, gathered in one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import KINDS
from rex_widgets.errors import ModelError
from rex_widgets.input_settings import KIND_OF_MODE, MODES

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
    mode: str | None = None
    fallback_shape: Sequence[int] | None = None
    gpu: bool | None = None
    inter_op_threads: int | None = None
    ort_logger: int | None = None

    def __post_init__(self) -> None:
        self._check_mode()
        self._check_session()
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

    def _check_mode(self) -> None:
        words = {word.lower() for word in (*MODES, *KINDS)}
        if self.mode is not None and str(self.mode).lower() not in words:
            raise ModelError(
                f"mode={self.mode!r} was given; expected one of {', '.join(MODES)}, or a kind of "
                f"input: {', '.join(KINDS)}."
            )

    def _check_session(self) -> None:
        for name, low, high in (
            ("threads", 1, None),
            ("inter_op_threads", 1, None),
            ("ort_logger", 0, 4),
        ):
            value = getattr(self, name)
            if value is None:
                continue
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or value < low or (high is not None and value > high):
                wanted = f">= {low}" if high is None else f"in {low}..{high}"
                raise ModelError(f"{name}={value!r} was given; expected a whole number {wanted}.")
        if self.gpu is not None and not isinstance(self.gpu, bool):
            raise ModelError(f"gpu={self.gpu!r} was given; expected True or False.")

    @property
    def kind(self) -> str | None:
        """The kind of input that `mode` means; None where nothing was said."""
        if self.mode is None:
            return None
        word = self.mode.lower()
        return next((kind for mode, kind in KIND_OF_MODE.items() if mode.lower() == word), word)

    @property
    def channels(self) -> int | None:
        """How many channels `mode` means, for pictures."""
        return {"rgb": 3, "l": 1, "rgba": 4}.get((self.mode or "").lower())

    def session(self) -> dict[str, Any]:
        """Keywords of `open_session`."""
        return {
            "threads": self.threads,
            "gpu": self.gpu,
            "inter_op_threads": self.inter_op_threads,
            "ort_logger": self.ort_logger,
        }

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that were given and say something of the model.

        What kind of input there is, and its shape, is said of the input.
        """
        return tuple(
            f.name
            for f in fields(self)
            if getattr(self, f.name) is not None and f.name not in ("mode", "fallback_shape")
        )
