"""When two runtimes give the same answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rex_widgets.classifiers.probabilities import ScoreReader

PROBABILITY_TOLERANCE = 1e-4
"""Largest difference of a probability from the module's own."""
MARGIN = 2e-4
"""Gap between the two best classes above which the class must be the module's own."""


class Refused(Exception):
    """Another runtime is not used, for the reason that this carries."""


Agreement = Callable[[NDArray[np.float32], NDArray[np.float32]], str]
"""Compares the module's own answers with another runtime's: raises `Refused`, or says in words how
well they agree."""


def same_classes(reader: ScoreReader) -> Agreement:
    """Return the comparison of class probabilities, (N, K): close, and the same class given."""

    def compare(own: NDArray[np.float32], other: NDArray[np.float32]) -> str:
        check_classes(reader, own, other)
        difference = float(np.abs(other - own).max())
        return f"its probabilities differ by at most {difference:.1g}"

    return compare


def check_classes(
    reader: ScoreReader, own: NDArray[np.float32], other: NDArray[np.float32]
) -> None:
    """Raise `Refused` where a probability differs clearly, or another class is given."""
    if own.shape != other.shape:
        raise Refused(f"ONNX Runtime gives {other.shape[1]} classes instead of {own.shape[1]}")
    difference = float(np.abs(own - other).max())
    if difference > PROBABILITY_TOLERANCE:
        raise Refused(f"ONNX Runtime's probabilities differ by {difference:.1g}")
    best = np.sort(own, axis=1)[:, -2:]
    clear = best[:, 1] - best[:, 0] > MARGIN
    if (reader.decide(own) != reader.decide(other))[clear].any():
        raise Refused("ONNX Runtime gives another class to a mutant")
