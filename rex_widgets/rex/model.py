"""A script's prediction function as a classifier."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import ModelClassifier
from rex_widgets.classifiers.function_call import function_identity
from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.errors import ModelError
from rex_widgets.rex.layout import Layout

if TYPE_CHECKING:
    import torch

    from rex_widgets.rex.data import Data

USUAL_CLASSES = 1000
"""Classes that a function has which tells one class for each mutant, unless more are seen."""


class PredictionClassifier(ModelClassifier):
    """The prediction function of a ReX script, for one input.

    Parameters
    ----------
    function
        ``(mutants, target=None, raw=False, binary_threshold=None)``, or with fewer arguments.
        With ``raw`` it gives probabilities ``(N, K)``, else a `Prediction` for each mutant.
    data, layout
        The input, with its target, and where its axes are.
    binary_threshold
        Of a model with two classes.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        data: Data,
        layout: Layout,
        binary_threshold: float | None = None,
    ) -> None:
        self._function = function
        self._layout = layout
        self._target = data.target
        self._singly = False
        self._width = max(USUAL_CLASSES, _index(data.target) + 1)
        self._keywords = _keywords(function, data.target, binary_threshold)
        single = _are_predictions(self._ask(_batched(data.data, layout)))
        choices: tuple[str, ...] = ()
        if single:
            choices = (
                "The prediction function tells one class and its confidence per mutant: other "
                "classes count as 0.",
            )
        threshold = None if single else binary_threshold
        super().__init__(
            name=getattr(function, "__name__", type(function).__name__),
            preprocessing=Preprocessing(
                size=layout.space, channels=layout.channels, kind=layout.kind, scale=1.0
            ),
            labels=None,
            reader=ScoreReader("none" if single else None, threshold),
            runtime="prediction function",
            choices=choices,
            array_library="torch",
            device=str(data.device),
        )

    @property
    def classes(self) -> int:
        """Number of classes that can be given."""
        return self._reader.classes or self._width

    def _evaluate(self, batch: Any) -> Any:
        mutants = self._layout.theirs(batch)
        if self._singly or len(mutants) == 1:
            return np.concatenate([self._scores(one[None]) for one in mutants])
        try:
            return self._scores(mutants)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            # many functions were only ever given one mutant at a time
            try:
                scores = np.concatenate([self._scores(one[None]) for one in mutants])
            except Exception:
                raise error from None
            self._singly = True
            self._choices.append(
                "The prediction function takes one mutant at a time; one that takes a batch would "
                "be faster."
            )
            return scores

    def _identity(self) -> bytes:
        return function_identity(self._function)

    def _ask(self, mutants: torch.Tensor) -> Any:
        import torch

        with torch.no_grad():
            return self._function(mutants, **self._keywords)

    def _scores(self, mutants: torch.Tensor) -> NDArray[np.float32]:
        result = self._ask(mutants)
        if not _are_predictions(result):
            return as_scores(result, len(mutants))
        predictions = result if isinstance(result, list | tuple) else [result]
        if len(predictions) != len(mutants):
            raise ModelError(
                f"The prediction function returned {len(predictions)} predictions for "
                f"{len(mutants)} mutants; expected one each."
            )
        scores = np.zeros((len(mutants), self._width), dtype=np.float32)
        for row, prediction in zip(scores, predictions, strict=True):
            if prediction.target_confidence is not None:
                row[_index(self._target)] = float(prediction.target_confidence)
            if prediction.classification is None:
                continue  # nothing was detected in this mutant
            index = int(prediction.classification)
            if not 0 <= index < self._width:
                raise ModelError(
                    f"The prediction function returned class {index}; expected 0 to "
                    f"{self._width - 1}. Let it return probabilities (N, K) when raw is true."
                )
            row[index] = float(prediction.confidence)
        return scores


def _batched(data: Any, layout: Layout) -> Any:
    return data.reshape(1, *layout.shape)


def _keywords(
    function: Callable[..., Any], target: Any, binary_threshold: float | None
) -> dict[str, Any]:
    """The keywords that a function takes, of those that ReX gives."""
    try:
        accepted = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
    wanted = {"target": target, "raw": True, "binary_threshold": binary_threshold}
    return {name: value for name, value in wanted.items() if anything or name in accepted}


def _are_predictions(result: Any) -> bool:
    items = result if isinstance(result, list | tuple) else [result]
    return bool(items) and all(hasattr(item, "classification") for item in items)


def _index(target: Any) -> int:
    index = getattr(target, "classification", None)
    return 0 if index is None else int(index)
