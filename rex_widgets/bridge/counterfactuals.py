"""The result of region-constrained counterfactuals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.results import EvaluationCount

Floats = NDArray[np.float32]

STAGES = ("nothing yet", "region", "sampling", "finished")


@dataclass(frozen=True, eq=False)
class RegionCounterfactuals:
    """One picture, changed in one region so that the classifier says something else.

    n is the number of samples, C the number of channels of the network's pictures (1 or 3), K that
    of the classes, and S that of the steps. Pictures are float32 in [0, 1]. All arrays are
    read-only.

    Parameters
    ----------
    before
        The picture, ``(H, W, C)``, at the network's size.
    after
        The samples, ``(n, H, W, C)``. Outside ``region`` their pixels are those of ``before``, to
        the bit. While a sample forms it is the network's estimate of it, and before that
        ``before``.
    region
        Where the picture may change, bool ``(H, W)``; empty before it is found.
    area
        Share of the picture in ``region``, in [0, 1].
    region_source
        Where the region came from, in words.
    region_map
        The map that the region was found by, float32 ``(H, W)``; ``None`` where there is none.
    source_class
        The class given before, by index; -1 before the look.
    target
        The class asked for; -1 before the look.
    source_label, target_label
        Their names; empty before the look.
    labels
        Names of the classes.
    probabilities_before
        Float32 ``(K,)``; NaN before the look.
    probabilities
        Of the samples as they are in ``after``, float32 ``(n, K)``; while a sample forms, those of
        the last step, and NaN before the first.
    curve
        Probabilities of ``source_class`` and ``target`` at every step, of the network's estimate as
        the guidance sees it, float32 ``(n, S, 2)``; NaN for steps that are not done.
    steps
        Numbers of the steps (of 1000), the first one first, int64 ``(S,)``.
    reached
        Bool ``(n,)``: the classifier gives the class asked for.
    flipped
        Bool ``(n,)``: it gives another class than before.
    l1
        Mean absolute difference to ``before`` over all of the picture, float32 ``(n,)``.
    l2
        Root of the mean squared difference, float32 ``(n,)``.
    ssim
        Structural similarity to ``before``, float32 ``(n,)``, at most 1.
    lpips
        LPIPS distance, float32 ``(n,)``; ``None`` where no backbone was given.
    best
        The sample with the highest probability of ``target``.
    forming
        The estimates at some steps, uint8 ``(k, n, H, W, C)``, k at most 12.
    forming_steps
        Which steps, counted from 0, int64 ``(k,)``.
    second
        Classes that another classifier gives the samples, int64 ``(n,)``; -1 while it has not been
        asked; ``None`` where there is none.
    second_before
        The class that it gives ``before``; -1 while unknown.
    second_probabilities
        Of the other classifier, float32 ``(n, K)``, NaN while unknown; ``None`` where there is
        none.
    failures
        What stopped a sample before its end, one a sample, "" where nothing did.
    branches
        The steps at which the run went on from another one, each as a sentence.
    evaluations
        Pictures given to the classifiers, an ``int`` with a ``breakdown``.
    seconds, seconds_in_model
        Time the run was driven, and the part of it spent inside network and classifiers, backward
        passes included.
    stage
        "nothing yet", "region" (the picture was looked at), "sampling" or "finished".
    message
        What came out, in sentences.
    settings, seed, versions, runtime, choices
        What reproduces the result.
    statistics
        ``network passes``, ``backward passes``, ``steps``, ``reached``, ``flipped``, ``seconds
        outside the models``.
    source, method, kind, picture, axes, values
        As in every result; ``source`` is the name of the picture.
    """

    before: Floats = field(repr=False)
    after: Floats = field(repr=False)
    region: NDArray[np.bool_] = field(repr=False)
    area: float
    region_source: str
    region_map: Floats | None = field(repr=False)
    source_class: int
    target: int
    source_label: str
    target_label: str
    labels: tuple[str, ...] = field(repr=False)
    probabilities_before: Floats = field(repr=False)
    probabilities: Floats = field(repr=False)
    curve: Floats = field(repr=False)
    steps: NDArray[np.int64] = field(repr=False)
    reached: NDArray[np.bool_]
    flipped: NDArray[np.bool_]
    l1: Floats = field(repr=False)
    l2: Floats = field(repr=False)
    ssim: Floats = field(repr=False)
    lpips: Floats | None = field(repr=False)
    best: int
    forming: NDArray[np.uint8] = field(repr=False)
    forming_steps: NDArray[np.int64] = field(repr=False)
    second: NDArray[np.int64] | None
    second_before: int
    second_probabilities: Floats | None = field(repr=False)
    failures: tuple[str, ...] = field(repr=False)
    branches: tuple[str, ...] = field(repr=False)
    evaluations: EvaluationCount
    seconds: float
    seconds_in_model: float
    stage: str
    message: str
    settings: Any = field(repr=False)
    seed: int
    versions: Mapping[str, str] = field(repr=False)
    runtime: str
    choices: tuple[str, ...] = field(repr=False)
    statistics: Mapping[str, float] = field(repr=False)
    source: str = ""
    method: str = "rcsb"
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)
    kind: str = "image"
    axes: Axes | None = field(default=None, repr=False)
    values: Floats | None = field(default=None, repr=False)

    @property
    def samples(self) -> int:
        """Number of samples, n."""
        return len(self.after)

    @property
    def image(self) -> Floats:
        """The `best` sample, float32 ``(H, W, C)`` in [0, 1]."""
        best: Floats = self.after[self.best]
        return best

    @property
    def difference(self) -> Floats:
        """Samples minus the picture, float32 ``(n, H, W, C)`` in [-1, 1]; 0 outside the region."""
        apart: Floats = self.after - self.before
        return apart

    @property
    def classes(self) -> NDArray[np.int64]:
        """Classes of the samples, int64 ``(n,)``; -1 while unknown.

        The largest probability, unless the classifier has a threshold of its own.
        """
        known = np.asarray(np.isfinite(self.probabilities).all(1))
        most = np.where(known[:, None], self.probabilities, 0).argmax(1)
        # a classifier's own threshold is in what was reached and flipped
        most = np.where(self.flipped, most, self.source_class)
        most = np.where(self.reached, self.target, most)
        return np.asarray(np.where(known, most, -1), np.int64)

    @property
    def agreed(self) -> NDArray[np.bool_] | None:
        """Samples that the second classifier gives the class asked for, too; ``None`` without one.

        Bool ``(n,)``; False while it has not been asked.
        """
        return None if self.second is None else np.asarray(self.second == self.target)

    @property
    def done(self) -> NDArray[np.int64]:
        """Steps that every sample has done, int64 ``(n,)``."""
        return np.asarray(np.isfinite(self.curve[:, :, 1]).sum(1), np.int64)
