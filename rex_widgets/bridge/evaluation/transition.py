"""COUT: how soon the answer goes over when the pixels that changed most are put in first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

STEPS = 50
_AT_ONCE = 64

Answers = Callable[[torch.Tensor], torch.Tensor]
"""Pictures ``(B, C, H, W)`` in [0, 1] to probabilities ``(B, K)``."""


@dataclass(frozen=True, eq=False)
class Transition:
    """Probabilities while a picture turns into another.

    Parameters
    ----------
    inserted
        Pixels that were put in, int ``(T + 1,)`` from 0 to all.
    source, target
        Probability of either class at each of them, float64 ``(T + 1,)``.
    """

    inserted: NDArray[np.int64]
    source: NDArray[np.float64]
    target: NDArray[np.float64]

    @property
    def cout(self) -> float:
        """Area under the target's curve minus that under the source's, in [-1, 1]."""
        return _area(self.target) - _area(self.source)


def transition(
    before: torch.Tensor,
    after: torch.Tensor,
    answers: Answers,
    source: int,
    target: int,
    steps: int = STEPS,
) -> Transition:
    """Put the pixels of ``after`` into ``before``, those that differ most first, and watch.

    The counterfactual transition score (COUT) of Khorram and Fuxin, "Cycle-Consistent
    Counterfactuals by Latent Transformations", CVPR 2022 (arXiv 2203.15064), section 4: pixels are
    ranked by their absolute difference, summed over channels, and inserted in T batches of the
    same size; AUPC of a class is the mean over the batches of the mean of its probability before
    and after the batch (the trapezoid rule on [0, 1]); COUT = AUPC(target) - AUPC(source). Equal
    differences are ranked row by row. All pixels count, also those that did not change: so the
    area below the end of the curves tells how small the changed part is.

    Parameters
    ----------
    before, after
        ``(C, H, W)`` in [0, 1].
    answers
        The model.
    source, target
        Classes.
    steps
        Batches, T; no more than there are pixels.
    """
    channels, height, width = before.shape
    pixels = height * width
    steps = min(steps, pixels)
    inserted = np.round(np.linspace(0, pixels, steps + 1)).astype(np.int64)
    difference = (after.double() - before.double()).abs().sum(0).flatten()
    order = torch.argsort(difference, descending=True, stable=True)
    rank = torch.empty(pixels, dtype=torch.int64)
    rank[order] = torch.arange(pixels)
    # From here on nothing changes any more, so the model need not be asked again.
    changed = int((difference > 0).sum())
    distinct, places = np.unique(np.minimum(inserted, changed), return_inverse=True)
    flat_before, flat_after = before.reshape(channels, -1), after.reshape(channels, -1)
    found = []
    for start in range(0, len(distinct), _AT_ONCE):
        counts = torch.from_numpy(distinct[start : start + _AT_ONCE])
        put = (rank < counts[:, None])[:, None]
        pictures = torch.where(put, flat_after, flat_before)
        given = answers(pictures.reshape(-1, channels, height, width))
        found.append(given[:, [source, target]].double().cpu().numpy())
    curves = np.concatenate(found)[places]
    return Transition(inserted, curves[:, 0], curves[:, 1])


def _area(curve: NDArray[np.float64]) -> float:
    return float((curve[1:] + curve[:-1]).mean() / 2)
