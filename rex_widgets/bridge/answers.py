"""What the classifier said of the estimates, step by step."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import SavedRunError

MOST_CLASSES = 1000
"""A classifier with more has only the source and the target kept."""


class Answers:
    """Probabilities of every sample at every step.

    Parameters
    ----------
    steps, samples
        How many there will be.
    source, target
        The classes that are kept in any case.

    Attributes
    ----------
    classes
        Which classes are kept, int64 ``(K,)``; empty before the first answer.
    """

    def __init__(self, steps: int, samples: int, source: int, target: int) -> None:
        self._steps, self._samples = steps, samples
        self._pair = (source, target)
        self.classes: NDArray[np.int64] = np.zeros(0, np.int64)
        self._table: NDArray[np.float32] = np.zeros((steps, samples, 0), np.float32)

    def wanted(self, at: int, looks: int) -> bool:
        """Say whether the classifier is asked at this step, if at only some of them."""
        if not looks or looks >= self._steps:
            return True
        chosen = np.linspace(0, self._steps - 1, max(looks, 2))
        return at in np.rint(chosen).astype(int)

    def put(self, at: int, probabilities: NDArray[np.float32] | None) -> None:
        """Note the answers ``(n, K)`` of a step; None: those of the step before stand."""
        if probabilities is None:
            self._table[at] = self._table[at - 1]
            return
        if not len(self.classes):
            self._begin(probabilities.shape[1])
        self._table[at] = probabilities[:, self.classes]

    def until(self, at: int) -> NDArray[np.float32]:
        """Return the answers of the steps done, read-only ``(at, n, K)``."""
        found = self._table[:at].view()
        found.flags.writeable = False
        return found

    def copy_until(self, other: Answers, at: int) -> None:
        """Take over what `other` has of the first steps; NaN for a class that it did not keep."""
        if not at:
            return
        new = sorted(set(self._pair) - set(other.classes.tolist()))
        self.classes = np.concatenate([other.classes, np.array(new, np.int64)])
        self._table = np.zeros((self._steps, self._samples, len(self.classes)), np.float32)
        self._table[:at, :, : len(other.classes)] = other._table[:at]
        self._table[:at, :, len(other.classes) :] = np.nan

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that `restore` needs."""
        return {
            "classes": torch.from_numpy(self.classes.copy()),
            "probabilities": torch.from_numpy(self._table.copy()),
        }

    def restore(self, state: dict[str, torch.Tensor | str]) -> None:
        """Take over what `state` gave.

        Raises
        ------
        SavedRunError
            Its shape is another.
        """
        classes, table = state.get("classes"), state.get("probabilities")
        if not isinstance(classes, torch.Tensor) or not isinstance(table, torch.Tensor):
            raise SavedRunError("The saved probabilities are no tensors.")
        expected = (self._steps, self._samples, len(classes))
        if tuple(table.shape) != expected:
            raise SavedRunError(
                f"The saved probabilities have the shape {tuple(table.shape)}; expected {expected}."
            )
        self.classes = classes.numpy().astype(np.int64)
        self._table = table.numpy().astype(np.float32)

    def _begin(self, classes: int) -> None:
        everything = np.arange(classes, dtype=np.int64)
        self.classes = everything if classes <= MOST_CLASSES else np.array(self._pair, np.int64)
        self._table = np.zeros((self._steps, self._samples, len(self.classes)), np.float32)
