"""Calling the `prediction_function` of a ReX script."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError


class Predictor:
    """Calls `prediction_function` and reads probabilities or one prediction per mutant.

    Parameters
    ----------
    function
        ``prediction_function(mutants, target=None, raw=False, binary_threshold=None)``, or with
        fewer of these.
    shape
        The axes that the function takes.
    tensors
        Whether it takes torch tensors instead of numpy arrays.
    threshold
        Passed on as `binary_threshold`.
    width
        Number of classes, where the function tells only one per mutant.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        shape: InputShape,
        tensors: bool,
        threshold: float | None,
        width: int,
    ) -> None:
        self._function = function
        self._shape = shape
        self._tensors = tensors
        self._width = width
        self.single = False
        accepted = inspect.signature(function).parameters
        anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
        wanted = {"target": None, "raw": True, "binary_threshold": threshold}
        self._keywords = {k: v for k, v in wanted.items() if anything or k in accepted}

    @property
    def namespace(self) -> Mapping[str, Any]:
        """Names where the function was defined; empty where it does not tell them."""
        held: Mapping[str, Any] = getattr(self._function, "__globals__", {})
        return held

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, K) scores of a batch (N, C, *size)."""
        result = self._function(self._arranged(batch), **self._keywords)
        predictions = _predictions(result)
        if predictions is not None:
            self.single = True
            return self._one_hot(predictions, len(batch))
        return as_scores(result, len(batch))

    def predictions(self, batch: NDArray[np.float32]) -> Sequence[Any] | None:
        """Return the script's prediction objects, None where it gives bare scores."""
        keywords = {**self._keywords, **({"raw": False} if "raw" in self._keywords else {})}
        return _predictions(self._function(self._arranged(batch), **keywords))

    def _arranged(self, batch: NDArray[np.float32]) -> Any:
        array = self._shape.arrange(np.asarray(batch))
        return _as_tensor(array) if self._tensors else array

    def _one_hot(self, predictions: Any, rows: int) -> NDArray[np.float32]:
        if len(predictions) != rows:
            raise ModelError(
                f"prediction_function returned {len(predictions)} predictions for {rows} mutants; "
                "expected one each."
            )
        scores = np.zeros((rows, self._width), dtype=np.float32)
        for row, prediction in enumerate(predictions):
            index = int(prediction.classification)
            if not 0 <= index < self._width:
                raise ModelError(
                    f"prediction_function returned class {index}, but {self._width} classes are "
                    "known; give labels=[...], one for each class."
                )
            scores[row, index] = float(prediction.confidence)
        return scores


def _predictions(result: Any) -> Sequence[Any] | None:
    items = result if isinstance(result, list | tuple) else [result]
    told = bool(items) and all(hasattr(item, "classification") for item in items)
    return items if told else None


def _as_tensor(array: NDArray[np.float32]) -> Any:
    import torch

    return torch.from_numpy(array if array.flags.writeable else array.copy())
