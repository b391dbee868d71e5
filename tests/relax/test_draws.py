"""Turns of the replicates, written out."""

from __future__ import annotations

import numpy as np

from rex_widgets.relax.draws import BLOCK, Draw, places_of, replicates_of


def test_replicates_take_turns_block_by_block() -> None:
    assert BLOCK == 16
    at = np.array([0, 15, 16, 31, 32, 47, 48, 63, 64, 96])
    np.testing.assert_array_equal(replicates_of(at, 3), [0, 0, 1, 1, 2, 2, 0, 0, 1, 0])
    np.testing.assert_array_equal(places_of(at, 3), [0, 15, 0, 15, 0, 15, 16, 31, 16, 32])


def test_every_replicate_counts_its_masks_without_a_gap() -> None:
    at = np.arange(5 * BLOCK * 4)
    for replicate in range(5):
        mine = places_of(at[replicates_of(at, 5) == replicate], 5)
        np.testing.assert_array_equal(mine, np.arange(BLOCK * 4))


def test_a_draw_has_a_length() -> None:
    draw = Draw(np.zeros((3, 2, 2), bool), np.zeros((3, 2), np.int64), np.zeros(3, np.int64))
    assert len(draw) == 3
