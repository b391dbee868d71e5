"""Spectral clustering against clear cases, and against scikit-learn's where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.latent.clusters import spectral_clusters


def blocks(sizes: list[int], noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    affinity = (truth[:, None] == truth[None]) * 1.0 + noise * random.random((len(truth),) * 2)
    return (affinity + affinity.T) / 2, truth


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a[:, None] == a[None], b[:, None] == b[None]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [[3, 4], [2, 5, 3], [4, 4, 4, 4]])
def test_clear_blocks_are_found_as_scikit_learn_finds_them(sizes, seed):
    affinity, truth = blocks(sizes, 0.1, seed)
    found = spectral_clusters(affinity, len(sizes))
    assert same_partition(found, truth)
    cluster = pytest.importorskip("sklearn.cluster")
    theirs = cluster.SpectralClustering(
        len(sizes), affinity="precomputed", assign_labels="discretize", random_state=0
    ).fit_predict(affinity)
    assert same_partition(found, theirs)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.data())
def test_no_cluster_is_empty_and_they_are_numbered_in_order(size, data):
    count = data.draw(st.integers(1, size))
    root = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(size, size))
    affinity = np.abs(root @ root.T)
    found = spectral_clusters(affinity, count)
    _, first = np.unique(found, return_index=True)
    assert len(first) == count
    assert list(first) == sorted(first)
    assert np.array_equal(found, spectral_clusters(affinity, count))


@pytest.mark.parametrize("affinity", [np.zeros((5, 5)), np.ones((5, 5)), np.eye(5)])
def test_affinities_that_say_nothing_are_clustered_all_the_same(affinity):
    assert len(set(spectral_clusters(affinity, 3))) == 3
