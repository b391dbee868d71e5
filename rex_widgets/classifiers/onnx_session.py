"""Opening an ONNX Runtime session and finding its image input."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.shape import InputShape
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


def advised_batch(threads: int | None) -> int:
    """Return the batch from which more images at once are no faster on the CPU."""
    return max(SMALLEST_ADVISED_BATCH, 2 * PIECE * (threads or usable_threads()))


def open_session(source: str | bytes, threads: int | None) -> Any:
    """Open a session on an ONNX file or its bytes.

    Parameters
    ----------
    source
        Path, or the serialised model.
    threads
        CPUs to use; all usable ones by default.
    """
    import onnxruntime

    count = threads or usable_threads()
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        # TF32 rounds to 10 bits and would change answers near a decision.
        cuda = ("CUDAExecutionProvider", {"use_tf32": "0"})
        return _open(source, count, [cuda, "CPUExecutionProvider"])
    whole = _open(source, count, ["CPUExecutionProvider"])
    size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
    fixed = any(isinstance(i.shape[0], int) for i in whole.get_inputs() if i.shape)
    if count == 1 or fixed or size > LARGEST_MODEL or len(whole.get_inputs()) != 1:
        return whole
    return SplitSession(whole, _open(source, 1, ["CPUExecutionProvider"]), count)


def _open(source: str | bytes, threads: int, providers: list[Any]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(source, sess_options=options, providers=providers)


@dataclass(frozen=True)
class ImageInput:
    """The one input of a session that takes the pictures."""

    name: str
    shape: InputShape
    dtype: type


def image_input(session: Any) -> ImageInput:
    """Find the image input of a session.

    Raises
    ------
    ModelError
        If there is none, if the model needs other inputs too, or for 2 or more than 3 channels.
    """
    inputs = session.get_inputs()
    listed = ", ".join(f"{i.name}: {i.type} {_shown(i.shape)}" for i in inputs) or "none"
    images = [i for i in inputs if len(i.shape or ()) == 4 and i.type in _TYPES]
    if not images:
        raise ModelError(
            f"The ONNX model has no image input. Its inputs are {listed}; expected one of shape "
            "(N, C, H, W) or (N, H, W, C). Wrap the session in a function of such a batch."
        )
    if len(inputs) > 1:
        raise ModelError(
            f"The ONNX model needs {len(inputs)} inputs ({listed}); expected a single image "
            "input. Wrap the session in a function that supplies the others."
        )
    chosen = images[0]
    axes = [a if isinstance(a, int) and a > 0 else None for a in chosen.shape]
    batch = axes[0]
    if axes[1] in (1, 3) or (axes[1] is None and axes[3] not in (1, 3)):
        channels, size, last = axes[1], (axes[2], axes[3]), False
    elif axes[3] in (1, 3):
        channels, size, last = axes[3], (axes[1], axes[2]), True
    else:
        raise ModelError(
            f"The ONNX model's input {chosen.name} has shape {_shown(chosen.shape)}; expected 1 "
            "(grey) or 3 (colour) channels, first or last."
        )
    known = None if size[0] is None or size[1] is None else (size[0], size[1])
    return ImageInput(chosen.name, InputShape(channels, known, last, batch), _TYPES[chosen.type])


def run_session(
    session: Any, outputs: list[str] | None, image: ImageInput, batch: NDArray[np.float32]
) -> list[Any]:
    """Run a session on a (N, C, H, W) batch, turned to the order and type that it takes."""
    array: NDArray[Any] = np.asarray(batch)
    if image.shape.channels_last:
        array = np.moveaxis(array, 1, -1)
    if image.dtype is np.uint8:
        array = np.clip(np.rint(array), 0, 255)
    array = np.ascontiguousarray(array, dtype=image.dtype)
    result: list[Any] = session.run(outputs, {image.name: array})
    return result


def _shown(shape: Any) -> str:
    return "(" + ", ".join(str(axis) for axis in shape or ()) + ")"
