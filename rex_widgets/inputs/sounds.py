"""Samples of sound: the part that is meant, at the model's rate, length and channels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs.built import sample_of_values
from rex_widgets.inputs.limits import check_values
from rex_widgets.inputs.numbers import Numbers, chosen_row, plain_numbers
from rex_widgets.inputs.sample import Sample
from rex_widgets.inputs.wav_file import Wav

_MOST_CHANNELS = 8
# What resample_poly's filter looks at on either side, in samples of the slower rate.
_REACH = 16


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound of which parts can be read.

    Attributes
    ----------
    rate
        Samples a second; None if nobody knows.
    read
        (first frame, count) to (channels, count) float32.
    """

    name: str
    source: str
    rate: float | None
    channels: int
    frames: int
    read: Callable[[int, int], NDArray[np.float32]]
    notes: tuple[str, ...] = ()


def sound_of_wav(wav: Wav) -> Sound:
    """Take a .wav file."""
    content = wav.content
    return Sound(
        content.name,
        content.source,
        float(wav.rate),
        wav.channels,
        wav.frames,
        wav.read,
        wav.notes,
    )


def sound_of_array(numbers: Numbers, options: InputSettings, processed: bool) -> Sound:
    """Take (L,), (C, L), (L, C) or (1, C, L), or (rows, L) of which `row` is meant.

    Whole numbers are brought to -1..1 by the range of their type, as in a .wav file.
    """
    array, notes = numbers.array, list(numbers.notes)
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim not in (1, 2):
        raise InputError(
            f"{numbers.source} has shape {numbers.array.shape}; expected a sound: (L,), (C, L) or "
            "(1, C, L)."
        )
    if array.ndim == 2 and (options.row is not None or min(array.shape) > _MOST_CHANNELS):
        what = f"rows of {array.shape[1]} samples"
        row = chosen_row(len(array), options.row, numbers.source, what)
        notes.append(f"row {row} of {len(array)}")
        array = array[row]
    if array.ndim == 1:
        array = array[None]
    elif array.shape[0] > array.shape[1]:
        array = array.T
    check_values(array.shape, numbers.source)
    scale, shift = _range_of(array.dtype)
    if scale != 1 and not processed:
        notes.append(f"{array.dtype} samples scaled to -1..1")

    def read(first: int, count: int) -> NDArray[np.float32]:
        part = plain_numbers(array[:, first : first + count], numbers.source)
        return part if processed else (part - np.float32(shift)) / np.float32(scale)

    return Sound(
        numbers.name,
        numbers.source,
        options.sample_rate,
        array.shape[0],
        array.shape[1],
        read,
        tuple(notes),
    )


def sample_of_sound(
    sound: Sound, preprocessing: Preprocessing, options: InputSettings, processed: bool
) -> Sample:
    """Bring a sound to the model's rate, length and channels, noting every step.

    It is read from `start` on (0 s unless told). What is longer than the model takes is cut, what
    is shorter gets silence at its end; both are noted. It is resampled only if `sample_rate`
    was given and differs from the file's. Several channels are averaged for a model that takes
    one; one channel is repeated for a model that takes two.
    """
    length = None if preprocessing.size is None else preprocessing.size[0]
    notes = list(sound.notes)
    start = options.start or 0.0
    first = _first_frame(sound, start)
    rate = options.sample_rate or sound.rate
    ratio = _ratio(sound, rate)
    count = sound.frames - first
    if length is not None and not processed:
        reach = _REACH * max(1.0, float(1 / ratio))
        count = min(count, math.ceil(length / ratio) + math.ceil(reach))
    check_values((sound.channels, count), sound.source)
    check_values((sound.channels, math.ceil(count * ratio)), sound.source)
    values = plain_numbers(sound.read(first, count), sound.source)
    if ratio != 1:
        notes.append(f"resampled from {sound.rate:g} to {rate:g} Hz")
        values = _resampled(values, ratio)
    if length is not None and not processed:
        whole = (sound.frames - first) * ratio
        values = _of_length(values, length, float(whole), rate, start, notes)
    values = _with_channels(values, preprocessing.channels, notes)
    return sample_of_values(
        values,
        "audio",
        _axes(values.shape[1], rate, start),
        sound.name,
        sound.source,
        notes,
        preprocessing,
        processed,
    )


def _range_of(kind: np.dtype[Any]) -> tuple[float, float]:
    if kind.kind == "u":
        half = 2.0 ** (8 * kind.itemsize - 1)
        return half, half
    return (2.0 ** (8 * kind.itemsize - 1), 0.0) if kind.kind == "i" else (1.0, 0.0)


def _first_frame(sound: Sound, start: float) -> int:
    if start == 0:
        return 0
    if sound.rate is None:
        raise InputError(
            f"start={start:g} s was given, but nothing says how many samples a second "
            f"{sound.source} has; give sample_rate, too."
        )
    first = round(start * sound.rate)
    if first >= sound.frames:
        raise InputError(
            f"start={start:g} s was given, but {sound.source} ends at "
            f"{sound.frames / sound.rate:.3f} s; give an earlier start."
        )
    return first


def _ratio(sound: Sound, rate: float | None) -> Fraction:
    """Samples afterwards for each sample before, as a ratio of small whole numbers."""
    if sound.rate is None or rate is None or rate == sound.rate:
        return Fraction(1)
    ratio = (Fraction(rate) / Fraction(sound.rate)).limit_denominator(10_000)
    if not Fraction(1, 1000) <= ratio <= 1000:
        raise InputError(
            f"sample_rate={rate:g} was given, but {sound.source} has {sound.rate:g} samples a "
            "second; expected a rate within a factor of 1000."
        )
    return ratio


def _resampled(values: NDArray[np.float32], ratio: Fraction) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    up, down = ratio.numerator, ratio.denominator
    return np.ascontiguousarray(resample_poly(values, up, down, axis=1), dtype=np.float32)


def _of_length(
    values: NDArray[np.float32],
    length: int,
    whole: float,
    rate: float | None,
    start: float,
    notes: list[str],
) -> NDArray[np.float32]:
    held = min(values.shape[1], length)
    if whole > length + 0.5:
        notes.append(
            f"only {_span(length, rate)} of {_span(whole, rate)} explained, from {start:g} s on "
            "(start chooses another part)"
            if rate
            else f"only the first {length} of {whole:g} samples explained"
        )
    if held < length:
        notes.append(f"{_span(length - held, rate)} of silence added at the end")
        silent = np.zeros((values.shape[0], length), np.float32)
        silent[:, :held] = values[:, :held]
        return silent
    return np.ascontiguousarray(values[:, :length])


def _span(samples: float, rate: float | None) -> str:
    return f"{samples:g} samples" if rate is None else f"{samples / rate:.3f} s"


def _with_channels(
    values: NDArray[np.float32], channels: int, notes: list[str]
) -> NDArray[np.float32]:
    found = values.shape[0]
    if found > 1 and channels == 1:
        notes.append(f"{found} channels averaged to one")
        mean: NDArray[np.float32] = values.mean(axis=0, keepdims=True, dtype=np.float64).astype(
            np.float32
        )
        return mean
    if found == 1 and channels == 2:
        notes.append("one channel repeated for two")
        return np.repeat(values, 2, axis=0)
    return values


def _axes(length: int, rate: float | None, start: float) -> Axes:
    if rate is None:
        return Axes(("time",), ("sample",), (1.0,))
    positions = None if start == 0 else start + np.arange(length, dtype=np.float64) / rate
    return Axes(("time",), ("s",), (1.0 / rate,), positions)
