"""What everything that calls a model on batches has in common, whatever the answers mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from hashlib import sha256
from typing import Any, Literal

import numpy as np

from rex_widgets.classifiers.memory import memory_errors
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import ModelError


class CalledModel(ABC):
    """A model with its preprocessing and limits, called on a batch padded where it has to be.

    A kind supplies `_evaluate` (one batch through the model) and `_identity` (what the
    fingerprint hashes).
    """

    def __init__(
        self,
        *,
        name: str,
        preprocessing: Preprocessing,
        runtime: str,
        choices: tuple[str, ...] = (),
        array_library: Literal["numpy", "torch"] = "numpy",
        device: str = "cpu",
        fixed_batch: int | None = None,
        advised_batch: int | None = None,
    ) -> None:
        self.name = name
        self.preprocessing = preprocessing
        self.runtime = runtime
        self.array_library: Literal["numpy", "torch"] = array_library
        self.device = device
        self.fixed_batch = fixed_batch
        self.advised_batch = advised_batch
        self._choices = list(choices)

    @abstractmethod
    def _evaluate(self, batch: Any) -> Any:
        """Return the model's raw output for a batch."""

    @abstractmethod
    def _identity(self) -> bytes:
        """Return bytes that differ where the model differs."""

    def _output(self, batch: Any) -> tuple[Any, int]:
        """Return the model's raw output, and its rows: padded ones are the last."""
        if self.fixed_batch is not None and len(batch) != self.fixed_batch:
            batch = self._pad(batch)
        with memory_errors():
            return self._evaluate(batch), len(batch)

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
