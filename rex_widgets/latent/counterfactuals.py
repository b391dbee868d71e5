"""The result of a latent counterfactual explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.results import EvaluationCount

SUCCESSFUL, TRIVIAL, CAUSAL_FLIP = "successful", "trivial", "causal flip"
CHANGED, UNCHANGED = "changed", "unchanged"

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Counterfactuals:
    """For each of B samples n latents nearby, for which the classifier says something else.

    Z is the number of coordinates of a latent, K that of the classes. Latents are standardised: in
    standard deviations of the latent space, from its mean. All arrays are read-only.

    Parameters
    ----------
    latents
        Of the samples, float32 ``(B, Z)``.
    images
        Of the samples, uint8 ``(B, H, W, 3)``; black before the look.
    counterfactuals
        Float32 ``(B, n, Z)``; before the search the samples themselves.
    pictures
        Of the counterfactuals, uint8 ``(B, n, H, W, 3)``; black while unknown.
    before, after
        Probabilities of the samples and of the counterfactuals, float32 ``(B, K)`` and
        ``(B, n, K)``; NaN while unknown.
    target
        The class that is asked for, int64 ``(B,)``; -1 before the look.
    changed
        Bool ``(B, n)``: the classifier gives the class asked for.
    margins
        Float32 ``(B, n)``: logit of the class asked for minus that of the best other one, positive
        where ``changed``; NaN while unknown.
    distance
        Float32 ``(B, n)``: L1 distance from the sample, in standardised units.
    nearest_miss
        Int64 ``(B,)``: of the explanations that do not give the class asked for, the one whose
        margin is the largest; -1 where all give it, or nothing is known.
    verdict
        Text ``(B, n)``. Where an oracle knows what a picture shows (the world): "successful"
        (the classifier changed its answer and is wrong about one of the two pictures), "causal
        flip" (the picture shows the other class, and the classifier did not notice), "trivial"
        (another class, rightly told) or "unchanged" (METHODS §3). Without an oracle "changed" or
        "unchanged".
    diagnosis
        One a sample: why nothing was found, and what may help; "" where something was found, and
        before the end.
    oracle
        Whether an oracle gave the verdicts.
    verified
        Every counterfactual was decoded and classified once more at the end, apart from the search;
        ``after``, ``changed`` and ``pictures`` are of that.
    coordinates
        Names of the coordinates.
    parts
        Groups of neighbouring coordinates, ``(name, first, behind the last)``.
    mean, std
        Of the latent space, float32 ``(Z,)``; see `decoded_latents`.
    minimum, maximum
        Range of the latent space, standardised, float32 ``(Z,)``.
    labels
        Names of the classes.
    sample_names
        What each sample shows, or its number.
    evaluations
        Pictures given to the classifier, an ``int`` with a ``breakdown``.
    seconds, seconds_in_model
        Time the run was driven, and the part of it spent inside the generator and the classifier,
        backward passes included.
    stage
        "nothing yet", "searching", "searched" or "verified".
    message
        What a person should know about this result; often empty.
    settings, seed, versions, runtime, choices
        What reproduces the result.
    statistics
        ``generator calls``, ``classifier calls``, ``generated pictures``, ``steps``, ``found``
        (samples with a counterfactual), ``seconds outside the models``.
    source, method, kind, picture, axes, values
        As in every result; ``picture`` is the first sample's.
    """

    latents: Floats = field(repr=False)
    images: NDArray[np.uint8] = field(repr=False)
    counterfactuals: Floats = field(repr=False)
    pictures: NDArray[np.uint8] = field(repr=False)
    before: Floats = field(repr=False)
    after: Floats = field(repr=False)
    target: NDArray[np.int64] = field(repr=False)
    changed: NDArray[np.bool_] = field(repr=False)
    margins: Floats = field(repr=False)
    distance: Floats = field(repr=False)
    nearest_miss: NDArray[np.int64] = field(repr=False)
    verdict: NDArray[Any] = field(repr=False)
    diagnosis: tuple[str, ...] = field(repr=False)
    oracle: bool
    verified: bool
    coordinates: tuple[str, ...] = field(repr=False)
    parts: tuple[tuple[str, int, int], ...] = field(repr=False)
    mean: Floats = field(repr=False)
    std: Floats = field(repr=False)
    minimum: Floats = field(repr=False)
    maximum: Floats = field(repr=False)
    labels: tuple[str, ...]
    sample_names: tuple[str, ...] = field(repr=False)
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
    method: str = ""
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)
    kind: str = "image"
    axes: Axes | None = field(default=None, repr=False)
    values: Floats | None = field(default=None, repr=False)

    @property
    def samples(self) -> int:
        """Number of samples, B."""
        return len(self.latents)

    @property
    def explanations(self) -> int:
        """Counterfactuals for every sample, n."""
        return int(self.counterfactuals.shape[1])

    @property
    def found(self) -> NDArray[np.bool_]:
        """Samples with one counterfactual at least of the class asked for, bool ``(B,)``."""
        return np.asarray(self.changed.any(1), np.bool_)

    @property
    def nearest(self) -> NDArray[np.int64]:
        """Of those that give the class asked for the nearest to the sample, or -1; ``(B,)``."""
        far = np.where(self.changed, self.distance, np.inf)
        return np.where(self.found, far.argmin(1), -1)

    @property
    def best(self) -> NDArray[np.int64]:
        """`nearest`, and where there is none the nearest miss, int64 ``(B,)``."""
        return np.where(self.found, self.nearest, np.maximum(self.nearest_miss, 0))

    @property
    def own(self) -> NDArray[np.int64]:
        """Classes of the samples, int64 ``(B,)``; -1 while unknown."""
        known = np.asarray(np.isfinite(self.before).all(1))
        return np.where(known, np.where(known[:, None], self.before, 0).argmax(1), -1)

    @property
    def successful(self) -> NDArray[np.bool_]:
        """Explanations that show a fault of the classifier (METHODS §3), bool ``(B, n)``.

        All are False where no oracle is known.
        """
        return np.isin(self.verdict, (SUCCESSFUL, CAUSAL_FLIP))

    @property
    def moved(self) -> Floats:
        """Counterfactuals minus samples, float32 ``(B, n, Z)``."""
        difference: Floats = self.counterfactuals - self.latents[:, None]
        return difference

    def decoded_latents(self, which: str = "counterfactuals") -> Floats:
        """Return latents as the generator takes them, not standardised.

        Parameters
        ----------
        which
            "counterfactuals" ``(B, n, Z)`` or "latents" ``(B, Z)``.
        """
        standardised: Floats = getattr(self, which)
        return np.asarray(standardised * self.std + self.mean, np.float32)

    def counts(self) -> dict[str, int]:
        """How many explanations have each verdict."""
        names, numbers = np.unique(self.verdict, return_counts=True)
        return {str(n): int(c) for n, c in zip(names, numbers, strict=True)}
