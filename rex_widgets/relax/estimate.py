"""From sums over masks to importance, uncertainty and their standard errors.

Importance R = Σ m s / Σ m and uncertainty U = Σ m (s - R)² / Σ m (arXiv 2112.10161, equations 6
and 7); the importance with the control variate of `control` where there are masks enough for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import inf, isfinite, prod, sqrt

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.control import MASKS_PER_CELL, at_places, fit, variances
from rex_widgets.relax.sums import Sums

Array = NDArray[np.float64]
Map = NDArray[np.float32]

FEWEST_LEFT = 1.5
"""Masks per cell that a fit without one of the groups must have, or the error is not known yet."""

LEAST_SHARE = 0.01
"""Share of a map's variance that counts as its own at least, however large the errors in it."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What the masks so far say. Maps are float32 of the input's shape without channels.

    ``importance_error`` and ``uncertainty_error`` are standard errors, from the spread of the
    replicates (infinite with fewer than two of them). ``uncertainty_released`` is the weighted sum
    of squares, not divided by ``weights``, the sum of the masks, as the release of RELAX gives it.
    ``relative_error`` is the root mean square of ``importance_error`` over that of ``importance``;
    ``contrast_error`` is the same for the map minus its mean, whose own size is estimated without
    the errors in it. ``control_variate`` says whether one was used.
    """

    importance: Map
    uncertainty: Map
    importance_error: Map
    uncertainty_error: Map
    uncertainty_released: Map
    weights: Map
    relative_error: float
    contrast_error: float
    masks: int
    control_variate: bool


def estimate(sums: Sums, target: int = 0, control_variate: bool = True) -> Estimate:
    """Estimate the maps of one target.

    Parameters
    ----------
    sums
        Of the masks evaluated; none is allowed, and gives maps of zeros with infinite errors.
    target
        Index of the similarity.
    control_variate
        Use it, if there are at least `MASKS_PER_CELL` masks for every cell.

    Returns
    -------
    Estimate
        The input of this function is not changed.
    """
    cells = prod(sums.geometry.cells)
    controlled = control_variate and sums.terms is not None and sums.count >= MASKS_PER_CELL * cells
    groups = _groups(sums.counts, FEWEST_LEFT * cells if controlled else 0.0)
    # the first set is of all replicates, the others leave out one group of them each
    places = _sets(sums.at_places(target), groups)
    masks = _sets(sums.counts, groups)
    weights, first, second = places[:, 0], places[:, 1], places[:, 2]
    reference, initial = sums.reference[target], sums.initial_weight
    total = weights + initial
    safe = np.where(total > 0, total, 1.0)
    mean = (first - initial * reference) / safe
    square = (second + initial * reference**2) / safe
    uncertainty = np.maximum(square - mean**2, 0.0)
    kept, kept_contrast = 1.0, 1.0
    if controlled:
        assert sums.terms is not None
        gram = _sets(sums.terms.gram, groups)
        first = _controlled(sums, target, groups, gram, masks, weights, first)
        mean = (first - initial * reference) / safe
        kept, kept_contrast = _kept(sums, gram, masks)
    importance = np.where(total > 0, reference + mean, 0.0)
    share = 1 - masks[1:] / max(sums.count, 1)
    spread, contrast = _spread(importance, share, kept, kept_contrast)
    uncertainty_spread, _ = _spread(uncertainty, share)
    size = _rms(importance[0])
    shown = _rms(importance[0] - importance[0].mean())
    # what is seen is the map's own differences and their errors together
    noise = contrast if isfinite(contrast) else 0.0
    own = sqrt(max(shown**2 - noise**2, LEAST_SHARE * shown**2))
    return Estimate(
        importance=importance[0].astype(np.float32),
        uncertainty=uncertainty[0].astype(np.float32),
        importance_error=spread.astype(np.float32),
        uncertainty_error=uncertainty_spread.astype(np.float32),
        uncertainty_released=(uncertainty[0] * total[0]).astype(np.float32),
        weights=weights[0].astype(np.float32),
        relative_error=_rms(spread) / size if size > 0 else inf,
        contrast_error=contrast / own if own > 0 else inf,
        masks=sums.count,
        control_variate=controlled,
    )


def _groups(counts: Array, least: float) -> list[NDArray[np.intp]]:
    """Replicates whose spread gives the errors; none where it cannot.

    That is with fewer than two, or if fewer than ``least`` masks are left without one of them. One
    with less than half as many masks as the largest says little; it joins the one before.
    """
    found: list[list[int]] = []
    for replicate in np.flatnonzero(counts).tolist():
        if found and 2 * counts[replicate] < counts.max():
            found[-1].append(replicate)
        else:
            found.append([replicate])
    largest = max((counts[group].sum() for group in found), default=0.0)
    enough = len(found) > 1 and counts.sum() - largest >= least
    return [np.array(group) for group in found] if enough else []


def _sets(values: Array, groups: list[NDArray[np.intp]]) -> Array:
    """The sum over replicates, and the sums that leave out one of the groups."""
    total = values.sum(axis=0)
    return np.stack([total, *(total - values[group].sum(axis=0) for group in groups)])


def _controlled(
    sums: Sums,
    target: int,
    groups: list[NDArray[np.intp]],
    gram: Array,
    masks: Array,
    weights: Array,
    first: Array,
) -> Array:
    """Weighted means of d with the control variate, times the weights: (sets, *space)."""
    assert sums.terms is not None
    p = sums.probability
    model = fit(
        gram,
        _sets(sums.terms.products[..., [target]], groups),
        prod(sums.geometry.cells),
        sums.terms.neighbours,
        p,
    )
    drawn = p * masks
    slopes, noise = model.slopes[:, 0], model.drawn[:, 0]
    # what the model is known to add at a place, less what it adds in the masks drawn
    change = at_places(sums.geometry, (1 - p) * slopes - noise / drawn[:, None])
    axes = (slice(None),) + (None,) * len(sums.geometry.space)
    intercept = model.intercept[:, 0][axes]
    means = intercept + change + (first - intercept * weights) / drawn[axes]
    return np.asarray(means * weights)


def _kept(sums: Sums, gram: Array, masks: Array) -> tuple[float, float]:
    """What is true of the jackknife's variances: of a place, and of the map minus its mean.

    A fit without a group of masks is worse than the whole one, and how much worse depends on how
    evenly the cells were covered: not at all where each group is balanced. With least squares and
    noise that does not depend on the mask, var(θ_without - θ) = var(θ_without) - var(θ), and these
    variances are known from the masks alone.
    """
    assert sums.terms is not None
    geometry, p = sums.geometry, sums.probability
    found = variances(gram, prod(geometry.cells), sums.terms.neighbours, p)
    squares = reduce(
        np.multiply.outer,
        [np.square(geometry.mean_weights(a)).mean(axis=0) for a in range(len(geometry.space))],
    )
    slopes = (1 - p) ** 2 * found[:, 1:] @ squares.ravel()
    kept = []
    for each in (found[:, 0] + slopes, slopes):
        ratio = masks[0] / (masks[0] - masks[1:]) - 1
        overstated = float((ratio * (each[1:] - each[0])).mean()) if len(ratio) else 0.0
        kept.append(min(each[0] / overstated, 1.0) if overstated > 0 else 1.0)
    return kept[0], kept[1]


def _spread(
    maps: Array, share: Array, kept: float = 1.0, kept_contrast: float = 1.0
) -> tuple[Array, float]:
    """Standard error by place, and of the map minus its mean (root mean square).

    The delete-a-group jackknife for groups of unequal size (Busing, Meijer and van der Leeden
    1999).

    Parameters
    ----------
    maps
        (1 + J, *space): of all masks, and without each of J groups.
    share
        Of all masks, by group, (J,).
    kept, kept_contrast
        From `_kept`.
    """
    groups = len(maps) - 1
    if groups < 2:
        return np.full(maps.shape[1:], inf), inf
    whole, without = maps[0], maps[1:]
    axes = (slice(None),) + (None,) * (maps.ndim - 1)
    size = 1 / share[axes]
    differences = without - whole
    centre = -((1 - share[axes]) * differences).sum(axis=0)
    deviations = (-(size - 1) * differences - centre) / np.sqrt(size - 1)
    places = tuple(range(1, maps.ndim))
    contrast = deviations - deviations.mean(axis=places, keepdims=True)
    variance = kept * (deviations**2).mean(axis=0)
    return np.sqrt(variance), float(np.sqrt(kept_contrast * (contrast**2).mean()))


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
