"""Learning mean and std from the `preprocess` function of a ReX script.

Such a function turns a picture file into the model's input. Given pictures of one colour it shows
what it does to a value: black gives -mean/std, white (1 - mean)/std.
"""

from __future__ import annotations

import inspect
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers.metadata.found import Metadata
from rex_widgets.classifiers.shape import InputShape


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
    size = shape.size or (224, 224)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "colour.png"
        Image.new("RGB", (size[1], size[0]), (value, value, value)).save(path)
        full = ["N", shape.channels, *size]
        if shape.channels_last:
            full = ["N", *size, shape.channels]
        # Older scripts take a mode as well.
        arguments = [str(path), full, "cpu", "RGB"]
        result = preprocess(*arguments[: len(inspect.signature(preprocess).parameters)])
    data = getattr(result, "data", result)
    if hasattr(data, "detach"):
        data = data.detach().cpu().numpy()
    array = np.asarray(data, dtype=np.float64)
    array = array.reshape(array.shape[-3:])
    if shape.channels_last:
        array = np.moveaxis(array, -1, 0)
    means: NDArray[np.float64] = array.mean(axis=(1, 2))
    if array.shape[0] != shape.channels or np.ptp(array, axis=(1, 2)).max() > 1e-3:
        raise ValueError("not one value per channel")
    return means
