"""How many inputs a model is given at once: what fits, and what is left when memory runs out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

VOLUME_BATCH_BYTES = 8 * 2**20
"""Inputs of one batch of volumes, where they are made on the host. What fits into a processor's
cache is made twice as fast, and eight volumes of 64×64×64 keep a model busy."""

MAX_BATCH_BYTES = 2 * 2**30
"""Inputs of one batch take this much memory at most (one is always made)."""


def fitting_batch(data: NDArray[np.float32], on_host: bool) -> int:
    """Return how many inputs like ``data``, (C, *space), fit: into memory, volumes into the cache.

    Parameters
    ----------
    data
        One input.
    on_host
        Whether batches are made as numpy arrays.
    """
    most = VOLUME_BATCH_BYTES if data.ndim == 4 and on_host else MAX_BATCH_BYTES
    return max(1, most // data.nbytes)


def note_of_size(data: NDArray[np.float32], taken: int, asked: int, what: str) -> str:
    """Return the sentence for a batch that is smaller than was asked for."""
    kilobytes = data.nbytes / 2**10
    size = f"{kilobytes:.0f} kB" if kilobytes < 2**10 else f"{kilobytes / 2**10:.0f} MB"
    return f"Each {what} takes {size}: at most {taken} {what}s a batch instead of {asked}."


def halved(rows: int, fixed_batch: int | None, error: MemoryError) -> int:
    """Return how many inputs to go on with after a batch of ``rows`` was too large.

    Raises
    ------
    ModelError
        If a smaller batch is not possible.
    """
    if rows == 1 or fixed_batch:
        raise ModelError(
            f"The model ran out of memory on a batch of {rows}. "
            f"Free memory, use a smaller model, or move it to another device. It said: {error}"
        ) from error
    return rows // 2


def note_of_memory(rows: int, left: int, what: str) -> str:
    """Return the sentence for going on with smaller batches."""
    return f"The model ran out of memory at {rows} {what}s a batch; going on with {left}."
