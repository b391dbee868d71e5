"""`as_classifier`: from what people have to a `Classifier`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rex_widgets.classifiers.base import Classifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.options import Activation, ClassifierOptions
from rex_widgets.errors import ModelError


def as_classifier(
    model: Any,
    *,
    mean: Sequence[float] | float | None = None,
    std: Sequence[float] | float | None = None,
    labels: Sequence[str] | str | Path | None = None,
    activation: Activation | None = None,
    runtime: str | None = None,
    input_shape: Sequence[int | str | None] | None = None,
    scale: float | None = None,
    binary_threshold: float | None = None,
    threads: int | None = None,
    processor: Any = None,
    weights: Any = None,
    interpolation: str | None = None,
    crop: float | None = None,
    channel_order: str | None = None,
    name: str | None = None,
    mode: str | None = None,
    fallback_shape: Sequence[int] | None = None,
    gpu: bool | None = None,
    inter_op_threads: int | None = None,
    ort_logger: int | None = None,
) -> Classifier:
    """Make a classifier of a model; what is not said is found out and reported in `choices`.

    Parameters
    ----------
    model
        A `torch.nn.Module`; the path (or bytes) of an ONNX file, or an ONNX Runtime session; the
        path of a ReX script ending in .py, which is run; an object with `predict_proba`; any
        callable from a batch (N, C, H, W) to scores (N, K). A `Classifier` passes through.
        Models of other inputs than pictures take (N, F), (N, L), (N, C, L), (N, D1, D2, D3),
        (N, C, D1, D2, D3), or these with the channels last.
    mean, std
        Per channel, or one number, in units of the picture divided by `scale`.
    labels
        Class names: a list, or the path of a text (one a line) or JSON file.
    activation
        "softmax", "sigmoid", "none" (the model gives probabilities) or a function of the (N, K)
        scores. By default rows that are probabilities stay, others get a softmax.
    runtime
        "eager" (call the module as it is), "onnxruntime", or None: the faster one whose answers
        agree with the module's.
    input_shape
        (C, H, W), (H, W, C) or with the batch first; None for an axis of any length. With a
        `mode`: (L,) or (C, L) for one axis; (D1, D2, D3) or (C, D1, D2, D3) for volumes.
    scale
        What values are divided by first; 255 by default for pictures, 1 for other kinds.
    binary_threshold
        Probability of class 1 from which it is given; for models with one or two outputs.
    threads
        Threads of ONNX Runtime; all CPUs that the process may use by default. A module called
        eagerly follows `torch.set_num_threads`.
    processor
        A transformers image processor that belongs to the model.
    weights
        A torchvision weights entry that belongs to the model.
    interpolation, crop, channel_order
        See `Preprocessing`.
    name
        Short name shown to people.
    mode
        What the input is: "RGB", "L", "RGBA", "tabular", "spectral", "audio", "voxel", or a kind
        ("image", "table", "signal", "audio", "volume"). Found out from the model if not given;
        a model of pictures if nothing tells.
    fallback_shape
        ``(C, *size)`` of the input at hand: the size taken where nothing tells the model's own.
    gpu
        False keeps ONNX Runtime on the CPU; True asks for the GPU, and what cannot be had is said
        in `choices`. A torch module is called where it is.
    inter_op_threads
        Operators that ONNX Runtime may run side by side; one by default.
    ort_logger
        Severity from which ONNX Runtime writes to its log: 0 (all) to 4 (fatal errors only); 3 by
        default.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelError
        If the model is of no known kind, cannot be read, takes no such input, or gives no scores.
        What the model itself raises is passed on unchanged.
    """
    options = ClassifierOptions(
        mean=mean,
        std=std,
        labels=labels,
        activation=activation,
        runtime=runtime,
        input_shape=input_shape,
        scale=scale,
        binary_threshold=binary_threshold,
        threads=threads,
        processor=processor,
        weights=weights,
        interpolation=interpolation,
        crop=crop,
        channel_order=channel_order,
        name=name,
        mode=mode,
        fallback_shape=fallback_shape,
        gpu=gpu,
        inter_op_threads=inter_op_threads,
        ort_logger=ort_logger,
    )
    if isinstance(model, Classifier):
        if options.given():
            raise ModelError(
                f"The model is a Classifier already, so {', '.join(options.given())} cannot be "
                "changed; give these when the classifier is made."
            )
        return model
    for kind in KINDS.functions():
        classifier = kind(model, options)
        if classifier is None:
            continue
        if runtime == "onnxruntime" and classifier.runtime not in ("onnxruntime", "torch eager"):
            raise ModelError(
                "runtime='onnxruntime' was given, but only torch modules and ONNX files run in "
                f"ONNX Runtime, not a {type(model).__name__}. Leave runtime out."
            )
        return classifier
    raise ModelError(
        f"A model of type {type(model).__name__} was given; expected a torch.nn.Module, the path "
        "of an ONNX file, an ONNX Runtime session, an object with predict_proba, the path of a "
        "ReX script (.py), or a function from a batch (N, C, H, W) to scores (N, classes)."
    )
