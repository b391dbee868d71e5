from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.measure import label

from rex_widgets.errors import InputError
from rex_widgets.metrics import (
    area,
    connected_components,
    image_entropy,
    map_entropy,
    spectral_entropy,
)

masks = arrays(np.bool_, array_shapes(min_dims=1, max_dims=3, max_side=6))
maps = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=6),
    elements=st.floats(0, 1e6),
)


def test_area_is_the_share_of_true_places() -> None:
    mask = np.zeros((2, 3, 4), bool)
    mask[0, :, :2] = True
    assert area(mask) == 0.25
    assert area(np.ones(5, bool)) == 1.0


def test_components_of_a_line_a_picture_and_a_volume() -> None:
    assert connected_components(np.array([1, 1, 0, 1], bool)).sizes == (2, 1)
    picture = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]], bool)
    assert connected_components(picture).sizes == (3, 1)
    assert connected_components(picture, corners=True).sizes == (4,)
    volume = np.zeros((3, 3, 3), bool)
    volume[0, 0, 0] = volume[1, 1, 1] = volume[1, 1, 2] = True
    assert connected_components(volume).sizes == (2, 1)
    assert connected_components(volume, corners=True).count == 1
    empty = connected_components(np.zeros((4, 4), bool))
    assert (empty.count, empty.sizes) == (0, ())


@given(masks, st.booleans())
def test_components_agree_with_another_implementation(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], corners: bool
) -> None:
    found = connected_components(mask, corners=corners)
    labels = label(mask, connectivity=mask.ndim if corners else 1)
    sizes = np.bincount(labels.reshape(-1))[1:]
    assert found.count == len(sizes)
    assert list(found.sizes) == sorted(sizes.tolist(), reverse=True)
    assert sum(found.sizes) == mask.sum()


@pytest.mark.parametrize("wrong", [np.ones((2, 2)), np.zeros((0, 3), bool), np.array(True)])
def test_what_is_no_mask_is_refused(wrong: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
    for metric in (area, connected_components):
        with pytest.raises(InputError, match="The mask has"):
            metric(wrong)


def test_image_entropy_by_hand() -> None:
    picture = np.array([[0, 1], [2, 3]], np.uint8)
    mask = np.array([[False, False], [True, True]])
    # 2 bits for four equal levels; hidden, the levels are 0 twice, 2 and 3: 1.5 bits.
    assert image_entropy(picture, mask) == pytest.approx(0.5)
    # hidden places of grey level 2: 2 three times and 3
    expected = 2 - (0.75 * math.log2(4 / 3) + 0.25 * 2)
    assert image_entropy(picture, mask, hidden=2) == pytest.approx(expected)
    assert image_entropy(picture, np.ones((2, 2), bool)) == 0


def test_image_entropy_puts_the_channels_into_one_histogram() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    mask = np.array([[True, False], [False, False]])
    left = 9 / 12 + 1 / 12  # nine hidden values of 0, and the kept value 0
    expected = math.log2(12) - (-left * math.log2(left) + 2 / 12 * math.log2(12))
    assert image_entropy(picture, mask) == pytest.approx(expected)


def test_image_entropy_refuses_what_does_not_fit() -> None:
    mask = np.ones((2, 2), bool)
    with pytest.raises(InputError, match="float64; expected uint8"):
        image_entropy(np.ones((2, 2)), mask)  # type: ignore[arg-type]
    for shape in ((3, 2), (2, 2, 3, 1)):
        with pytest.raises(InputError, match="The picture has shape"):
            image_entropy(np.ones(shape, np.uint8), mask)


def test_map_entropy_by_hand() -> None:
    half = 0.5 * math.log2(0.5 / 0.25) + 0.5 * math.log2(0.5 / 0.75)
    assert map_entropy(np.array([1.0, 3.0]), added=0) == pytest.approx(half)
    third = 0.5 * math.log2(0.5 / (1 / 3)) + 0.5 * math.log2(0.5 / (2 / 3))
    assert map_entropy(np.array([0.0, 7.0])) == pytest.approx(third)
    assert map_entropy(np.array([0.0, 7.0]), added=0) == math.inf
    assert map_entropy(np.full((3, 4, 5), 2.5)) == pytest.approx(0, abs=1e-12)
    assert math.isnan(map_entropy(np.zeros((3, 3))))


@given(
    maps.filter(lambda values: (values > 1e-6).any() and not ((values < 1e-6) & (values > 0)).any())
)
def test_map_entropy_is_not_negative_and_knows_no_unit_and_no_order(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    entropy = map_entropy(values)
    assert 0 <= entropy < math.inf
    assert map_entropy(values * 8) == pytest.approx(entropy, abs=1e-9)
    assert map_entropy(values.reshape(-1)[::-1]) == pytest.approx(entropy, abs=1e-9)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_map_entropy_refuses_what_is_no_map(bad: float) -> None:
    with pytest.raises(InputError, match="The map has"):
        map_entropy(np.array([1.0, bad]))


def test_spectral_entropy_by_hand() -> None:
    wave = np.cos(2 * np.pi * 3 * np.arange(32) / 32)
    entropy, maximum = spectral_entropy(wave)
    assert entropy == pytest.approx(0, abs=1e-9)
    assert maximum == pytest.approx(math.log2(17))
    # A single peak has equal power at both frequencies of five samples that are not the mean.
    entropy, maximum = spectral_entropy(np.array([0.0, 0, 1, 0, 0]))
    assert (entropy, maximum) == (pytest.approx(1), pytest.approx(math.log2(3)))
    # Two such lines share their power: one bit more.
    assert spectral_entropy(np.tile([0.0, 0, 1, 0, 0], (2, 1)))[0] == pytest.approx(2)


@given(maps)
def test_spectral_entropy_stays_below_its_maximum(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    entropy, maximum = spectral_entropy(values)
    assert math.isnan(entropy) or 0 <= entropy <= maximum + 1e-9


def test_a_constant_map_has_no_spectrum() -> None:
    assert math.isnan(spectral_entropy(np.full(33, 0.1))[0])
    assert math.isnan(spectral_entropy(np.zeros((4, 8)))[0])
    assert spectral_entropy(np.ones((5, 1)))[1] == 0
    with pytest.raises(InputError, match="NaN"):
        spectral_entropy(np.array([0.0, math.nan]))
