"""From class scores to probabilities and to the class that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.options import Activation
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.errors import ModelError, NotFiniteError

_SUM_TOLERANCE = 1e-3
"""How far from 1 a row of half-precision probabilities may sum."""


class ScoreReader:
    """Reads a model's raw output as probabilities; decides how at the first batch.

    Parameters
    ----------
    activation
        "softmax", "sigmoid", "none", a function of the (N, K) scores, or None to find out:
        rows that already are probabilities stay as they are, else softmax (sigmoid for a
        model with a single output).
    binary_threshold
        Probability from which class 1 of two is given; None means the larger of the two, and
        0.5 for a model with a single output.
    """

    def __init__(self, activation: Activation | None, binary_threshold: float | None) -> None:
        self._activation: Activation | None = activation
        self._asked = activation
        self.threshold = binary_threshold
        self.outputs: int | None = None
        self.classes: int | None = None
        self.choices: list[str] = []

    @property
    def activation(self) -> Activation | None:
        """What turns scores into probabilities; None until the first batch has told."""
        return self._activation

    def read(self, output: Any, rows: int) -> NDArray[np.float32]:
        """Return (rows, K) probabilities, float32.

        Raises
        ------
        ModelError
            For NaN or infinite values, a shape that is not (rows, K), another K than before,
            or values that are no probabilities although the model was taken to give them.
        """
        scores = as_scores(output, rows)
        if self.outputs is None:
            self._decide(scores)
        elif scores.shape[1] != self.outputs:
            raise ModelError(
                f"The model returned {scores.shape[1]} classes, but {self.outputs} before; "
                "expected the same number for every batch."
            )
        probabilities = self._activate(scores)
        # One sum finds any NaN or infinity: probabilities cannot cancel.
        if not np.isfinite(probabilities.sum()):
            raise _not_finite(scores)
        if self.outputs == 1:
            probabilities = np.concatenate((1 - probabilities, probabilities), axis=1)
        return probabilities

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the class given to each row: (N,) int64."""
        if self.threshold is not None and probabilities.shape[1] == 2:
            return (probabilities[:, 1] >= self.threshold).astype(np.int64)
        given: NDArray[np.int64] = probabilities.argmax(axis=1)
        return given

    def _decide(self, scores: NDArray[np.float32]) -> None:
        if not np.isfinite(scores).all():
            raise _not_finite(scores)
        count = scores.shape[1]
        if self.threshold is not None and count > 2:
            raise ModelError(
                f"binary_threshold={self.threshold} was given, but the model has {count} "
                "classes; it needs a model with one output or two."
            )
        if self._activation is None:
            self._activation = self._find_activation(scores)
        if count == 1:
            self.threshold = 0.5 if self.threshold is None else self.threshold
            self.choices.append(
                "The model has a single output: read as two classes, class 1 from a probability "
                f"of {self.threshold:g} on (binary_threshold)."
            )
        self.outputs = count
        self.classes = max(count, 2)

    def _find_activation(self, scores: NDArray[np.float32]) -> Activation:
        if scores.shape[1] == 1:
            if scores.min() >= 0 and scores.max() <= 1:
                self.choices.append(
                    "The single output lies in 0..1: taken as a probability "
                    "(activation='sigmoid' if it is a logit)."
                )
                return "none"
            self.choices.append("The single output is a logit: sigmoid applied.")
            return "sigmoid"
        sums = scores.sum(axis=1)
        if scores.min() >= 0 and np.abs(sums - 1).max() <= _SUM_TOLERANCE:
            self.choices.append("The model's rows are probabilities already: used as they are.")
            return "none"
        self.choices.append("Softmax applied to the model's scores.")
        return "softmax"

    def _activate(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._activation == "softmax":
            return softmax(scores)
        if self._activation == "sigmoid":
            return _sigmoid(scores)
        if self._activation == "none":
            # NaN passes both comparisons and is told by the caller.
            if scores.min() < -1e-3 or scores.max() > 1 + 1e-3:
                raise self._no_probabilities(scores)
            return scores
        assert callable(self._activation)
        probabilities = as_scores(self._activation(scores), len(scores))
        if probabilities.shape[1] != scores.shape[1]:
            raise ModelError(
                f"The activation made {probabilities.shape[1]} columns of {scores.shape[1]}; "
                "expected probabilities of the same shape as the scores."
            )
        return probabilities

    def _no_probabilities(self, scores: NDArray[np.float32]) -> ModelError:
        low, high = float(scores.min()), float(scores.max())
        why = (
            "activation='none' says that they are probabilities"
            if self._asked == "none"
            else "the first batch looked like probabilities"
        )
        return ModelError(
            f"The model's values lie in {low:.4g}..{high:.4g}, but {why} (0..1). "
            "Give activation='softmax' or 'sigmoid'."
        )


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the softmax of each row, (N, K) float32; a row's result ignores the other rows."""
    shifted: NDArray[np.float32] = scores - scores.max(axis=1, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted


def _sigmoid(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    # exp of a negative number never overflows.
    decay = np.exp(-np.abs(scores))
    return np.where(scores >= 0, 1 / (1 + decay), decay / (1 + decay)).astype(np.float32)


def _not_finite(scores: NDArray[np.float32]) -> NotFiniteError:
    bad = ~np.isfinite(scores)
    rows = int(bad.any(axis=1).sum())
    what = "NaN" if np.isnan(scores).any() else "infinity"
    return NotFiniteError(
        f"The model returned {what} for {rows} of {len(scores)} inputs; expected finite scores. "
        "Check the preprocessing (mean, std, scale), or a model in half precision that overflows."
    )
