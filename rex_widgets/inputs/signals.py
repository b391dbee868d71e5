"""Samples of signals: spectra and time series, with what their axis measures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs.built import sample_of_values
from rex_widgets.inputs.content import content_of, form_of
from rex_widgets.inputs.npy_file import load_npy
from rex_widgets.inputs.numbers import Numbers, chosen_row, is_index, plain_numbers
from rex_widgets.inputs.sample import Sample
from rex_widgets.inputs.text_file import read_text

_Arranged = tuple[NDArray[Any], NDArray[np.float64] | None]


def sample_of_signal(
    numbers: Numbers, preprocessing: Preprocessing, options: InputSettings, processed: bool
) -> Sample:
    """Take one spectrum or time series.

    Parameters
    ----------
    numbers
        Arrays: (L,), (C, L), (L, C), (1, C, L), or (rows, L) and (rows, C, L) of which `row` is
        meant. Text and data frames: one column a channel, perhaps with a column of positions
        before them; or one spectrum a row, perhaps under a row of positions.
    preprocessing
        What the model expects; the length must fit.
    options
        `row`, `axis_name`, `axis_unit`, `axis_positions`, `sample_rate`.
    processed
        The values are the model's input already.
    """
    notes = list(numbers.notes)
    length = None if preprocessing.size is None else preprocessing.size[0]
    arrange = _of_text if numbers.from_text else _of_array
    arranged, positions = arrange(numbers, preprocessing.channels, length, options, notes)
    values = plain_numbers(arranged, numbers.source)
    axes = signal_axes(values.shape[1], options, positions, numbers.source)
    return sample_of_values(
        values, "signal", axes, numbers.name, numbers.source, notes, preprocessing, processed
    )


def signal_axes(
    length: int,
    options: InputSettings,
    found: NDArray[np.float64] | None = None,
    source: str = "The signal",
) -> Axes:
    """The axis of a signal: positions given, else found in the file, else by the sample rate."""
    positions = found
    if options.axis_positions is not None:
        positions = _given_positions(options.axis_positions)
    if positions is not None and len(positions) != length:
        raise InputError(
            f"axis_positions has {len(positions)} positions, but {source} has {length} samples; "
            "give one for each."
        )
    if positions is not None and not np.isfinite(positions).all():
        raise InputError("axis_positions holds NaN or infinite values; expected finite numbers.")
    timed = options.sample_rate is not None and positions is None
    step = 1.0 if options.sample_rate is None else 1.0 / options.sample_rate
    if positions is not None and length > 1:
        step = abs(float(positions[-1] - positions[0])) / (length - 1) or 1.0
    name = options.axis_name or ("time" if timed else "sample" if positions is None else "position")
    unit = options.axis_unit or ("s" if timed else "")
    return Axes((name,), (unit,), (step,), positions)


def _given_positions(given: Any) -> NDArray[np.float64]:
    if not isinstance(given, str):
        return np.array(given, np.float64)
    content = content_of(given)
    if form_of(content) == "npy":
        array = load_npy(content.place, content.source)
    else:
        array = read_text(content).array
    if array.dtype.kind not in "iuf" or array.size != max(array.shape, default=0):
        raise InputError(
            f"{content.source} (axis_positions) has shape {array.shape}; expected one row or one "
            "column of numbers."
        )
    plain_numbers(array, f"{content.source} (axis_positions)")
    return np.array(array, np.float64).reshape(-1)


def _of_array(
    numbers: Numbers,
    channels: int,
    length: int | None,
    options: InputSettings,
    notes: list[str],
) -> _Arranged:
    array = numbers.array
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim not in (1, 2, 3):
        raise InputError(
            f"{numbers.source} has shape {numbers.array.shape}; expected (L,), (C, L) or (1, C, L)."
        )
    if array.ndim == 3 or (array.ndim == 2 and options.row is not None):
        what = "signals" if array.ndim == 3 else f"rows of {array.shape[1]} values"
        row = chosen_row(len(array), options.row, numbers.source, what)
        notes.append(f"row {row} of {len(array)}")
        array = array[row]
    if array.ndim == 1:
        return array[None], None
    first, last = array.shape
    if first == channels and length in (None, last):
        return array, None
    if last == channels and length in (None, first):
        if channels > 1:
            notes.append("last axis taken as channels")
        return array.T, None
    if last == 1:
        return array.T, None
    if channels == 1:
        chosen_row(first, None, numbers.source, f"rows of {last} values")
    return array, None


def _of_text(
    numbers: Numbers,
    channels: int,
    length: int | None,
    options: InputSettings,
    notes: list[str],
) -> _Arranged:
    array = numbers.array
    rows, columns = array.shape
    if options.row is None and rows > 1 and columns != length:
        if columns == channels:
            return array.T, None
        if columns == channels + 1 and _monotonic(array[:, 0]):
            notes.append("first column taken as positions")
            return array[:, 1:].T, array[:, 0].copy()
    names = numbers.columns
    if names and is_index(names[0]) and columns > 1:
        notes.append("first column, which has no name, left out (an index)")
        names, array, columns = names[1:], array[:, 1:], columns - 1
    positions = _as_positions(names)
    no_header = not numbers.columns and options.axis_positions is None
    if positions is None and no_header and rows > 1 and columns > 2 and _monotonic(array[0]):
        # The head of a file of spectra is a row of numbers, too.
        notes.append("first row taken as positions")
        positions, array = array[0].copy(), array[1:]
    if len(array) == channels and options.row is None:
        return array, positions
    row = chosen_row(len(array), options.row, numbers.source, f"rows of {columns} values")
    if len(array) > 1:
        notes.append(f"row {row} of {len(array)}")
    return array[row : row + 1], positions


def _monotonic(positions: NDArray[Any]) -> bool:
    steps = np.diff(positions)
    return len(steps) > 0 and bool((steps > 0).all() or (steps < 0).all())


def _as_positions(names: tuple[str, ...]) -> NDArray[np.float64] | None:
    try:
        positions = np.array([float(name) for name in names])
    except ValueError:
        return None
    return positions if len(positions) and np.isfinite(positions).all() else None
