"""What an encoder is to the rest of the library, and what all kinds have in common."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.called_model import CalledModel
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.encoders.embedding import Embedding
from rex_widgets.encoders.independence import TOLERANCE, check_independent
from rex_widgets.encoders.reader import EmbeddingReader

_COMPARED = 4
"""Inputs of a batch in which one of them is compared with itself alone."""


@runtime_checkable
class Encoder(Protocol):
    """A model that gives each input of a batch a representation.

    Batches are (N, C, H, W), (N, C, L) or (N, C, D1, D2, D3) float32 numpy arrays, preprocessed
    and masked; the rest is as for a `rex_widgets.classifiers.Classifier`.
    """

    @property
    def name(self) -> str:
        """Short name for people."""
        ...

    @property
    def preprocessing(self) -> Preprocessing:
        """How what a person has becomes an input."""
        ...

    @property
    def runtime(self) -> str:
        """What evaluates the model, e.g. "onnxruntime", "torch eager" or "callable"."""
        ...

    @property
    def array_library(self) -> Literal["numpy", "torch"]:
        """What kind of batch a call wants: "numpy"."""
        ...

    @property
    def device(self) -> str:
        """Where the model computes, e.g. "cpu" or "cuda:0"."""
        ...

    @property
    def fixed_batch(self) -> int | None:
        """How many inputs the model takes at once; None where free. Smaller ones are padded."""
        ...

    @property
    def advised_batch(self) -> int | None:
        """Batch from which a larger one is not faster; None where larger is better."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """Sentences for people: what was chosen and why."""
        ...

    @property
    def source(self) -> Any:
        """The model as it was given."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """What was said about the model, by the names of `as_encoder`'s options."""
        ...

    @property
    def embedding(self) -> Embedding | None:
        """What the representation is; None before the first call."""
        ...

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        """Return (N, D) representations; raise ModelError for an answer that is none."""
        ...

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Choose the runtime, once, before the first evaluation.

        Parameters
        ----------
        probe
            ``(n, C, *size)`` float32 real masked inputs, on which the candidates must agree.
        expected_evaluations
            How many evaluations the run will ask for.
        """
        ...

    def fingerprint(self) -> str:
        """Return a hash of what the encoder computes, stable over processes where possible."""
        ...

    def changed(self, **options: Any) -> Encoder:
        """Return an encoder of the same model with some options changed."""
        ...


class ModelEncoder(CalledModel):
    """What every kind of encoder shares: reading representations, the checks, the fingerprint.

    A kind supplies `_evaluate` (one batch through the model) and `_identity` (what the
    fingerprint hashes), and may extend `prepare`.
    """

    tolerance = TOLERANCE
    """Relative difference of a row alone and within a batch that rounding explains."""

    advice = ""
    """What to do about a representation that depends on its batch."""

    def __init__(
        self, *, source: Any, options: Mapping[str, Any], reader: EmbeddingReader, **common: Any
    ) -> None:
        super().__init__(**common)
        self.source = source
        self.options: Mapping[str, Any] = MappingProxyType(dict(options))
        self._reader = reader

    @property
    def choices(self) -> tuple[str, ...]:
        """Sentences: what was chosen and why."""
        return (*self._reader.choices, *self._choices)

    @property
    def embedding(self) -> Embedding | None:
        """What the representation is; None before the first call."""
        return self._reader.embedding

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        """Return (N, D) float32 representations of a batch ``(N, C, *size)``.

        Raises
        ------
        ModelError
            If the answer is not one array with a row of finite numbers per input.
        MemoryError
            If the model ran out of memory; a smaller batch may do.
        """
        output, rows = self._output(batch)
        return self._reader.read(output, rows, used=len(batch))

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Check on real inputs that a row depends on its own input only.

        Raises
        ------
        ModelError
            If it does not.
        """
        del expected_evaluations
        if len(probe):
            self.check(probe[: min(_COMPARED, self.fixed_batch or _COMPARED)])

    def check(self, batch: NDArray[np.float32]) -> None:
        """Compare an input's representation alone and within a batch ``(n, C, *size)``."""
        if self.fixed_batch != 1:
            check_independent(self._lenient, batch, self.tolerance, self.advice)

    def _lenient(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        output, rows = self._output(batch)
        return self._reader.read(output, rows, used=len(batch), finite=False)

    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits that change when the model or what is read of it does."""
        digest = sha256(super().fingerprint().encode())
        read = tuple(self.options.get(name) for name in ("layer", "output", "pool"))
        digest.update(repr(read).encode())
        return digest.hexdigest()

    def changed(self, **options: Any) -> Encoder:
        """Return an encoder of the same model with some options changed.

        Parameters
        ----------
        **options
            Those of `as_encoder`; None takes one back.
        """
        from rex_widgets.encoders.factory import as_encoder

        return as_encoder(self.source, **{**self.options, **options})
