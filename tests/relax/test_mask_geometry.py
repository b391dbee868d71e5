"""Masks against torch's interpolation, padding and cropping; sums against explicit masks."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
import torch.nn.functional as nnf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.mask_geometry import MaskGeometry

SHIFTS: tuple[Literal["pixels", "cells"], ...] = ("pixels", "cells")
MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}
SPACES = [((31,), 7), ((100,), 4), ((224, 210), 7), ((31, 8), 5), ((7, 7), 7), ((2, 3), 2)]
SPACES += [((13, 9, 11), 3), ((6, 7, 5), 5), ((16, 5, 8), 4)]


def _draw(geometry: MaskGeometry, count: int, seed: int = 0) -> Draw:
    """Any grids and shifts, the smallest and the largest shift among them."""
    rng = np.random.default_rng(seed)
    shifts = rng.integers(0, geometry.shifts, (count, len(geometry.shifts)))
    shifts[0], shifts[1] = 0, np.array(geometry.shifts) - 1
    grids = rng.random((count, *geometry.cells)) < 0.5
    return Draw(grids, shifts, np.zeros(count, np.int64))


def _as_released(draw: Draw, space: tuple[int, ...], num_cells: int) -> NDArray[np.float64]:
    """Enlarge, pad by reflection, crop: what the release does, in any number of axes."""
    grids = torch.tensor(draw.grids, dtype=torch.float64)[:, None]
    large = nnf.interpolate(grids, size=space, mode=MODES[len(space)], align_corners=False)
    padded = nnf.pad(large, (num_cells // 2,) * (2 * len(space)), mode="reflect")
    return _cropped(padded, draw, space)


def _as_rise(draw: Draw, space: tuple[int, ...], num_cells: int) -> NDArray[np.float64]:
    """Enlarge a grid with one cell more to whole cells, crop within the first cell."""
    grids = torch.tensor(draw.grids, dtype=torch.float64)[:, None]
    size = [(num_cells + 1) * int(np.ceil(side / num_cells)) for side in space]
    large = nnf.interpolate(grids, size=size, mode=MODES[len(space)], align_corners=False)
    return _cropped(large, draw, space)


def _cropped(large: torch.Tensor, draw: Draw, space: tuple[int, ...]) -> NDArray[np.float64]:
    crops = [
        large[n, 0][tuple(slice(at, at + side) for at, side in zip(shift, space, strict=True))]
        for n, shift in enumerate(draw.shifts.tolist())
    ]
    return np.stack([crop.numpy() for crop in crops])


@pytest.mark.parametrize(("space", "num_cells"), SPACES)
def test_masks_are_those_of_the_release(space: tuple[int, ...], num_cells: int) -> None:
    geometry = MaskGeometry(space, num_cells, "pixels")
    assert geometry.cells == geometry.shifts == (num_cells,) * len(space)
    draw = _draw(geometry, 12)
    masks = geometry.masks(draw)
    assert masks.dtype == np.float32
    np.testing.assert_allclose(masks, _as_released(draw, space, num_cells), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("space", "num_cells"), SPACES)
def test_masks_shifted_by_cells_are_those_of_rise(space: tuple[int, ...], num_cells: int) -> None:
    geometry = MaskGeometry(space, num_cells, "cells")
    assert geometry.cells == (num_cells + 1,) * len(space)
    assert geometry.shifts == tuple(int(np.ceil(side / num_cells)) for side in space)
    draw = _draw(geometry, 12)
    expected = _as_rise(draw, space, num_cells)
    np.testing.assert_allclose(geometry.masks(draw), expected, rtol=0, atol=1e-6)


def test_a_mask_of_two_cells_by_hand() -> None:
    geometry = MaskGeometry((4,), 2, "pixels")
    grids = np.array([[1, 0], [1, 0], [0, 1]], bool)
    draw = Draw(grids, np.array([[0], [1], [1]]), np.zeros(3, np.int64))
    # Enlarged: 1, 0.75, 0.25, 0; padded: 0.75, 1, 0.75, 0.25, 0, 0.25.
    expected = [[0.75, 1, 0.75, 0.25], [1, 0.75, 0.25, 0], [0, 0.25, 0.75, 1]]
    np.testing.assert_allclose(geometry.masks(draw), expected, rtol=0, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), st.integers(0, 60), st.sampled_from(SHIFTS), st.data())
def test_weights_are_a_mean_of_cells(
    cells: int, more: int, shift: Literal["pixels", "cells"], data: st.DataObject
) -> None:
    geometry = MaskGeometry((cells + more,), cells, shift)
    offset = data.draw(st.integers(0, geometry.shifts[0] - 1))
    weights = geometry.weights(0, offset)
    assert weights.shape == (cells + more, geometry.cells[0])
    assert weights.dtype == np.float64
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=0, atol=1e-14)
    assert ((weights > 0).sum(axis=1) <= 2).all()


@pytest.mark.parametrize("shift", SHIFTS)
def test_mean_weights_are_the_mean_over_offsets(shift: Literal["pixels", "cells"]) -> None:
    geometry = MaskGeometry((31, 18), (7, 4), shift)
    for axis in range(2):
        every = [geometry.weights(axis, at) for at in range(geometry.shifts[axis])]
        mean = geometry.mean_weights(axis)
        np.testing.assert_allclose(mean, np.mean(every, axis=0), rtol=0, atol=1e-14)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("space", [(31,), (20, 17), (9, 7, 8)])
def test_spread_is_the_sum_over_masks(
    space: tuple[int, ...], shift: Literal["pixels", "cells"], monkeypatch: pytest.MonkeyPatch
) -> None:
    geometry = MaskGeometry(space, 3, shift)
    draw = _draw(geometry, 40, seed=3)
    factors = np.random.default_rng(5).normal(size=(2, 3, 40))
    sums = np.zeros((2, 3, *geometry.shifts, *geometry.cells))
    for n in range(40):
        where = (..., *draw.shifts[n], *(slice(None) for _ in space))
        sums[where] += factors[..., n].reshape(2, 3, *(1 for _ in space)) * draw.grids[n]
    one = np.zeros((40, *space))
    for n in range(40):
        part = draw.grids[n].astype(np.float64)
        for axis, offset in enumerate(draw.shifts[n].tolist()):
            moved = np.tensordot(geometry.weights(axis, offset), part, axes=(1, axis))
            part = np.moveaxis(moved, 0, axis)
        one[n] = part
    expected = np.tensordot(factors, one, axes=(2, 0))
    spread = geometry.spread(sums)
    assert spread.shape == (2, 3, *space)
    np.testing.assert_allclose(spread, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(geometry.spread(sums[0, 0]), expected[0, 0], rtol=0, atol=1e-12)
    # Offsets taken one at a time, as for long signals.
    monkeypatch.setattr("rex_widgets.relax.mask_geometry._CHUNK", 1)
    np.testing.assert_allclose(geometry.spread(sums), expected, rtol=0, atol=1e-12)
    # By Fourier transforms, as for thousands of offsets.
    monkeypatch.setattr("rex_widgets.relax.mask_geometry._LONG", 0)
    np.testing.assert_allclose(geometry.spread(sums), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("space", [(31,), (20, 17), (9, 7, 8)])
def test_the_input_behind_masks(space: tuple[int, ...]) -> None:
    geometry = MaskGeometry(space, 3, "pixels")
    draw = _draw(geometry, 5)
    data = np.random.default_rng(1).normal(size=(2, *space)).astype(np.float32)
    masks = geometry.masks(draw)
    expected = data[None] * masks[:, None]
    np.testing.assert_array_equal(geometry.apply(draw, data), expected)
    strided = np.repeat(data, 2, axis=-1)[..., ::2]
    np.testing.assert_array_equal(geometry.apply(draw, strided), expected)
    into = np.full((5, 2, *space), np.nan, np.float32)
    assert geometry.apply(draw, data, out=into) is into
    np.testing.assert_array_equal(into, expected)
    held = np.full((5, *space), np.nan, np.float32)
    assert geometry.masks(draw, out=held) is held
    np.testing.assert_array_equal(held, masks)


def test_no_mask_is_no_error() -> None:
    geometry = MaskGeometry((8, 9), 3, "pixels")
    none = Draw(np.zeros((0, 3, 3), bool), np.zeros((0, 2), np.int64), np.zeros(0, np.int64))
    assert geometry.masks(none).shape == (0, 8, 9)
    assert geometry.apply(none, np.zeros((2, 8, 9), np.float32)).shape == (0, 2, 8, 9)


def test_a_mask_does_not_depend_on_those_drawn_with_it() -> None:
    geometry = MaskGeometry((33, 21), 5, "cells")
    draw = _draw(geometry, 9)
    one = Draw(draw.grids[4:5], draw.shifts[4:5], draw.replicates[4:5])
    np.testing.assert_array_equal(geometry.masks(one)[0], geometry.masks(draw)[4])


def test_weights_cannot_be_changed() -> None:
    geometry = MaskGeometry((9,), 3, "pixels")
    with pytest.raises(ValueError, match="read-only"):
        geometry.weights(0, 0)[0, 0] = 2.0


def test_offsets_out_of_range() -> None:
    geometry = MaskGeometry((9,), 3, "pixels")
    for offset in (-1, 3):
        with pytest.raises(IndexError, match="not within 0 to 2"):
            geometry.weights(0, offset)


def test_shapes_that_do_not_fit() -> None:
    geometry = MaskGeometry((9, 8), 3, "pixels")
    draw = _draw(geometry, 2)
    with pytest.raises(ValueError, match="do not fit"):
        geometry.apply(draw, np.zeros((3, 8, 9), np.float32))
    with pytest.raises(ValueError, match="out has to be"):
        geometry.masks(draw, out=np.zeros((2, 8, 9), np.float32))
    with pytest.raises(ValueError, match="out has to be"):
        geometry.masks(draw, out=np.zeros((2, 9, 8)))  # type: ignore[arg-type]
    for shape in [(3, 3, 3, 2), (3, 3, 3), (3,)]:
        with pytest.raises(ValueError, match="do not end in"):
            geometry.spread(np.zeros(shape))


@pytest.mark.parametrize("shift", SHIFTS)
def test_an_input_smaller_than_the_grid(shift: Literal["pixels", "cells"]) -> None:
    with pytest.raises(InputError, match=r"32 × 6 places.*7 cells.*num_cells of at most 6"):
        MaskGeometry((32, 6), 7, shift)
    with pytest.raises(InputError, match=r"1 × 40 places.*at least 2 are needed.*as a signal"):
        MaskGeometry((1, 40), 7, shift)


def test_grids_that_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 2"):
        MaskGeometry((32, 32), 1, "pixels")
    with pytest.raises(SettingsError, match="one for each"):
        MaskGeometry((32, 32), (4, 4, 4), "pixels")
    with pytest.raises(SettingsError, match=r"200 × 200 has 40,000 cells.*21,000"):
        MaskGeometry((300, 300), 200, "pixels")
    with pytest.raises(SettingsError, match="'pixels' or 'cells'"):
        MaskGeometry((32, 32), 4, "place")  # type: ignore[arg-type]
    for space in [(), (4, 4, 4, 4)]:
        with pytest.raises(InputError, match="one to three axes"):
            MaskGeometry(space, 2, "pixels")
