"""Samples of volumes: channels, and the model's size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs.built import check_fits, sample_of_values
from rex_widgets.inputs.limits import check_values
from rex_widgets.inputs.numbers import Numbers, plain_numbers
from rex_widgets.inputs.sample import Sample


def sample_of_volume(
    numbers: Numbers, preprocessing: Preprocessing, options: InputSettings, processed: bool
) -> Sample:
    """Take a volume, and bring it to the model's size.

    Parameters
    ----------
    numbers
        (D1, D2, D3), (C, D1, D2, D3), (D1, D2, D3, C), or one of these with a leading axis of
        length 1; (N, D1, D2, D3) of which `volume` is meant.
    preprocessing
        What the model expects. A volume of another size is resampled trilinearly, its axes and
        affine with it.
    options
        `volume`.
    processed
        The values are the model's input already: neither resampled nor normalised.
    """
    notes = list(numbers.notes)
    array = _with_channels(numbers, preprocessing, options, notes)
    values = plain_numbers(array, numbers.source)
    axes = numbers.axes or usual_axes("volume", 3)
    space = values.shape[1:]
    if preprocessing.size is not None and space != tuple(preprocessing.size) and not processed:
        check_fits((len(values), *preprocessing.size), "volume", numbers.source, preprocessing)
        values, axes = _resampled(values, axes, tuple(preprocessing.size), numbers.source)
        before, after = (" x ".join(map(str, size)) for size in (space, preprocessing.size))
        notes.append(f"resampled from {before} to {after} voxels (trilinear)")
    return sample_of_values(
        values, "volume", axes, numbers.name, numbers.source, notes, preprocessing, processed
    )


def _with_channels(
    numbers: Numbers, preprocessing: Preprocessing, options: InputSettings, notes: list[str]
) -> NDArray[Any]:
    array, channels = numbers.array, preprocessing.channels
    if numbers.axes is not None:
        return array
    while array.ndim > 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3:
        return array[None]
    if array.ndim != 4:
        raise InputError(
            f"{numbers.source} has shape {numbers.array.shape}; expected a volume: (D1, D2, D3), "
            "(C, D1, D2, D3) or (1, C, D1, D2, D3)."
        )
    count = array.shape[0]
    if options.volume is not None and count > 1:
        if options.volume >= count:
            raise InputError(
                f"volume={options.volume} was given, but {numbers.source} holds {count} "
                f"(shape {array.shape}): expected volume=0 to volume={count - 1}."
            )
        notes.append(f"volume {options.volume} of {count}")
        return array[options.volume : options.volume + 1]
    if count == channels:
        return array
    if array.shape[3] == channels:
        if channels > 1:
            notes.append("last axis taken as channels")
        return np.moveaxis(array, 3, 0)
    if channels == 1:
        raise InputError(
            f"{numbers.source} holds {count} volumes (shape {array.shape}); one is explained at a "
            f"time: choose it with volume=0 to volume={count - 1}."
        )
    return array


def _resampled(
    values: NDArray[np.float32], axes: Axes, size: tuple[int, ...], source: str
) -> tuple[NDArray[np.float32], Axes]:
    from scipy.ndimage import zoom

    check_values((len(values), *size), source)
    before = np.array(values.shape[1:], np.float64)
    factors = np.array(size) / before
    resampled = np.empty((len(values), *size), np.float32)
    for channel, volume in enumerate(values):
        # Voxels are boxes: the outer faces of the volume stay where they are.
        zoom(volume, factors, output=resampled[channel], order=1, mode="nearest", grid_mode=True)
    step = before / np.array(size)
    spacing = tuple(float(old * by) for old, by in zip(axes.spacing, step, strict=True))
    if axes.affine is None:
        return resampled, replace(axes, spacing=spacing)
    to_old = np.diag([*step, 1.0])
    to_old[:3, 3] = 0.5 * step - 0.5
    return resampled, replace(axes, spacing=spacing, affine=axes.affine @ to_old)
