"""Objects with `predict_proba`, as scikit-learn has them."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError


class ProbaClassifier(ModelClassifier):
    """An object with `predict_proba`; flattened rows in the order height, width, channels."""

    def __init__(self, model: Any, flat: bool, channels_last: bool, **common: Any) -> None:
        super().__init__(runtime="predict_proba", **common)
        self._model = model
        self._flat = flat
        self._channels_last = channels_last

    def _evaluate(self, batch: Any) -> Any:
        return _predict(self._model, batch, self._flat, self._channels_last)

    def _identity(self) -> bytes:
        digest = sha256(f"{type(self._model).__module__}.{type(self._model).__qualname__}".encode())
        for name, value in sorted(getattr(self._model, "__dict__", {}).items()):
            digest.update(name.encode())
            if isinstance(value, np.ndarray) and value.dtype.kind in "iufb":
                digest.update(np.ascontiguousarray(value).tobytes())
            elif isinstance(value, int | float | str | bool):
                digest.update(repr(value).encode())
        return digest.digest()


@KINDS.register(40)
def proba_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of an object with predict_proba."""
    if isinstance(model, type) or not callable(getattr(model, "predict_proba", None)):
        return None
    found = find_metadata(model, options)
    features = getattr(model, "n_features_in_", None)
    flat = isinstance(features, int | np.integer) and not isinstance(features, bool)
    own = InputShape()
    choices: tuple[str, ...] = ()
    if flat:
        assert features is not None
        own, choices = _shape_of(int(features), options)
    shape, settled = known_shape(options, found, own)
    if flat and (shape.channels, shape.size) != (own.channels, own.size):
        shape = replace(shape, channels=own.channels, size=own.size)
    shape = replace(shape, batch=None)

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> NDArray[np.float32]:
        return as_scores(_predict(model, batch, flat, trial.channels_last), len(batch))

    shape, scores, tried = find_shape(shape, settled, evaluate)
    if options.labels is None and not any(m.labels for m in found):
        names = getattr(model, "classes_", None)
        if names is not None and len(names) == scores.shape[1]:
            options = replace(options, labels=tuple(str(name) for name in names))
            choices = (*choices, "Labels from the model's classes_.")
    # Other columns than 1000 pictures' classes: a guess at ImageNet makes no sense here.
    agreed = settle(options, found, shape, None)
    return ProbaClassifier(
        model,
        flat,
        shape.channels_last,
        name=options.name or type(model).__name__,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(options.activation or "none", options.binary_threshold),
        choices=(*tried, *choices, *agreed.choices),
    )


def _shape_of(features: int, options: ClassifierOptions) -> tuple[InputShape, tuple[str, ...]]:
    """Return the picture shape that has a number of features, as given or square."""
    if options.input_shape is not None:
        given, _ = known_shape(options, ())
        if given.size is None:
            raise ModelError(
                f"The model takes {features} features, so input_shape needs a height and a width."
            )
        height, width = given.size
        channels = given.channels or max(features // (height * width), 1)
        if channels * height * width != features:
            raise ModelError(
                f"input_shape={tuple(options.input_shape)} makes {channels * height * width} "
                f"values, but the model takes {features} features; they must be equal."
            )
        return replace(given, channels=channels), ()
    for channels in (1, 3):
        side = math.isqrt(features // channels)
        if channels * side * side == features:
            return InputShape(channels, (side, side)), (
                f"{features} features taken as {channels} channel(s) of {side}x{side}, flattened "
                "by row; say otherwise with input_shape.",
            )
    raise ModelError(
        f"The model takes {features} features, which is no square picture of 1 or 3 channels; "
        "give input_shape=(channels, height, width)."
    )


def _predict(model: Any, batch: Any, flat: bool, channels_last: bool) -> Any:
    array = np.asarray(batch)
    if flat:
        # Pictures are flattened as they lie in memory: by row, the channels together.
        array = np.moveaxis(array, 1, -1).reshape(len(array), -1)
    elif channels_last:
        array = np.moveaxis(array, 1, -1)
    return model.predict_proba(np.ascontiguousarray(array))
