"""ReX scripts: a Python file with `prediction_function` and a model shape.

The file is run, which is why it is only read when the person names it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.kinds.rex_predictor import Predictor
from rex_widgets.classifiers.kinds.rex_preprocess import (
    measured_normalisation,
    read_with_preprocess,
)
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import probe_batch
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape, parse_shape
from rex_widgets.errors import ModelError


class ScriptClassifier(ModelClassifier):
    """The prediction function of a ReX script.

    Attributes
    ----------
    reads
        Whether the script has a `preprocess`, so that `read_input` works.
    """

    def __init__(
        self,
        predictor: Predictor,
        identity: bytes,
        preprocess: Callable[..., Any] | None,
        shape: InputShape,
        **common: Any,
    ) -> None:
        super().__init__(runtime="ReX script", **common)
        self._predictor = predictor
        self._hash = identity
        self._preprocess = preprocess
        self._shape = shape
        self.reads = preprocess is not None

    @property
    def namespace(self) -> Mapping[str, Any]:
        """Names at the script's top level; empty where the function does not tell them."""
        return self._predictor.namespace

    def read_input(
        self, path: str | Path, mode: str | None = None
    ) -> tuple[NDArray[np.float32], str | None]:
        """Read a file with the script's `preprocess`.

        Parameters
        ----------
        path
            The file.
        mode
            What the function is told to read, where it takes a mode: "tabular", "voxel", …

        Returns
        -------
        data, mode
            (C, *size) float32 as the model takes it, and the mode that the result tells.

        Raises
        ------
        ModelError
            If the script has no `preprocess`, or it returns other axes than the model's.
        """
        if self._preprocess is None:
            raise ModelError(
                f"The script {self.name!r} has no function preprocess(path, shape, device, mode); "
                "give the input as an array."
            )
        return read_with_preprocess(self._preprocess, path, self._shape, mode)

    def bounding_box(self, data: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
        """Return the box that the script's prediction of a picture gives.

        Parameters
        ----------
        data
            (C, H, W), the whole input.

        Returns
        -------
        tuple or None
            First and last row, first and last column (the last ones not in the box), inside the
            picture; None where the prediction has no box, or it is empty.
        """
        height, width = data.shape[-2:]
        for prediction in self._predictor.predictions(data[None]) or ():
            box = getattr(prediction, "bounding_box", None)
            if box is None:
                continue
            # ReX has them as left, top, right, bottom.
            left, top, right, bottom = (int(place) for place in box)
            top, bottom = max(top, 0), min(bottom, height)
            left, right = max(left, 0), min(right, width)
            return (top, bottom, left, right) if top < bottom and left < right else None
        return None

    def _evaluate(self, batch: Any) -> Any:
        return self._predictor(batch)

    def _identity(self) -> bytes:
        return self._hash


@KINDS.register(15)
def script_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of the path of a ReX script."""
    if not isinstance(model, str | Path) or Path(model).suffix.lower() != ".py":
        return None
    path = Path(model)
    if not path.is_file():
        raise ModelError(f"The script {path.name!r} does not exist; check the path.")
    script = _run(path)
    function = getattr(script, "prediction_function", None)
    if not callable(function):
        raise ModelError(
            f"The script {path.name!r} has no function prediction_function(mutants, target=None, "
            "raw=False, binary_threshold=None); a ReX script needs one."
        )
    shape = _shape(script, path, options)
    found = find_metadata(function, options)
    measured = None
    picture = shape.kind == "image"
    if picture and options.mean is None and options.std is None and not found:
        measured = measured_normalisation(script, shape)
    if measured is not None:
        found = (*found, measured)
    known = settle(options, found, shape, None).labels
    # Scripts made with torch do not say so; that torch is loaded after running one does.
    predictor = Predictor(
        function,
        shape,
        "torch" in sys.modules,
        options.binary_threshold,
        len(known) if known else 1000,
    )
    scores = predictor(probe_batch(shape))
    single = predictor.single
    agreed = settle(options, found, shape, None if single and not known else scores.shape[1])
    choices = agreed.choices
    if single:
        choices = (
            *choices,
            "The script tells one class and its confidence per mutant: other classes count as 0.",
        )
    preprocess = getattr(script, "preprocess", None)
    activation = "none" if single and options.activation is None else options.activation
    return ScriptClassifier(
        predictor,
        sha256(path.read_bytes()).digest(),
        preprocess if callable(preprocess) else None,
        shape,
        name=options.name or path.stem,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(activation, options.binary_threshold),
        choices=choices,
        fixed_batch=shape.batch,
    )


def _run(path: Path) -> ModuleType:
    name = f"_rex_script_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and the like look their module up by name while it is being run.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _shape(script: ModuleType, path: Path, options: ClassifierOptions) -> InputShape:
    if options.input_shape is not None:
        given: Any = options.input_shape
    else:
        given = getattr(script, "model_shape", None)
        if callable(given):
            given = given()
        if given is None:
            model = getattr(script, "model", None)
            given = getattr(model, "model_shape", None) or getattr(model, "input_shape", None)
            if callable(given):
                given = given()
    if given is None:
        raise ModelError(
            f"The script {path.name!r} does not tell the model's shape; expected "
            'model_shape = ["N", 3, 224, 224] or a function that returns it. Or give input_shape.'
        )
    shape = _parsed(script, list(given), options)
    if shape.size is None:
        raise ModelError(
            f"The script {path.name!r} gives the shape {list(given)}; expected numbers for all "
            "axes but the batch, such as a height and a width. Or give input_shape."
        )
    channels = shape.channels or (3 if shape.kind == "image" else 1)
    return replace(shape, channels=channels, batch=None if shape.batch == 1 else shape.batch)


def _parsed(script: ModuleType, given: list[Any], options: ClassifierOptions) -> InputShape:
    mode = getattr(script, "mode", None)
    told = options if options.mode or not isinstance(mode, str) else replace(options, mode=mode)
    if options.input_shape is not None:
        return parse_shape(given, told.kind)
    worded = bool(given) and isinstance(given[0], str)
    # A picture's (C, H, W) is usual too; any other shape has the batch in front.
    batched = None if len(given) == 3 and not worded else True
    if told.kind is None and len(given) == 4 and not {1, 3, 4} & {given[1], given[3]}:
        return parse_shape(given, "volume", batched=True)
    return parse_shape(given, told.kind, batched=batched)
