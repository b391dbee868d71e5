"""Samples of everything that is no picture: normalised values, and something to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES, Axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs.sample import Sample


def sample_of_values(
    values: NDArray[np.float32],
    kind: str,
    axes: Axes,
    name: str,
    source: str,
    notes: Sequence[str],
    preprocessing: Preprocessing,
    processed: bool,
) -> Sample:
    """Check that values fit the model, and normalise them.

    Parameters
    ----------
    values
        (C, *space) float32, finite.
    kind, axes
        What they are.
    name, source
        A short name, and what messages call them.
    notes
        What was done to them.
    preprocessing
        What the model expects.
    processed
        They are the model's input already: not normalised.

    Raises
    ------
    InputError
        If channels or sizes differ from the model's.
    """
    check_fits(values.shape, kind, source, preprocessing)
    data = values if processed else _normalised(values, source, preprocessing)
    return Sample(data, picture_of(values), name, tuple(notes), kind, axes, values)


def check_fits(
    shape: tuple[int, ...], kind: str, source: str, preprocessing: Preprocessing
) -> None:
    """Refuse values (C, *space) whose channels or sizes are not the model's."""
    channels, space = shape[0], shape[1:]
    if channels != preprocessing.channels:
        raise InputError(
            f"{source} has {channels} channel{'s' if channels > 1 else ''} (shape {shape}); the "
            f"model takes {preprocessing.channels}. Give an array of shape "
            f"({preprocessing.channels}, {', '.join(map(str, space))})."
        )
    if preprocessing.size is not None and space != tuple(preprocessing.size):
        given, wanted = (" x ".join(map(str, size)) for size in (space, preprocessing.size))
        raise InputError(
            f"{source} has {given} {PLACES[kind]}; the model takes {wanted}. Give as many, or say "
            "which size the model takes with input_shape=."
        )


def picture_of(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What a person sees in values (C, *space): grey levels from their lowest to their highest.

    Returns
    -------
    ndarray
        (1, L, 3) for one axis; (D1, D2, 3) for three: the middle slice of the last axis. The
        channels are averaged.
    """
    shown = values if values.ndim == 2 else values[..., values.shape[-1] // 2]
    plane = np.atleast_2d(shown.astype(np.float64).mean(axis=0))
    low, high = float(plane.min()), float(plane.max())
    span = high - low
    grey = np.zeros_like(plane) if span == 0 else (plane - low) * (255 / span)
    level: NDArray[np.uint8] = np.rint(grey).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(level[:, :, None], 3, axis=2))


def _normalised(
    values: NDArray[np.float32], source: str, preprocessing: Preprocessing
) -> NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        data = preprocessing.normalise(values)
    if not np.isfinite(data).all():
        raise InputError(
            f"{source} holds values that are too large once normalised (mean {preprocessing.mean}, "
            f"std {preprocessing.std}); scale them first."
        )
    return data
