"""The coarser grid of large inputs."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.causal.ranking.grain import PLACES, Grain


def test_a_picture_keeps_its_places() -> None:
    values = np.random.default_rng(0).random((224, 224)) > 0.5
    grain = Grain((224, 224))
    assert grain.factor == 1 and grain.shape == (224, 224)
    assert grain.fine(values) is values
    assert np.array_equal(grain.coarse(values), values)


@pytest.mark.parametrize("shape", [(64, 64, 64), (65, 50, 41), (300, 301), (200_000,)])
def test_what_is_made_of_blocks_is_read_back(shape: tuple[int, ...]) -> None:
    grain = Grain(shape)
    assert grain.factor > 1 and np.prod(grain.shape) <= PLACES
    blocks = np.random.default_rng(1).random(grain.shape) > 0.3
    fine = grain.fine(blocks)
    assert fine.shape == shape
    assert np.array_equal(grain.coarse(fine), blocks)
    share = fine.mean() / blocks.mean()
    assert share == pytest.approx(1, abs=0.05)


def test_blocks_are_cubes() -> None:
    grain = Grain((6, 7), places=12)
    assert grain.factor == 2 and grain.shape == (3, 4)
    blocks = np.arange(12).reshape(3, 4)
    fine = grain.fine(blocks)
    assert np.array_equal(fine[2:4, 4:6], np.full((2, 2), 6))
    assert np.array_equal(fine[:, 6], [3, 3, 7, 7, 11, 11])
