"""From what a person has to a model's input, whatever the kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import images
from rex_widgets.inputs.arrays import as_array
from rex_widgets.inputs.content import content_of
from rex_widgets.inputs.numbers import Numbers
from rex_widgets.inputs.sample import Sample


def load_sample(
    image: Any,
    preprocessing: Preprocessing,
    *,
    options: InputSettings | None = None,
    processed: bool = False,
) -> Sample:
    """Read."""
    options = options or InputSettings()
    processed = processed or options.processed
    mode = options.mode
    if isinstance(image, Sample):
        return image
    if isinstance(image, str | Path | bytes | bytearray | memoryview):
        return images.sample_of_file(content_of(image), preprocessing, mode, processed)
    if isinstance(image, Image.Image):
        return images.sample_of_picture(image, preprocessing, mode, processed)
    if hasattr(image, "detach") and hasattr(image, "cpu"):
        numbers = Numbers(as_array(image), "tensor", "The tensor")
        return images.sample_of_array(numbers, preprocessing, mode, processed, True)
    if isinstance(image, np.ndarray):
        numbers = Numbers(image, "array", "The array")
        return images.sample_of_array(numbers, preprocessing, mode, processed)
    raise InputError(
        f"An input of type {type(image).__name__} was given; expected a path, the bytes of a "
        "picture file, a Pillow picture, a numpy array or a torch tensor."
    )
