"""What a ranking is to the search: a source of masks of its own, and a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, Shape

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Question:
    """What is explained, as far as a ranking needs to know it.

    Parameters
    ----------
    shape
        Of the input without channels.
    seed
        Of the run.
    target, confidence
        The explained class and its probability on the whole input.
    threshold
        Share of the confidence that an explanation must keep.
    masks
        Masks per round; there is one round for every finished tree.
    inside
        Bool of ``shape``: the only places that are searched. What a mask has of
        others is not shown, and is taken out before it is absorbed; ``None``
        for no such bounds.
    """

    shape: Shape
    seed: int
    target: int
    confidence: float
    threshold: float
    masks: int
    inside: NDArray[np.bool_] | None = None


class Estimator(Protocol):
    """A ranking that asks for masks of its own, in rounds.

    A round reads nothing but the question, its number and the rounds before it,
    so that neither the batch size nor a pause can change what comes out. A
    round's masks are proposed together and absorbed together.
    """

    def propose(self, number: int) -> list[Mask]:
        """Masks of a round; calling it twice gives the same masks."""

    def absorb(self, number: int, masks: Sequence[Mask], answers: Sequence[Entry]) -> None:
        """Take the answers to `propose`."""

    def map(self, responsibility: NDArray[np.float64]) -> NDArray[np.float64]:
        """The ranking so far, of the input's shape; the responsibility map may be used."""

    def arrays(self) -> Arrays:
        """The state between two rounds."""

    def restore(self, arrays: Arrays) -> None:
        """Take over what `arrays` gave."""
