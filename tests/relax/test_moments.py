"""Vectorised moments against loops in the same precision."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rex_widgets.relax.moments import Moments, weighted_moments
from tests.oracles.relax_loop import west

PAIRS = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        arrays(np.float64, (count, 3), elements=st.floats(0, 1).map(lambda m: round(m, 6))),
        arrays(np.float64, (count,), elements=st.floats(-1, 1).map(lambda s: round(s, 6))),
    )
)


@given(PAIRS, st.sampled_from([0.0, 1e-10, 2.0]), st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_batches_are_wests_loop(pair, initial, border):
    masks, values = pair
    weights, mean, squares = west(masks, values, initial)
    found = Moments.nothing((3,), initial)
    found = found.after(masks[:border], values[:border]).after(masks[border:], values[border:])
    np.testing.assert_allclose(found.weights, weights, rtol=1e-12)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.squares, squares, rtol=1e-7, atol=1e-12)


def test_by_hand():
    found = weighted_moments(np.array([[1.0, 0.0], [0.5, 0.0]]), np.array([2.0, 5.0]))
    np.testing.assert_allclose(found.weights, [1.5, 0.0])
    np.testing.assert_allclose(found.mean, [3.0, 0.0])
    # 1 · (2 - 3)² + 0.5 · (5 - 3)² = 3
    np.testing.assert_allclose(found.squares, [3.0, 0.0])
    np.testing.assert_allclose(found.variance, [2.0, 0.0])


def test_a_small_variance_beside_a_large_level_keeps_its_digits():
    rng = np.random.default_rng(0)
    masks, noise = rng.random((300, 4)), rng.normal(0, 1e-3, 300)
    far = Moments.nothing((4,)).after(masks, 2.0**20 + noise)
    near = weighted_moments(masks, noise)
    np.testing.assert_allclose(far.variance, near.variance, rtol=1e-6)
