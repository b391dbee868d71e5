"""Matrices of linear enlargement, written out."""

from __future__ import annotations

import numpy as np

from rex_widgets.relax.enlarging import interpolation, reflected


def test_two_cells_on_four_places() -> None:
    expected = [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    np.testing.assert_allclose(interpolation(4, 2), expected, rtol=0, atol=1e-15)


def test_as_many_places_as_cells_change_nothing() -> None:
    np.testing.assert_allclose(interpolation(5, 5), np.eye(5), rtol=0, atol=1e-15)


def test_reflection_leaves_the_edge_out() -> None:
    inner = interpolation(9, 4)
    padded = reflected(9, 4)
    assert padded.shape == (13, 4)
    np.testing.assert_array_equal(padded[2:11], inner)
    np.testing.assert_array_equal(padded[:2], inner[[2, 1]])
    np.testing.assert_array_equal(padded[11:], inner[[7, 6]])
