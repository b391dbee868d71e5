"""What a classifier is to the rest of the library, and what all kinds have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from hashlib import sha256
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.labels import check_labels
from rex_widgets.classifiers.memory import memory_errors
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.errors import ModelError


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


class ModelClassifier(ABC):
    """What every kind of classifier shares: reading scores, labels, the fingerprint.

    A kind supplies `_evaluate` (one batch through the model) and `_identity` (what the
    fingerprint hashes), and may override `prepare`.
    """

    def __init__(
        self,
        *,
        name: str,
        preprocessing: Preprocessing,
        labels: tuple[str, ...] | None,
        reader: ScoreReader,
        runtime: str,
        choices: tuple[str, ...] = (),
        array_library: Literal["numpy", "torch"] = "numpy",
        device: str = "cpu",
        fixed_batch: int | None = None,
        advised_batch: int | None = None,
    ) -> None:
        self.name = name
        self.preprocessing = preprocessing
        self.labels = labels
        self.runtime = runtime
        self.array_library: Literal["numpy", "torch"] = array_library
        self.device = device
        self.fixed_batch = fixed_batch
        self.advised_batch = advised_batch
        self._reader = reader
        self._choices = list(choices)

    @abstractmethod
    def _evaluate(self, batch: Any) -> Any:
        """Return the model's raw output for a batch."""

    @abstractmethod
    def _identity(self) -> bytes:
        """Return bytes that differ where the model differs."""

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
        undecided = self._reader.outputs is None
        rows = len(batch)
        padded = self.fixed_batch is not None and rows != self.fixed_batch
        if padded:
            batch = self._pad(batch)
        with memory_errors():
            output = self._evaluate(batch)
        probabilities = self._reader.read(output, len(batch))
        if padded:
            probabilities = probabilities[:rows]
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

    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits that change when the model or its reading changes."""
        digest = sha256(self._identity())
        p = self.preprocessing
        reading = (p.size, p.channels, p.mean, p.std, p.scale, p.channel_order)
        digest.update(repr(reading).encode())
        if p.kind != "image":
            digest.update(p.kind.encode())
        return digest.hexdigest()

    def _pad(self, batch: Any) -> Any:
        if len(batch) > (self.fixed_batch or 0):
            raise ModelError(
                f"A batch of {len(batch)} was given, but the model takes exactly "
                f"{self.fixed_batch} inputs at once; give at most that many."
            )
        batch = batch.cpu().numpy() if hasattr(batch, "cpu") else batch
        filled = np.zeros((self.fixed_batch, *batch.shape[1:]), dtype=np.float32)
        filled[: len(batch)] = batch
        return filled

    def __repr__(self) -> str:
        size = self.preprocessing.size
        shape = "any size" if size is None else "x".join(map(str, size))
        return f"<{type(self).__name__} {self.name!r}, {shape}, {self.runtime}>"
