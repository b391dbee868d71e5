"""From any shape per input to one row of values: flattened, or pooled over places or tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.encoders.embedding import Pooling


def features_axis(ndim: int, kind: str, channels_last: bool, told: bool | None) -> int:
    """Return the axis that holds the features of what a model gave, the batch being axis 0.

    Parameters
    ----------
    ndim
        Axes of the output, the batch included; at least 3.
    kind
        Kind of the input, one of `rex_widgets.axes.KINDS`.
    channels_last
        Whether the model takes its input with the channels last; its maps are then like that too.
    told
        Whether the features are last, where the layer that gave them tells.

    Returns
    -------
    int
        1 or -1. Of three axes, those of a model of pictures or volumes are tokens, (N, T, D), and
        those of a model of signals a map along the signal, (N, D, L).
    """
    if told is not None:
        return -1 if told else 1
    if channels_last or (ndim == 3 and kind in ("image", "volume")):
        return -1
    return 1


def pooling_of(pool: str | None, ndim: int, axis: int) -> Pooling:
    """Return the words for what `pooled` does."""
    if ndim == 2 or (ndim == 1 and pool is None):
        return "as it is"
    if pool in (None, "flatten") or ndim < 3:
        return "flattened" if ndim > 2 else "as it is"
    tokens = ndim == 3 and axis == -1
    if pool == "mean":
        return "mean over tokens" if tokens else "mean over places"
    return "max over tokens" if tokens else "max over places"


def pooled_size(shape: Sequence[int], pool: str | None, axis: int) -> int:
    """Return how many values `pooled` leaves of a ``shape`` per input, the batch left out."""
    if pool in ("mean", "max") and len(shape) > 1:
        return int(shape[0] if axis == 1 else shape[-1])
    return int(np.prod(shape, dtype=np.int64))


def pooled(values: NDArray[np.float32], pool: str | None, axis: int) -> NDArray[np.float32]:
    """Return (N, D) of (N, …): the mean or maximum over all axes but the features', or all values.

    Parameters
    ----------
    values
        (N, …) float32.
    pool
        "mean", "max", "flatten" or None (the same as "flatten").
    axis
        Where the features are, 1 or -1.
    """
    if pool in ("mean", "max") and values.ndim > 2:
        others = tuple(range(2, values.ndim)) if axis == 1 else tuple(range(1, values.ndim - 1))
        if pool == "max":
            return np.ascontiguousarray(values.max(axis=others))
        # float32 sums of many places would lose digits.
        return np.ascontiguousarray(values.mean(axis=others, dtype=np.float64), dtype=np.float32)
    return np.ascontiguousarray(values.reshape(len(values), -1))
