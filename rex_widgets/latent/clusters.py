"""Spectral clustering of a small affinity matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESTARTS, ROUNDS = 10, 100

_Rows = NDArray[np.float64]
_Labels = NDArray[np.int64]


def spectral_clusters(affinity: _Rows, count: int, seed: int = 0) -> _Labels:
    """Group the rows of an affinity matrix (Ng, Jordan and Weiss, 2001).

    The rows of the leading eigenvectors of the normalised affinity, each brought to length 1, are
    clustered by k-means. What a row has to do with itself does not count.

    Parameters
    ----------
    affinity
        Symmetric, not negative, float64 ``(Z, Z)``.
    count
        How many clusters, from 1 to Z; none is empty.
    seed
        Of the starts of k-means.

    Returns
    -------
    ndarray
        Int64 ``(Z,)``: the cluster of every row, numbered in the order of their first rows.
    """
    between = np.array(affinity, np.float64)
    np.fill_diagonal(between, 0)
    degree = between.sum(1)
    scale = 1 / np.sqrt(np.where(degree > 0, degree, 1))
    _, vectors = np.linalg.eigh(between * scale[:, None] * scale[None, :])
    embedded = vectors[:, ::-1][:, :count]
    length = np.linalg.norm(embedded, axis=1, keepdims=True)
    embedded = embedded / np.where(length > 0, length, 1)
    random = np.random.default_rng(seed)
    found = [_k_means(embedded, count, random) for _ in range(RESTARTS)]
    labels = min(found, key=lambda one: one[0])[1]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first.argsort().argsort()[inverse].astype(np.int64)


def _k_means(rows: _Rows, count: int, random: np.random.Generator) -> tuple[float, _Labels]:
    """Return the inertia, rounded so that equal partitions are equal, and the labels."""
    centres = _spread(rows, count, random)
    labels = np.full(len(rows), -1)
    for _ in range(ROUNDS):
        squared = _squared(rows, centres)
        nearest = _filled(squared.argmin(1), squared, count)
        if np.array_equal(nearest, labels):
            break
        labels = nearest
        members = labels[None, :] == np.arange(count)[:, None]
        centres = members @ rows / members.sum(1, keepdims=True)
    inertia = _squared(rows, centres)[np.arange(len(rows)), labels].sum()
    return round(float(inertia), 9), labels.astype(np.int64)


def _spread(rows: _Rows, count: int, random: np.random.Generator) -> _Rows:
    """Choose starts far from each other (k-means++)."""
    chosen = [int(random.integers(len(rows)))]
    while len(chosen) < count:
        squared = _squared(rows, rows[chosen]).min(1)
        squared[chosen] = 0
        if squared.sum() > 0:
            chosen.append(int(random.choice(len(rows), p=squared / squared.sum())))
        else:
            free = np.setdiff1d(np.arange(len(rows)), chosen)
            chosen.append(int(random.choice(free)))
    return rows[chosen]


def _filled(labels: _Labels, squared: _Rows, count: int) -> _Labels:
    """Give every empty cluster the row that is farthest from its own centre, of those not alone."""
    labels = labels.copy()
    for empty in np.setdiff1d(np.arange(count), labels):
        together = np.bincount(labels, minlength=count)[labels] > 1
        away = np.where(together, squared[np.arange(len(labels)), labels], -1)
        labels[away.argmax()] = empty
    return labels


def _squared(rows: _Rows, centres: _Rows) -> _Rows:
    between: _Rows = ((rows[:, None] - centres[None]) ** 2).sum(-1)
    return between
