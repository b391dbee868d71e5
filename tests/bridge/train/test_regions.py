"""Regions that the bridge is trained with."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.bridge.train.regions import _SHARES, draw_region

INK = np.zeros((32, 32), np.float32)
INK[8:24, 14:18] = 1.0


def test_the_kinds_make_up_the_whole() -> None:
    assert sum(_SHARES.values()) == pytest.approx(1)


def test_regions_are_never_empty_and_of_many_sizes() -> None:
    random = np.random.default_rng(0)
    drawn = np.array([draw_region(random, INK) for _ in range(300)])
    assert drawn.shape == (300, 32, 32)
    assert drawn.dtype == bool
    areas = drawn.mean((1, 2))
    assert areas.min() > 0.01
    assert (areas < 0.15).mean() > 0.05
    assert (areas == 1).mean() > 0.05
    # No place of the picture is left out, and none is always in.
    often = drawn.mean(0)
    assert 0.15 < often.min() < often.max() < 0.85


@pytest.mark.parametrize("kind", list(_SHARES), ids=lambda kind: kind.__name__)
def test_every_kind_depends_on_its_generator_alone(kind: object) -> None:
    one, same = (kind(np.random.default_rng(5), INK) for _ in range(2))  # type: ignore[operator]
    np.testing.assert_array_equal(one, same)
    assert one.shape == INK.shape
    assert one.any()
