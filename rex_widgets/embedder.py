"""Inputs in, representations out: the only place that calls an encoder.

It splits batches into pieces of the size that the encoder takes, halves these when memory runs
out, and counts every evaluation and every second spent inside the encoder.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.model_calls import (
    MAX_BATCH_BYTES,
    fitting_batch,
    halved,
    note_of_memory,
    note_of_size,
)

if TYPE_CHECKING:
    from rex_widgets.encoders.base import Encoder


class Embedder:
    """Evaluates inputs of one shape with one encoder.

    Parameters
    ----------
    encoder
        The model.
    data
        One input, float32 ``(C, *space)``: one, two or three axes after the channels.
    batch_size
        Most inputs sent to the encoder at once; the encoder's own limits (``fixed_batch``,
        ``advised_batch``) come first.

    Attributes
    ----------
    counts
        Evaluations by purpose. What fills up a fixed batch is not counted.
    seconds_in_model
        Seconds inside the encoder.
    notes
        Sentences for people: batches made smaller, and why.
    """

    def __init__(
        self, encoder: Encoder, data: NDArray[np.float32], *, batch_size: int = 64
    ) -> None:
        self.encoder = encoder
        self.counts: dict[str, int] = {}
        self.seconds_in_model = 0.0
        self.notes: list[str] = []
        self._shape = data.shape
        self._batch_size = min(batch_size, fitting_batch(data, True))
        if self._batch_size < batch_size:
            self.notes.append(note_of_size(data, self._batch_size, batch_size, "input"))
        self._memory_limit: int | None = None

    @property
    def batch_size(self) -> int:
        """Inputs sent at once, after every limit."""
        if self.encoder.fixed_batch:
            return self.encoder.fixed_batch
        limits = [self._batch_size]
        known = self.encoder.embedding
        if known is not None:
            before = int(np.prod(known.shape, dtype=np.int64))
            limits.append(max(1, MAX_BATCH_BYTES // (4 * max(before, 1))))
        limits += [limit for limit in (self.encoder.advised_batch, self._memory_limit) if limit]
        return min(limits)

    @property
    def evaluations(self) -> int:
        """Inputs that the encoder has been asked about so far."""
        return sum(self.counts.values())

    def embed(self, batch: NDArray[np.float32], purpose: str) -> NDArray[np.float32]:
        """Return the representations of a batch, whatever its length.

        Parameters
        ----------
        batch
            ``(N, C, *space)`` float32, N >= 1, of the shape of ``data``.
        purpose
            What the evaluations are counted as.

        Returns
        -------
        ndarray
            (N, D) float32, finite.

        Raises
        ------
        InputError
            If the batch has another shape.
        ModelError
            If the encoder gives no representations, or has no memory for a single input.
        """
        if batch.shape[1:] != self._shape or len(batch) == 0:
            raise InputError(
                f"A batch of shape {batch.shape} was given; expected "
                f"(N, {', '.join(map(str, self._shape))}) with N >= 1."
            )
        rows: list[NDArray[np.float32]] = []
        done = 0
        while done < len(batch):
            piece = batch[done : done + self.batch_size]
            found = self._call(piece)
            if found is None:
                continue
            self.counts[purpose] = self.counts.get(purpose, 0) + len(piece)
            rows.append(found)
            done += len(piece)
        return rows[0] if len(rows) == 1 else np.concatenate(rows)

    def _call(self, piece: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Representations of a piece; None where it has to be smaller."""
        started = time.perf_counter()
        try:
            return self.encoder(piece)
        except MemoryError as error:
            self._memory_limit = halved(len(piece), self.encoder.fixed_batch, error)
            self.notes.append(note_of_memory(len(piece), self._memory_limit, "input"))
            return None
        finally:
            self.seconds_in_model += time.perf_counter() - started
