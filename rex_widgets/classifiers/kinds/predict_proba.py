"""Objects with `predict_proba`, as scikit-learn has them."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import Metadata, find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.preprocessing import PICTURE_CHANNELS
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape, unknown_size
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError

_SMALLEST_SIDE = 8
"""Side from which a square number of features is taken for a picture rather than a row."""


class ProbaClassifier(ModelClassifier):
    """An object with `predict_proba`; flattened rows in the order height, width, channels.

    One with `feature_names_in_` is given data frames with these columns.
    """

    def __init__(self, model: Any, flat: bool, shape: InputShape, **common: Any) -> None:
        super().__init__(runtime="predict_proba", **common)
        self._model = model
        self._flat = flat
        self._shape = shape

    def _evaluate(self, batch: Any) -> Any:
        return _predict(self._model, batch, self._flat, self._shape)

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
    names = _feature_names(model)
    found = (*find_metadata(model, options), *names)
    features = getattr(model, "n_features_in_", None)
    flat = isinstance(features, int | np.integer) and not isinstance(features, bool)
    own = InputShape()
    choices: tuple[str, ...] = ()
    if flat:
        assert features is not None
        shape, choices = _shape_of(int(features), options, named=bool(names))
        settled = True
    else:
        shape, settled = known_shape(options, found, own)
    shape = replace(shape, batch=None)

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> NDArray[np.float32]:
        return as_scores(_predict(model, batch, flat, trial), len(batch))

    shape, scores, tried = find_shape(shape, settled, evaluate)
    if options.labels is None and not any(m.labels for m in found):
        classes = getattr(model, "classes_", None)
        if classes is not None and len(classes) == scores.shape[1]:
            options = replace(options, labels=tuple(str(name) for name in classes))
            choices = (*choices, "Labels from the model's classes_.")
    # Other columns than 1000 pictures' classes: a guess at ImageNet makes no sense here.
    agreed = settle(options, found, shape, None)
    return ProbaClassifier(
        model,
        flat,
        shape,
        name=options.name or type(model).__name__,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(options.activation or "none", options.binary_threshold),
        choices=(*tried, *choices, *agreed.choices),
    )


def _feature_names(model: object) -> tuple[Metadata, ...]:
    names = getattr(model, "feature_names_in_", None)
    if names is None or len(names) == 0:
        return ()
    told = tuple(str(name) for name in names)
    return (Metadata(source="the model's feature_names_in_", feature_names=told),)


def _shape_of(
    features: int, options: ClassifierOptions, named: bool
) -> tuple[InputShape, tuple[str, ...]]:
    """Return the shape that has a number of features: as given, a picture, or a row."""
    if options.input_shape is not None:
        return _given_shape(features, options), ()
    kind = options.kind
    if kind == "volume" or (kind in ("signal", "audio") and options.fallback_shape is not None):
        given, _ = known_shape(options, ())
        if given.size is None:
            raise unknown_size(given)
        if (given.channels or 1) * prod(given.size) != features:
            raise ModelError(
                f"The model takes {features} features, but this input is {given.shown()}; they "
                "must be equal. Give input_shape, or an input of that many values."
            )
        return replace(given, assumed=False), ()
    side = picture_side(features)
    if kind == "image" and side is None:
        raise ModelError(
            f"The model takes {features} features, which is no square picture of 1, 3 or 4 "
            "channels; give input_shape=(channels, height, width)."
        )
    if side is not None and (
        kind == "image" or (kind is None and not named and side[1] >= _SMALLEST_SIDE)
    ):
        channels, length = side
        return InputShape(channels, (length, length), kind="image"), (
            f"{features} features taken as {channels} channel(s) of {length}x{length}, flattened "
            "by row; say otherwise with input_shape or mode='tabular'.",
        )
    row = InputShape(1, (features,), kind=kind or "table", channel_axis=False)
    return row, ()


def picture_side(features: int) -> tuple[int, int] | None:
    """Return channels and side of the square picture that has a number of values."""
    for channels in PICTURE_CHANNELS:
        side = math.isqrt(features // channels)
        if channels * side * side == features:
            return channels, side
    return None


def _given_shape(features: int, options: ClassifierOptions) -> InputShape:
    assert options.input_shape is not None
    given, _ = known_shape(options, ())
    if given.size is None:
        raise ModelError(
            f"The model takes {features} features, so input_shape needs every length but the "
            "batch's."
        )
    channels = given.channels or max(features // prod(given.size), 1)
    values = channels * prod(given.size)
    if values != features:
        raise ModelError(
            f"input_shape={tuple(options.input_shape)} makes {values} "
            f"values, but the model takes {features} features; they must be equal."
        )
    return replace(given, channels=channels)


def _predict(model: Any, batch: Any, flat: bool, shape: InputShape) -> Any:
    array = np.asarray(batch)
    if not flat:
        return model.predict_proba(shape.arrange(array))
    if shape.kind == "image":
        # Pictures are flattened as they lie in memory: by row, the channels together.
        array = np.moveaxis(array, 1, -1)
    rows: Any = np.ascontiguousarray(array.reshape(len(array), -1))
    names = getattr(model, "feature_names_in_", None)
    if names is not None and len(names) == rows.shape[1]:
        rows = _framed(rows, names)
    return model.predict_proba(rows)


def _framed(rows: NDArray[np.float32], names: Any) -> Any:
    # An estimator that was fitted on a data frame warns of rows without names.
    try:
        from pandas import DataFrame
    except ImportError:
        return rows
    return DataFrame(rows, columns=list(names))
