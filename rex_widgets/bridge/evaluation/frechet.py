"""The Fréchet distance between two sets of features: FID, and sFID on halves of the images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

SPLITS = 10

Matrix = NDArray[np.float64]


def gaussian_distance(
    mean1: Matrix, covariance1: Matrix, mean2: Matrix, covariance2: Matrix
) -> float:
    """Squared Fréchet distance of two Gaussians.

    ``|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)`` (Dowson and Landau, 1982). The trace of the root is
    that of the root of ``C1^½ C2 C1^½``, which is symmetric, so its eigenvalues are real.

    Parameters
    ----------
    mean1, mean2
        ``(D,)``.
    covariance1, covariance2
        ``(D, D)``, positive semi-definite.

    Returns
    -------
    float
        0 or more.
    """
    values, vectors = np.linalg.eigh(covariance1)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ covariance2 @ root)
    crossed = np.sqrt(inner.clip(0)).sum()
    apart = float(np.square(mean1 - mean2).sum())
    traces = float(np.trace(covariance1) + np.trace(covariance2))
    return max(apart + traces - 2 * float(crossed), 0.0)


def frechet_distance(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Fréchet inception distance of two sets of features, in float64.

    Heusel et al., "GANs trained by a two time-scale update rule", 2017: both sets are described by
    their mean and (unbiased) covariance. With fewer samples than features the covariances are not
    made: with centred rows X and Y, the trace of the root of their product is the sum of the
    singular values of ``X Yᵀ`` over ``sqrt((N1 - 1)(N2 - 1))``.

    Parameters
    ----------
    first, second
        ``(N1, D)`` and ``(N2, D)``, with at least two rows each.

    Raises
    ------
    InputError
        A set has fewer than two rows, or the numbers of columns differ.
    """
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if (
        one.ndim != 2
        or two.ndim != 2
        or one.shape[1] != two.shape[1]
        or min(len(one), len(two)) < 2
    ):
        raise InputError(
            f"Features of the shapes {one.shape} and {two.shape} have no Fréchet distance; "
            "expected at least two rows in each and as many columns. Evaluate more images."
        )
    mean1, mean2 = one.mean(0), two.mean(0)
    if one.shape[1] <= min(len(one), len(two)):
        return gaussian_distance(mean1, _covariance(one - mean1), mean2, _covariance(two - mean2))
    scaled1 = (one - mean1) / np.sqrt(len(one) - 1)
    scaled2 = (two - mean2) / np.sqrt(len(two) - 1)
    crossed = np.linalg.svd(scaled1 @ scaled2.T, compute_uv=False).sum()
    apart = np.square(mean1 - mean2).sum()
    return max(
        float(apart + np.square(scaled1).sum() + np.square(scaled2).sum() - 2 * crossed), 0.0
    )


@dataclass(frozen=True)
class SplitDistance:
    """sFID.

    Parameters
    ----------
    value
        Mean over the splits.
    deviation
        Standard deviation over the splits (of the random halves, not of the images).
    splits
        How many there were.
    """

    value: float
    deviation: float
    splits: int


def split_distance(
    before: NDArray[np.floating],
    after: NDArray[np.floating],
    images: NDArray[np.integer],
    *,
    splits: int = SPLITS,
    seed: int = 0,
) -> SplitDistance:
    """FID between counterfactuals of one half of the images and the originals of the other half.

    The sFID of Jeanneret, Simon and Jurie, "Adversarial Counterfactual Visual Explanations", CVPR
    2023 (ACE), section 4, which RCSB reports as well: a counterfactual has most pixels of its
    original, so FID between the two sets is small whatever was changed; here no picture is
    compared with a set that holds its own original. The images are split at random into halves,
    both halves take both parts, and the mean is taken over the two and over ``splits`` splits.
    (The sFID of the literature on image synthesis, of spatial features, is another number.)

    Parameters
    ----------
    before
        Features of the originals, ``(N, D)``.
    after
        Features of the counterfactuals, ``(M, D)``.
    images
        Which original each counterfactual belongs to, ``(M,)`` in 0..N-1.
    splits, seed
        How many splits, and what they are drawn from.

    Raises
    ------
    InputError
        There are fewer than four images.
    """
    count = len(before)
    if count < 4:
        raise InputError(f"sFID was asked of {count} images; expected at least 4.")
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(splits):
        chosen = np.zeros(count, bool)
        chosen[generator.permutation(count)[: count // 2]] = True
        halves = (
            frechet_distance(before[half], after[~half[images]]) for half in (chosen, ~chosen)
        )
        found.append(sum(halves) / 2)
    return SplitDistance(float(np.mean(found)), float(np.std(found)), splits)


def _covariance(centred: Matrix) -> Matrix:
    return np.asarray(centred.T @ centred / (len(centred) - 1))
