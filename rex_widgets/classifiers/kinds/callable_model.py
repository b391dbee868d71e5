"""Any function from a batch to scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.function_call import FunctionCall, function_identity
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape


class CallableClassifier(ModelClassifier):
    """A function of a batch (N, C, *size), or of other axes where the shape says so.

    The function gets numpy arrays. One that refuses these with a TypeError or AttributeError,
    in a process where torch is loaded, gets torch tensors from then on.
    """

    def __init__(self, function: Callable[[Any], Any], caller: FunctionCall, **common: Any) -> None:
        super().__init__(runtime="callable", **common)
        self._function = function
        self._caller = caller

    def _evaluate(self, batch: Any) -> Any:
        return self._caller(batch)

    def _identity(self) -> bytes:
        return function_identity(self._function)


@KINDS.register(90)
def callable_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of any callable."""
    if not callable(model) or isinstance(model, type):
        return None
    found = find_metadata(model, options)
    shape, settled = known_shape(options, found)
    # (1, 3, 224, 224) is how people write a shape; it does not mean "one at a time".
    shape = replace(shape, batch=None if shape.batch == 1 else shape.batch)
    caller = FunctionCall(model)
    caller.shape = shape

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> NDArray[np.float32]:
        caller.shape = trial
        return as_scores(caller(batch), len(batch))

    reader = ScoreReader(options.activation, options.binary_threshold)
    choices: tuple[str, ...] = ()
    classes = None
    told = options.mean is not None or options.std is not None or options.labels is not None
    picture = shape.kind in (None, "image")
    if settled and (told or found or not picture) and not shape.assumed:
        # Nothing is left to guess from the number of classes: the model is not called.
        shape = replace(shape, channels=shape.channels or (3 if picture else 1))
    else:
        shape, scores, choices = find_shape(shape, settled, evaluate)
        classes = int(scores.shape[1])
    caller.shape = shape
    agreed = settle(options, found, shape, classes)
    return CallableClassifier(
        model,
        caller,
        name=options.name or getattr(model, "__name__", type(model).__name__),
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=reader,
        choices=(*choices, *agreed.choices),
        fixed_batch=shape.batch,
    )
