"""The `preprocess` function of a ReX script: what it does to pictures, and reading with it.

Such a function turns a file into the model's input. Given pictures of one colour it shows what it
does to a value: black gives -mean/std, white (1 - mean)/std. Files of other kinds it reads itself.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.metadata.found import Metadata
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError


def measured_normalisation(script: ModuleType, shape: InputShape) -> Metadata | None:
    """Return the mean and std that a script's `preprocess` applies, None where it has none.

    Also None where what it does is not the same straight line for every pixel of a channel.
    """
    preprocess = getattr(script, "preprocess", None)
    if not callable(preprocess):
        return None
    try:
        black, grey, white = (_channels(preprocess, value, shape) for value in (0, 102, 255))
    except Exception:
        # It may need a device, a mode or a package that is not here; that is not the model's fault.
        return None
    span = white - black
    if not (np.isfinite(span).all() and (span > 0).all()):
        return None
    if not np.allclose(grey, black + span * (102 / 255), rtol=1e-3, atol=1e-3):
        return None
    std = 1 / span
    mean = -black * std
    return Metadata(
        source="the script's preprocess, measured on pictures of one colour",
        mean=tuple(round(float(value), 6) for value in mean),
        std=tuple(round(float(value), 6) for value in std),
    )


def _channels(preprocess: Any, value: int, shape: InputShape) -> NDArray[np.float64]:
    height, width = shape.size or (224, 224)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "colour.png"
        Image.new("RGB", (width, height), (value, value, value)).save(path)
        array, _ = _called(preprocess, path, shape, "RGB")
    array = array.reshape(array.shape[-3:])
    if shape.channels_last:
        array = np.moveaxis(array, -1, 0)
    means: NDArray[np.float64] = array.mean(axis=(1, 2))
    if array.shape[0] != shape.channels or np.ptp(array, axis=(1, 2)).max() > 1e-3:
        raise ValueError("not one value per channel")
    return means


def read_with_preprocess(
    preprocess: Callable[..., Any], path: str | Path, shape: InputShape, mode: str | None
) -> tuple[NDArray[np.float32], str | None]:
    """Read a file as a script does.

    Parameters
    ----------
    preprocess
        ``preprocess(path, shape, device, mode)``, or without the mode; returns an object with
        `data` (or `input`) and perhaps `mode`, or the array itself.
    path
        The file.
    shape
        The model's input shape, which the function is told with "N" for the batch.
    mode
        What kind of input it is told to read.

    Returns
    -------
    data, mode
        (C, *size) float32, and the mode that the result tells.

    Raises
    ------
    ModelError
        If what it returns does not have the model's axes. What the function itself raises is
        passed on unchanged.
    """
    array, told = _called(preprocess, path, shape, mode)
    wanted = len(shape.axes(1, shape.size or ())) + 1
    given = array.shape
    if array.ndim < wanted:
        array = array.reshape((1,) * (wanted - array.ndim) + array.shape)
    if array.ndim != wanted or array.shape[0] != 1:
        raise ModelError(
            f"The script's preprocess returned an array of shape {given}; expected one input of "
            f"shape {shape.shown()}."
        )
    one = array[0]
    if not shape.channel_axis:
        one = one[None]
    elif shape.channels_last:
        one = np.moveaxis(one, -1, 0)
    return np.ascontiguousarray(one, dtype=np.float32), told


def _called(
    preprocess: Callable[..., Any], path: str | Path, shape: InputShape, mode: str | None
) -> tuple[NDArray[np.float64], str | None]:
    full = ["N", *shape.axes(shape.channels or 1, shape.size or (224, 224))]
    # Older scripts take a mode as well.
    arguments = [str(path), full, "cpu", mode]
    result = preprocess(*arguments[: len(inspect.signature(preprocess).parameters)])
    told = getattr(result, "mode", None)
    data = result
    if not hasattr(result, "__array__"):
        # An older one leaves tables and volumes where it was given them.
        data = getattr(result, "data", None)
        data = getattr(result, "input", result) if data is None else data
    if hasattr(data, "detach"):
        data = data.detach().cpu().numpy()
    return np.asarray(data, dtype=np.float64), told if isinstance(told, str) else None
