"""Opening an ONNX Runtime session and finding the input that takes the data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.preprocessing import NDIM
from rex_widgets.classifiers.shape import InputShape, parse_shape
from rex_widgets.classifiers.split_session import LARGEST_MODEL, PIECE, SplitSession
from rex_widgets.errors import ModelError

SMALLEST_ADVISED_BATCH = 16
"""Batch from which ONNX Runtime on a few CPUs is no faster, and still answers to a pause."""

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


def usable_threads() -> int:
    """Return how many CPUs this process may use, which containers often limit."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def advised_batch(threads: int | None, shape: InputShape) -> int | None:
    """Return the batch from which more inputs at once are no faster on the CPU.

    None for rows and signals: these are small, and more of them at once are faster.
    """
    if NDIM[shape.kind or "image"] == 1:
        return None
    return max(SMALLEST_ADVISED_BATCH, 2 * PIECE * (threads or usable_threads()))


def open_session(
    source: str | bytes,
    threads: int | None,
    *,
    gpu: bool | None = None,
    inter_op_threads: int | None = None,
    ort_logger: int | None = None,
) -> Any:
    """Open a session on an ONNX file or its bytes.

    Parameters
    ----------
    source
        Path, or the serialised model.
    threads
        CPUs to use; all usable ones by default.
    gpu
        False keeps to the CPU; otherwise CUDA is used where this ONNX Runtime has it.
    inter_op_threads
        Operators run side by side; one by default.
    ort_logger
        Severity, 0..4, from which ONNX Runtime writes to its log; 3 by default.
    """
    count = threads or usable_threads()
    settings = _SessionSettings(inter_op_threads or 1, 3 if ort_logger is None else ort_logger)
    if gpu is not False and gpu_available():
        # TF32 rounds to 10 bits and would change answers near a decision.
        cuda = ("CUDAExecutionProvider", {"use_tf32": "0"})
        return _open(source, count, [cuda, "CPUExecutionProvider"], settings)
    whole = _open(source, count, ["CPUExecutionProvider"], settings)
    size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
    inputs = whole.get_inputs()
    fixed = any(isinstance(i.shape[0], int) for i in inputs if i.shape)
    # Rows and signals are done sooner than they are handed out.
    small = any(len(i.shape or ()) < 4 for i in inputs)
    if count == 1 or fixed or small or size > LARGEST_MODEL or len(inputs) != 1:
        return whole
    if settings.operators > 1:
        return whole
    return SplitSession(whole, _open(source, 1, ["CPUExecutionProvider"], settings), count)


def gpu_available() -> bool:
    """Tell whether the installed ONNX Runtime can use a GPU through CUDA."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


@dataclass(frozen=True)
class _SessionSettings:
    operators: int
    log_level: int


def _open(
    source: str | bytes, threads: int, providers: list[Any], settings: _SessionSettings
) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = settings.operators
    if settings.operators > 1:
        # Without this mode the threads for it would lie idle.
        options.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
    options.log_severity_level = settings.log_level
    return onnxruntime.InferenceSession(source, sess_options=options, providers=providers)


@dataclass(frozen=True)
class ImageInput:
    """The one input of a session that takes the data."""

    name: str
    shape: InputShape
    dtype: type


def image_input(session: Any, kind: str | None = None) -> ImageInput:
    """Find the input of a session that takes the data.

    Parameters
    ----------
    session
        Its inputs of 2 to 5 axes are looked at; the first axis is the batch.
    kind
        One of `rex_widgets.axes.KINDS`; by the number of axes if None: 2 a table, 3 a signal,
        4 a picture, 5 a volume.

    Raises
    ------
    ModelError
        If there is none, if the model needs other inputs too, or if the axes do not fit the kind.
    """
    inputs = session.get_inputs()
    listed = ", ".join(f"{i.name}: {i.type} {_shown(i.shape)}" for i in inputs) or "none"
    usable = [i for i in inputs if 2 <= len(i.shape or ()) <= 5 and i.type in _TYPES]
    if not usable:
        raise ModelError(
            f"The ONNX model has no image input, nor one for other data. Its inputs are {listed}; "
            "expected one of shape (N, C, H, W) or (N, H, W, C), (N, F), (N, C, L), "
            "(N, C, D1, D2, D3). Wrap the session in a function of such a batch."
        )
    if len(inputs) > 1:
        raise ModelError(
            f"The ONNX model needs {len(inputs)} inputs ({listed}); expected a single image "
            "input. Wrap the session in a function that supplies the others."
        )
    chosen = usable[0]
    axes = [a if isinstance(a, int) and a > 0 else None for a in chosen.shape]
    try:
        shape = parse_shape(axes, kind, batched=True)
    except ModelError as error:
        raise ModelError(
            f"The ONNX model's input {chosen.name} has shape {_shown(chosen.shape)}, which "
            f"does not fit: {error}"
        ) from None
    return ImageInput(chosen.name, shape, _TYPES[chosen.type])


def run_session(
    session: Any, outputs: list[str] | None, image: ImageInput, batch: NDArray[np.float32]
) -> list[Any]:
    """Run a session on a (N, C, *size) batch, turned to the order and type that it takes."""
    array: NDArray[Any] = image.shape.arrange(np.asarray(batch))
    if image.dtype is np.uint8:
        array = np.clip(np.rint(array), 0, 255)
    array = np.ascontiguousarray(array, dtype=image.dtype)
    result: list[Any] = session.run(outputs, {image.name: array})
    return result


def _shown(shape: Any) -> str:
    return "(" + ", ".join(str(axis) for axis in shape or ()) + ")"
