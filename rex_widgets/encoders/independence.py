"""Whether an input's representation depends on the others in its batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

TOLERANCE = 1e-3
"""Largest difference, relative to the representation's length, that rounding explains."""

HALF_TOLERANCE = 3e-2
"""The same for a model that computes in 16 bits."""


def relative_difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the length of the difference divided by the larger of the two lengths.

    0 for equal vectors, zero ones included.
    """
    first, second = one.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    length = max(float(np.linalg.norm(first)), float(np.linalg.norm(second)))
    return float(np.linalg.norm(first - second)) / length if length else 0.0


def check_independent(
    encode: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    batch: NDArray[np.float32],
    tolerance: float = TOLERANCE,
    advice: str = "",
) -> None:
    """Compare the last input's representation within a batch and alone.

    Parameters
    ----------
    encode
        From a batch to (N, D); it may give NaN, about which nothing is said here.
    batch
        (n, C, *size) float32; with a single input, black is put beside it.
    tolerance
        Largest relative difference that passes.
    advice
        What to do about it, where the caller knows more.

    Raises
    ------
    ModelError
        If the two differ by more than `tolerance`: similarities would then depend on how masks
        are packed into batches.
    """
    if len(batch) < 2:
        batch = np.concatenate([np.zeros_like(batch[:1]), batch])
    # copies, since a model may work in place
    within, alone = encode(batch.copy())[-1], encode(batch[-1:].copy())[0]
    if not (np.isfinite(within).all() and np.isfinite(alone).all()):
        return
    difference = relative_difference(within, alone)
    if difference <= tolerance:
        return
    again = encode(batch.copy())[-1]
    if relative_difference(within, again) > tolerance:
        raise ModelError(
            "The encoder gives the same input another representation each time "
            f"({relative_difference(within, again):.1%} apart); expected one that is not random, "
            f"such as a module in evaluation mode.{advice}"
        )
    raise ModelError(
        "The encoder's representation of an input depends on the other inputs of its batch "
        f"({difference:.1%} apart alone and among {len(batch)}); expected a row that depends on "
        f"its own input only. Batch normalisation in training mode does this.{advice}"
    )
