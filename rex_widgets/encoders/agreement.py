"""When two runtimes give the same representations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.agreement import Refused

LARGEST_DIFFERENCE = 1e-4
"""Length of the difference of two representations, relative to the module's own."""

LEAST_COSINE = 1 - 1e-6
"""Cosine of the two."""


def same_representations(own: NDArray[np.float32], other: NDArray[np.float32]) -> str:
    """Compare the module's own representations, (N, D), with another runtime's.

    Returns
    -------
    str
        How well they agree, as words.

    Raises
    ------
    Refused
        If one of them differs by more than `LARGEST_DIFFERENCE`, or points elsewhere.
    """
    if own.shape != other.shape:
        raise Refused(
            f"ONNX Runtime's representations have {other.shape[1]} values instead of {own.shape[1]}"
        )
    first, second = own.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1)
    tiny = np.finfo(np.float64).tiny
    differences = np.linalg.norm(first - second, axis=1) / np.maximum(lengths, tiny)
    largest = float(differences.max())
    if not largest <= LARGEST_DIFFERENCE:
        raise Refused(f"ONNX Runtime's representations differ by {largest:.1g} of their length")
    products = lengths * np.linalg.norm(second, axis=1)
    cosines = np.sum(first * second, axis=1)[products > 0] / products[products > 0]
    if (cosines < LEAST_COSINE).any():
        raise Refused("ONNX Runtime's representations point elsewhere")
    return f"its representations differ by at most {largest:.1g} of their length"
