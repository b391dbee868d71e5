"""Packed masks: what goes in comes out, and equal masks are recognised."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.masks import Mask, empty_mask, full_mask, mask_of, mask_of_boxes


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 999))
def test_packing_keeps_every_pixel(height: int, width: int, seed: int) -> None:
    array = np.random.default_rng(seed).random((height, width)) < 0.5
    mask = mask_of(array)
    assert mask.array().dtype == np.bool_
    np.testing.assert_array_equal(mask.array(), array)
    assert mask.area == int(array.sum())
    assert mask.shape == (height, width)
    assert len(mask.bits) == -(-height * width // 8)


@given(st.integers(0, 999), st.integers(0, 62))
def test_the_digest_is_of_the_content(seed: int, pixel: int) -> None:
    array = np.random.default_rng(seed).random((9, 7)) < 0.5
    other = array.copy()
    other.reshape(-1)[pixel] ^= True
    assert mask_of(array).digest == mask_of(array.copy(order="F")).digest
    assert mask_of(array) == mask_of(array.copy())
    assert mask_of(array).digest != mask_of(other).digest
    assert len(mask_of(array).digest) == 16


def test_a_union_of_boxes() -> None:
    mask = mask_of_boxes([(0, 2, 0, 1), (1, 3, 0, 2)], (4, 3))
    expected = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]], bool)
    np.testing.assert_array_equal(mask.array(), expected)
    assert mask_of_boxes([], (4, 3)) == empty_mask((4, 3))


def test_full_and_empty() -> None:
    assert full_mask((3, 5)).area == 15
    assert full_mask((3, 5)).array().all()
    assert empty_mask((3, 5)).area == 0
    assert not empty_mask((3, 5)).array().any()
    assert Mask(full_mask((3, 5)).bits, (3, 5)) == full_mask((3, 5))


def test_boxes_are_no_part_of_what_a_mask_is() -> None:
    array = np.zeros((6, 7), bool)
    array[1:4, 2:6] = True
    bare, boxed = mask_of(array), mask_of_boxes([(1, 4, 2, 4), (1, 4, 3, 6)], (6, 7))
    assert boxed.boxes == ((1, 4, 2, 4), (1, 4, 3, 6))
    assert bare.boxes is None
    assert bare == boxed
    assert hash(bare) == hash(boxed)
    assert (bare.digest, bare.area) == (boxed.digest, boxed.area)
