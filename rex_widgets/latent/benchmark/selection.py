"""Which samples are explained: as many the classifier is sure of as it is unsure of."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import InputError

LEVELS = (-0.9, -0.6, -0.4, -0.1, 0.1, 0.4, 0.6, 0.9)
"""Levels of label - p; ±0.1 are right answers given surely, ±0.9 wrong ones."""


def odd_probability(logits: torch.Tensor) -> torch.Tensor:
    """Return the probability of the second class, ``(N,)`` of logits ``(N, 2)``."""
    return torch.softmax(logits, -1)[:, 1]


def released_probability(logits: torch.Tensor) -> torch.Tensor:
    """Return the larger of the two sigmoids, which BEX 0.5.2 takes for p."""
    return torch.sigmoid(logits).amax(-1)


def select_samples(
    logits: torch.Tensor,
    labels: NDArray[np.int64],
    n_samples: int,
    *,
    released: bool = False,
) -> NDArray[np.int64]:
    """Choose the samples whose label - p is nearest to each of `LEVELS`.

    Parameters
    ----------
    logits
        Of all samples, ``(N, 2)``, even and odd.
    labels
        ``(N,)``: 1 where the character is odd.
    n_samples
        How many for each level, at most N; 0 chooses every sample once.
    released
        As BEX 0.5.2: see `released_probability`.

    Returns
    -------
    ndarray
        Int64, level after level, the nearest first; of equals the first. Where few samples are near
        a level, a sample may stand under two of them.

    Raises
    ------
    InputError
        The logits are not those of two classes, or not as many as labels.
    """
    if logits.ndim != 2 or logits.shape[1] != 2 or len(logits) != len(labels):
        raise InputError(
            f"Logits of shape {tuple(logits.shape)} came with {len(labels)} labels; expected "
            "(samples, 2): the benchmark asks for even or odd."
        )
    if n_samples == 0:
        return np.arange(len(labels))
    known = released_probability(logits) if released else odd_probability(logits)
    gap = labels.astype(np.float64) - known.cpu().numpy()
    nearest = [np.abs(gap - level).argsort(kind="stable")[:n_samples] for level in LEVELS]
    return np.concatenate(nearest)
