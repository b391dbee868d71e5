"""Smooth random fields and the masks cut from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.causal.ranking.dependence import cell_mask
from rex_widgets.causal.ranking.fields import cells_per_axis, highest_share, smooth_field

SHAPES = [(40,), (24, 31), (9, 8, 10)]


@pytest.mark.parametrize("shape", SHAPES)
def test_fields_have_mean_0_and_variance_1_everywhere(shape: tuple[int, ...]) -> None:
    generator = np.random.default_rng(0)
    fields = np.stack([smooth_field(generator, shape, [4] * len(shape)) for _ in range(3000)])
    assert fields.shape == (3000, *shape)
    assert np.abs(fields.mean(axis=0)).max() < 0.1
    assert np.abs(fields.var(axis=0) - 1).max() < 0.15


def test_neighbours_are_alike_and_far_places_are_not() -> None:
    generator = np.random.default_rng(1)
    fields = np.stack([smooth_field(generator, (64,), [8]) for _ in range(2000)])
    assert np.corrcoef(fields[:, 20], fields[:, 21])[0, 1] > 0.95
    assert abs(np.corrcoef(fields[:, 5], fields[:, 60])[0, 1]) < 0.1


@given(st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_share_is_kept_within_one_place(size: int, share: float) -> None:
    values = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    kept = highest_share(values, share)
    expected = min(max(1, round(share * size)), max(1, size - 1))
    assert kept.sum() == expected
    assert size == expected or values[kept].min() >= values[~kept].max()


def test_cells_by_the_number_of_axes() -> None:
    assert cells_per_axis(7, (224, 224)) == (7, 7)
    assert cells_per_axis(7, (1841,)) == (19,)
    assert cells_per_axis(7, (64, 64, 64)) == (4, 4, 4)
    assert cells_per_axis(7, (3, 224)) == (3, 7)


@pytest.mark.parametrize("shape", SHAPES)
def test_cell_masks_show_half_on_average(shape: tuple[int, ...]) -> None:
    generator = np.random.default_rng(2)
    masks = np.stack([cell_mask(generator, shape, [3] * len(shape)) for _ in range(1500)])
    assert masks.shape == (1500, *shape)
    assert np.abs(masks.mean(axis=0) - 0.5).max() < 0.2
