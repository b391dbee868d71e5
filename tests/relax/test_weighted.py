"""Weighted sums of batches, against a loop over masks and against each other."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.relax.weighted import Weighted, of_batch, together


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    masks = generator.random((count, 4, 5)).astype(np.float32)
    masks[:, 0, 0] = 0
    return masks, generator.normal(3.0, 0.1, count)


def looped(masks: np.ndarray, similarities: np.ndarray) -> Weighted:
    """Weights, mean and squares pixel by pixel, in two passes."""
    shape = masks.shape[1:]
    found = [np.zeros(shape) for _ in range(3)]
    for place in np.ndindex(shape):
        m = [float(mask[place]) for mask in masks]
        weight = sum(m)
        if weight:
            mean = sum(a * b for a, b in zip(m, similarities, strict=True)) / weight
            squares = sum(a * (b - mean) ** 2 for a, b in zip(m, similarities, strict=True))
            for array, value in zip(found, (weight, mean, squares), strict=True):
                array[place] = value
    return Weighted(*found)


def same(one: Weighted, other: Weighted) -> None:
    for name in ("weights", "mean", "squares", "variance"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-10, atol=1e-13)


def test_a_batch_is_what_a_loop_over_its_masks_gives() -> None:
    masks, similarities = drawn(30)
    same(of_batch(masks, similarities), looped(masks, similarities))


@pytest.mark.parametrize("cuts", [(10, 20), (1, 2), (0, 29)])
def test_batches_together_are_all_masks_at_once(cuts: tuple[int, int]) -> None:
    masks, similarities = drawn(30)
    pieces = zip(np.split(masks, cuts), np.split(similarities, cuts), strict=True)
    same(together([of_batch(*piece) for piece in pieces]), looped(masks, similarities))


def test_nothing_seen_is_zero_and_changes_nothing() -> None:
    masks, similarities = drawn(8)
    nothing = of_batch(masks[:0], similarities[:0])
    assert not nothing.weights.any() and not nothing.mean.any() and not nothing.variance.any()
    same(together([nothing, of_batch(masks, similarities)]), of_batch(masks, similarities))
