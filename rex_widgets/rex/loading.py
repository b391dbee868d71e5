"""From the arguments to the input and the model: `load_and_preprocess_data` and its like."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.classifiers import Classifier, Preprocessing, as_classifier
from rex_widgets.errors import InputError, ModelError
from rex_widgets.input_settings import KIND_OF_MODE, InputSettings
from rex_widgets.inputs import load_sample
from rex_widgets.rex.args import CausalArgs
from rex_widgets.rex.data import Data
from rex_widgets.rex.prediction import Prediction, default_prediction_function

if TYPE_CHECKING:
    import torch


def load_and_preprocess_data(
    model_shape: Sequence[int | str], device: str | torch.device, args: CausalArgs
) -> Data:
    """Read ``args.path`` and make the model's input of it.

    ``args.script.preprocess(path, model_shape, device, mode)`` does it (``mode`` may be missing),
    else `try_preprocess`.

    Raises
    ------
    ModelError
        The script has no function ``preprocess``.
    InputError
        The file cannot be read.
    """
    if args.script is None:
        return try_preprocess(args, model_shape, device)
    preprocess = getattr(args.script, "preprocess", None)
    if not callable(preprocess):
        raise ModelError(
            f"{args.script_location or 'The script'} has no function preprocess(path, shape, "
            "device, mode); a ReX script needs one."
        )
    data: Data = _preprocessed(preprocess, args.path, model_shape, device, args.mode)
    if args.context_location is not None:
        other = _preprocessed(preprocess, args.context_location, model_shape, device, args.mode)
        data.context = other.data
    return data


def try_preprocess(
    args: CausalArgs, model_shape: Sequence[int | str], device: str | torch.device
) -> Data:
    """Read ``args.path`` without a script.

    Pictures are resized, divided by ``args.norm``, and normalised with ``args.means`` and
    ``args.stds``; arrays, .mat, .csv, .wav and NIfTI files are read by their kind and taken as
    they are, unless ``args.means`` or ``args.stds`` are given.
    """
    from PIL import Image

    mode = args.mode or _mode_of(args.path)
    if mode in ("RGB", "L", "RGBA"):
        try:
            with Image.open(args.path) as file:
                picture = file.convert(mode)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{Path(args.path).name!r} cannot be read as a picture: {error}"
            ) from None
        data = Data(picture, model_shape, device, mode=mode)
        data.generic_image_preprocess(means=args.means, stds=args.stds, norm=args.norm)
        return data
    import torch

    data = Data(None, model_shape, device, mode=mode, process=False)
    given = [axis for axis in data.model_shape[1:] if isinstance(axis, int)]
    space = (data.model_height, data.model_width, data.model_depth)
    known = data.kind == "volume" and all(space)
    preprocessing = Preprocessing(
        size=tuple(int(n) for n in space if n) if known else _line(data, given),
        channels=_channels(data),
        kind=data.kind,
        mean=tuple(args.means or ()),
        std=tuple(args.stds or ()),
    )
    sample = load_sample(
        args.path, preprocessing, options=InputSettings(mode=mode), processed=args.processed
    )
    data.input = sample.data
    tensor = torch.from_numpy(np.array(sample.data)).to(device)
    if len(data.model_shape) <= sample.data.ndim and len(sample.data) == 1:
        tensor = tensor[0]
    data.data = tensor[(None,) * (len(data.model_shape) - tensor.ndim)]
    return data


def predict_target(
    data: Data, args: Any = None, prediction_func: Callable[..., Any] | None = None
) -> Prediction:
    """What the model says of the whole input.

    Parameters
    ----------
    data
        The input.
    args
        The arguments (release 0.4), or the prediction function (release 0.3).
    prediction_func
        In release 0.4.

    Returns
    -------
    Prediction
        The first one, if the model finds several.

    Raises
    ------
    ModelError
        The model finds nothing.
    """
    function = args if prediction_func is None else prediction_func
    if not callable(function):
        raise ModelError(
            f"predict_target was given a {type(function).__name__}; expected the prediction "
            "function: predict_target(data, prediction_function)."
        )
    target = function(data.data, None)
    if isinstance(target, list | tuple):
        target = target[0] if target else None
    if target is None or getattr(target, "classification", None) is None:
        raise ModelError(
            "The prediction function found no class for the input; expected a list of one "
            "Prediction. Check the preprocessing."
        )
    found: Prediction = target
    return found


def get_prediction_function(args: CausalArgs) -> tuple[Callable[..., Any], list[int | str]]:
    """The prediction function and the shape of the ONNX model ``args.model``.

    Raises
    ------
    ModelError
        It cannot be read.
    """
    classifier = as_classifier(
        args.model, binary_threshold=args.binary_threshold, mode=args.mode, gpu=args.gpu
    )
    size = classifier.preprocessing.size or ()
    shape: list[int | str] = [classifier.fixed_batch or "N", classifier.preprocessing.channels]
    return _function_of(classifier), [*shape, *size]


def get_prediction_func_from_args(
    args: CausalArgs,
) -> tuple[Callable[..., Any], Sequence[int | str]]:
    """The prediction function and the model's shape, from ``args.script`` or ``args.model``.

    A script has ``prediction_function`` or a torch module ``model``, and ``model_shape``, a list
    or a function that returns it.

    Raises
    ------
    ModelError
        There is neither, or the script does not say all.
    """
    script = args.script
    if script is None:
        if args.model is None:
            raise ModelError("Neither args.model (an ONNX file) nor args.script was given.")
        return get_prediction_function(args)
    function = getattr(script, "prediction_function", None)
    model = getattr(script, "model", None)
    if function is None and callable(model):
        function = default_prediction_function(model)
    shape = getattr(script, "model_shape", None)
    shape = shape() if callable(shape) else shape
    if shape is None:
        shape = getattr(model, "model_shape", None)
    if function is None or shape is None:
        missing = "prediction_function" if function is None else "model_shape"
        raise ModelError(
            f"The script {args.script_location or ''} has no {missing}; a ReX script needs "
            "prediction_function(mutants, target=None, raw=False, binary_threshold=None) and "
            'model_shape = ["N", 3, 224, 224].'
        )
    return function, list(shape)


def load_script(path: str | Path) -> ModuleType:
    """Run a ReX script, and give it as a module, for ``args.script``."""
    from importlib.util import module_from_spec, spec_from_file_location

    file = Path(path)
    spec = spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ModelError(f"The script {file.name!r} does not exist; check the path.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _preprocessed(
    preprocess: Callable[..., Any],
    path: str,
    shape: Sequence[int | str],
    device: str | torch.device,
    mode: str | None,
) -> Any:
    """Call a script's function; older scripts take the mode as well."""
    accepted = inspect.signature(preprocess).parameters
    anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
    if "mode" in accepted or anything:
        return preprocess(path, shape, device, mode=mode)
    return (
        preprocess(path, shape, device, mode)
        if len(accepted) > 3
        else preprocess(path, shape, device)
    )


def _function_of(classifier: Classifier) -> Callable[..., Any]:
    """A classifier as ReX calls a model."""

    def prediction_function(
        mutants: Any, target: Any = None, raw: bool = False, binary_threshold: Any = None
    ) -> Any:
        import torch

        del binary_threshold
        tensor = torch.stack(list(mutants)) if isinstance(mutants, list) else mutants
        batch = tensor if classifier.array_library == "torch" else tensor.detach().cpu().numpy()
        probabilities = classifier(batch)
        if raw:
            return torch.from_numpy(np.array(probabilities))
        predictions = []
        for row, index in zip(probabilities, classifier.decide(probabilities), strict=True):
            of_target = None if target is None else float(row[int(target.classification)])
            predictions.append(
                Prediction(
                    int(index), float(row[index]), target=target, target_confidence=of_target
                )
            )
        return predictions

    return prediction_function


def _mode_of(path: str) -> str:
    name = Path(path).name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return "voxel"
    if name.endswith(".wav"):
        return "audio"
    return "spectral" if name.endswith((".npy", ".mat", ".csv", ".txt")) else "RGB"


def _line(data: Data, lengths: Sequence[int]) -> tuple[int, ...] | None:
    return None if data.kind == "volume" or not lengths else (lengths[-1],)


def _channels(data: Data) -> int:
    shape = data.model_shape
    if data.kind == "volume":
        return data.model_channels or 1
    return int(shape[1]) if len(shape) == 3 and isinstance(shape[1], int) else 1


__all__ = [
    "KIND_OF_MODE",
    "get_prediction_func_from_args",
    "get_prediction_function",
    "load_and_preprocess_data",
    "load_script",
    "predict_target",
    "try_preprocess",
]
