"""Regions as by hand."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import label

from rex_widgets.bridge.evaluation.by_hand import by_hand


def _picture(channels: int) -> torch.Tensor:
    """A dark square on light paper (for grey ones, ink on nothing), its middle at (12, 20)."""
    picture = torch.full((channels, 32, 32), 0.9 if channels == 3 else 0.0)
    picture[:, 9:16, 17:24] = 0.2 if channels == 3 else 1.0
    return picture


def test_regions_are_whole_of_the_area_and_over_the_ink() -> None:
    for channels in (1, 3):
        draw = by_hand(0, 0.3)
        for _ in range(40):
            region = draw(_picture(channels), 0)
            assert region.shape == (32, 32) and region.dtype == np.bool_
            assert abs(region.mean() - 0.3) < 0.03
            assert label(region)[1] == 1
            assert region[9:16, 17:24].mean() > 0.3


def test_the_seed_decides_and_each_picture_draws_on() -> None:
    first, same, other = by_hand(1, 0.2), by_hand(1, 0.2), by_hand(2, 0.2)
    one, two = first(_picture(1), 0), first(_picture(1), 0)
    assert not np.array_equal(one, two)
    assert np.array_equal(one, same(_picture(1), 5))
    assert not np.array_equal(one, other(_picture(1), 0))


def test_paper_without_ink_has_a_region_too() -> None:
    assert by_hand(0, 0.1)(torch.ones(3, 16, 16), 0).any()
