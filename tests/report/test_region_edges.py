"""The border of a region as lines between pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from rex_widgets.report.region_edges import edges_of

REGIONS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.booleans())


def test_a_corner_by_hand() -> None:
    region = np.array([[1, 1], [1, 0]], np.bool_)
    found = {tuple(map(tuple, line)) for line in edges_of(region).tolist()}
    assert found == {
        ((-0.5, -0.5), (1.5, -0.5)), ((0.5, 0.5), (1.5, 0.5)), ((-0.5, 1.5), (0.5, 1.5)),
        ((-0.5, -0.5), (-0.5, 1.5)), ((0.5, 0.5), (0.5, 1.5)), ((1.5, -0.5), (1.5, 0.5)),
    }  # fmt: skip


def test_nothing_has_no_border() -> None:
    assert edges_of(np.zeros((3, 4), np.bool_)).shape == (0, 2, 2)


@given(REGIONS)
def test_its_length_is_the_number_of_sides_with_another_neighbour(
    region: NDArray[np.bool_],
) -> None:
    lines = edges_of(region)
    padded = np.pad(region, 1)
    sides = sum(int((padded[1:] != padded[:-1]).sum()) for padded in (padded, padded.T))
    assert float(np.abs(lines[:, 1] - lines[:, 0]).sum()) == sides
    assert not len(lines) or ((lines[:, 0] == lines[:, 1]).sum(1) == 1).all(), "along the pixels"
