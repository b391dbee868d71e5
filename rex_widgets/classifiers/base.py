"""What a classifier is to the rest of the library, and what all kinds have in common."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.called_model import CalledModel
from rex_widgets.classifiers.labels import check_labels
from rex_widgets.classifiers.options import Activation
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.classifiers.probabilities import ScoreReader


@runtime_checkable
class Classifier(Protocol):
    """A model that gives each input of a batch a probability per class.

    Batches are (N, C, H, W), (N, C, L) or (N, C, D1, D2, D3) float32, preprocessed and occluded:
    a numpy array, or a torch tensor on `device`, as `array_library` says. A model that has no axis
    of channels, or has it last, is given its own order by its classifier.
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
    def labels(self) -> tuple[str, ...] | None:
        """One name per class, None where unknown."""
        ...

    @property
    def runtime(self) -> str:
        """What evaluates the model, e.g. "onnxruntime", "torch eager" or "callable"."""
        ...

    @property
    def array_library(self) -> Literal["numpy", "torch"]:
        """What kind of batch a call wants."""
        ...

    @property
    def device(self) -> str:
        """Where a call wants its batch, e.g. "cpu" or "cuda:0"."""
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

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        """Return (N, K) probabilities; raise ModelError for an answer no classifier gives."""
        ...

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return (N,) int64: the class given to each row of probabilities."""
        ...

    def label(self, index: int) -> str:
        """Return the class's name, "class 285" where there is none."""
        ...

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Choose the runtime, once, before the first evaluation.

        Parameters
        ----------
        probe
            ``(n, C, *size)`` float32 real mutants, on which the candidates must agree.
        expected_evaluations
            How many evaluations the run will ask for.
        """
        ...

    def fingerprint(self) -> str:
        """Return a hash of what the model computes, stable over processes where possible."""
        ...


class ModelClassifier(CalledModel):
    """What every kind of classifier shares: reading scores, labels, the fingerprint.

    A kind supplies `_evaluate` (one batch through the model) and `_identity` (what the
    fingerprint hashes), and may override `prepare`.
    """

    def __init__(
        self, *, labels: tuple[str, ...] | None, reader: ScoreReader, **common: Any
    ) -> None:
        super().__init__(**common)
        self.labels = labels
        self._reader = reader

    @property
    def choices(self) -> tuple[str, ...]:
        """Sentences: what was chosen and why."""
        return (*self._choices, *self._reader.choices)

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        """Return (N, K) float32 probabilities of a batch ``(N, C, *size)``.

        Raises
        ------
        ModelError
            If the answer holds NaN or has a wrong shape or number of rows.
        MemoryError
            If the model ran out of memory; a smaller batch may do.
        """
        output, rows = self._output(batch)
        return self.read(output, rows)[: len(batch)]

    @property
    def activation(self) -> Activation | None:
        """What turns scores into probabilities; None until the first batch has told."""
        return self._reader.activation

    @property
    def outputs(self) -> int | None:
        """How many scores the model gives an input; None until the first batch has told."""
        return self._reader.outputs

    def read(self, output: Any, rows: int) -> NDArray[np.float32]:
        """Return (rows, K) probabilities of what the model itself returned for a batch."""
        undecided = self._reader.outputs is None
        probabilities = self._reader.read(output, rows)
        if undecided and self.labels is not None:
            check_labels(self.labels, self._reader.classes)
        return probabilities

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return (N,) int64: the class given to each row, by the largest or the threshold."""
        return self._reader.decide(probabilities)

    def label(self, index: int) -> str:
        """Return the class's name, "class 285" where there is none."""
        if self.labels is not None and 0 <= index < len(self.labels):
            return self.labels[index]
        return f"class {index}"

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Keep the only runtime there is; kinds with a choice override this."""
        del probe, expected_evaluations
