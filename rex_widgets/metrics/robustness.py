"""Whether an explanation keeps its class, whatever stands around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, ModelError
from rex_widgets.metrics.sizes import boolean_mask

Classes = Callable[[NDArray[np.float32]], NDArray[np.integer[Any]]]
"""From inputs ``(N, C, …)`` to the class given to each, ``(N,)``."""


def robustness(
    mask: NDArray[np.bool_],
    data: NDArray[np.float32],
    classes: Classes,
    target: int,
    *,
    backgrounds: int = 50,
    seed: int = 0,
    batch_size: int = 64,
) -> float:
    """Share of random backgrounds on which an explanation keeps its class.

    Parameters
    ----------
    mask
        Bool, the explanation, ``(…)``.
    data
        What the model sees of the whole input, ``(C, …)``.
    classes
        The model: from inputs ``(N, C, …)`` to the class given to each. The array may be reused
        for the next batch.
    target
        The class that the explanation is for.
    backgrounds
        How many are drawn. Every element of a background is uniform between the smallest and the
        largest value of ``data``, independent of all others.
    seed
        Of the backgrounds; they do not depend on ``batch_size``.
    batch_size
        Inputs given to ``classes`` at once.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InputError
        If the shapes do not fit, or a number is out of range.
    ModelError
        If ``classes`` gives something else than one class per input.

    Notes
    -----
    rex-xai 0.4.1, ``Evaluation.robustness``, which draws twice its batch size.
    """
    kept = boolean_mask(mask)
    if data.shape[1:] != kept.shape:
        raise InputError(
            f"The input has shape {data.shape} and the mask {kept.shape}; expected channels "
            "first, then the mask's shape."
        )
    for name, number in (("backgrounds", backgrounds), ("batch_size", batch_size)):
        if number < 1:
            raise InputError(f"{name}={number} was given; expected 1 or more.")
    low, high = np.float32(data.min()), np.float32(data.max())
    generator = np.random.default_rng(seed)
    batch = np.empty((min(batch_size, backgrounds), *data.shape), np.float32)
    held = 0
    for first in range(0, backgrounds, batch_size):
        rows = batch[: min(batch_size, backgrounds - first)]
        for row in rows:
            row[...] = low + (high - low) * generator.random(data.shape, np.float32)
            np.copyto(row, data, where=kept)
        given = np.asarray(classes(rows))
        if given.shape != (len(rows),):
            raise ModelError(
                f"For {len(rows)} inputs the classes have shape {given.shape}; expected one each."
            )
        held += int((given == target).sum())
    return held / backgrounds
