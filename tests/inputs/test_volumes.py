"""Volumes: orientation, affine, voxel sizes, several volumes, scale, resampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch
from nibabel.affines import apply_affine
from nibabel.orientations import axcodes2ornt, inv_ornt_aff

from rex_widgets.errors import InputError
from tests.inputs.makers import load, mat, nifti, npy, put

SHAPE = (3, 4, 5)
VALUES = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
# Voxels of 2, 3 and 4 mm, moved and slightly turned.
AFFINE = np.array([[2, 0.1, 0, -10], [0.1, 3, 0.2, 20], [0, 0.1, 4, 5], [0, 0, 0, 1]], float)
DATA = Path(nibabel.__file__).parent / "tests" / "data"


def volume(given: Any, size: Any = None, channels: int = 1, **options: Any) -> Any:
    return load(given, "volume", size, channels, **options)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("two", [False, True])
def test_a_file_keeps_values_affine_and_voxel_sizes(
    tmp_path: Path, packed: bool, two: bool
) -> None:
    path = tmp_path / ("head.nii.gz" if packed else "head.nii")
    path.write_bytes(nifti(VALUES, AFFINE, packed, two=two))
    for form in [path, str(path), path.read_bytes()]:
        sample = volume(form)
        assert sample.kind == "volume"
        np.testing.assert_array_equal(sample.data, VALUES[None])
        assert sample.axes.names == ("right", "anterior", "superior")
        assert sample.axes.units == ("mm", "mm", "mm")
        np.testing.assert_allclose(sample.axes.affine, AFFINE, atol=1e-5)
        np.testing.assert_allclose(sample.axes.spacing, np.sqrt((AFFINE[:3, :3] ** 2).sum(0)))
        assert sample.notes == ()


@pytest.mark.parametrize("codes", ["LPS", "SRA", "PIL", "ASL"])
def test_any_orientation_becomes_right_anterior_superior(codes: str) -> None:
    turning = axcodes2ornt(tuple(codes))
    turned = nibabel.Nifti1Image(VALUES, AFFINE).as_reoriented(turning)
    sample = volume(turned.to_bytes())
    np.testing.assert_array_equal(sample.data[0], VALUES)
    np.testing.assert_allclose(sample.axes.affine, AFFINE, atol=1e-5)
    assert sample.notes == ("turned to right, anterior, superior",)
    assert inv_ornt_aff(turning, SHAPE).shape == (4, 4)


def test_nibabel_reads_the_same_from_its_own_files() -> None:
    for name in ["anatomical.nii", "standard.nii.gz", "reoriented_anat_moved.nii"]:
        if not (DATA / name).is_file():
            pytest.skip("nibabel was installed without its test data")
        expected = nibabel.as_closest_canonical(nibabel.load(DATA / name))
        sample = volume(DATA / name)
        np.testing.assert_allclose(sample.values[0], expected.get_fdata(), rtol=1e-6)
        np.testing.assert_allclose(sample.axes.affine, expected.affine)


def test_the_headers_scale_is_applied_and_noted() -> None:
    whole = np.arange(60, dtype=np.int16).reshape(SHAPE)
    sample = volume(nifti(whole, change=put("ff", 112, 0.5, -3.0)))
    np.testing.assert_array_equal(sample.values[0], whole * 0.5 - 3)
    assert sample.notes == ("scaled by the header: 0.5 x + -3",)
    plain = volume(nifti(whole, change=put("ff", 112, 0.0, 7.0)))  # slope 0: no scale
    np.testing.assert_array_equal(plain.values[0], whole)


@pytest.mark.parametrize("unit", [1, 2, 3])
def test_metres_and_microns_become_millimetres(unit: int) -> None:
    sample = volume(nifti(VALUES, change=put("B", 123, unit)))
    assert sample.axes.spacing == pytest.approx(({1: 1000, 2: 1, 3: 0.001}[unit],) * 3)


@pytest.mark.parametrize("packed", [False, True])
def test_several_volumes_ask_which(packed: bool) -> None:
    four = np.random.default_rng(1).normal(size=(*SHAPE, 6)).astype(np.float32)
    content = nifti(four, AFFINE, packed)
    with pytest.raises(InputError, match=r"holds 6 volumes; .* volume=0 to volume=5"):
        volume(content)
    sample = volume(content, volume=4)
    np.testing.assert_array_equal(sample.data[0], four[..., 4])
    assert sample.notes == ("volume 4 of 6",)
    with pytest.raises(InputError, match="volume=6 was given, but The bytes given holds 6"):
        volume(content, volume=6)
    channels = volume(content, channels=6)
    np.testing.assert_array_equal(channels.data, np.moveaxis(four, 3, 0))
    assert channels.notes == ("6 volumes taken as channels",)


def test_arrays_tensors_npy_and_mat() -> None:
    forms = [VALUES, VALUES[None], VALUES[None, None], VALUES[..., None], npy(VALUES)]
    forms += [mat(v=VALUES), torch.from_numpy(VALUES.copy())[None, None]]
    for form in forms:
        sample = volume(form, SHAPE)
        np.testing.assert_array_equal(sample.data, VALUES[None])
        assert sample.axes.units == ("voxel",) * 3
        assert sample.axes.affine is None
    two = np.stack([VALUES, VALUES + 1])
    for form in [two, two[None], np.moveaxis(two, 0, 3)]:
        np.testing.assert_array_equal(volume(form, SHAPE, channels=2).data, two)
    np.testing.assert_array_equal(volume(two, SHAPE, volume=1).data, two[1:])
    with pytest.raises(InputError, match=r"holds 2 volumes \(shape \(2, 3, 4, 5\)\)"):
        volume(two, SHAPE)


def test_a_picture_is_the_middle_slice_of_the_last_axis() -> None:
    sample = volume(VALUES)
    middle = VALUES[..., 2]
    expected = np.rint((middle - middle.min()) / np.ptp(middle) * 255)
    assert sample.picture.shape == (3, 4, 3)
    np.testing.assert_allclose(sample.picture[:, :, 0], expected, atol=1)
    assert volume(np.ones(SHAPE)).picture.max() == 0


@pytest.mark.parametrize("size", [(6, 8, 10), (4, 12, 7), (9, 12, 15), (5, 5, 5)])
def test_resampling_keeps_every_point_where_it_is(size: Any) -> None:
    # A linear function of the millimetres is what trilinear interpolation cannot change.
    shape = (9, 12, 15)
    places = apply_affine(AFFINE, np.stack(np.indices(shape), -1))
    ramp = (places @ [1.0, -2.0, 0.5] + 3).astype(np.float32)
    sample = volume(nifti(ramp, AFFINE), size)
    assert sample.data.shape == (1, *size)
    again = apply_affine(sample.axes.affine, np.stack(np.indices(size), -1))
    expected = again @ [1.0, -2.0, 0.5] + 3
    # Beyond the middles of the outermost voxels there is nothing to interpolate from.
    old = apply_affine(np.linalg.inv(AFFINE), again)
    inside = ((old >= 0) & (old <= np.array(shape) - 1)).all(axis=-1)
    assert inside.mean() > 0.3
    np.testing.assert_allclose(sample.values[0][inside], expected[inside], atol=1e-3)
    np.testing.assert_allclose(
        np.array(sample.axes.spacing) * size, np.sqrt((AFFINE[:3, :3] ** 2).sum(0)) * shape
    )
    assert sample.notes == (
        ()
        if size == shape
        else (f"resampled from 9 x 12 x 15 to {' x '.join(map(str, size))} voxels (trilinear)",)
    )


def test_resampling_a_plain_array_and_normalisation() -> None:
    sample = volume(np.full((4, 4, 4), 3.0), (2, 2, 2), mean=(1.0,), std=(4.0,))
    np.testing.assert_array_equal(sample.data, np.full((1, 2, 2, 2), 0.5))
    np.testing.assert_array_equal(sample.values, np.full((1, 2, 2, 2), 3.0))
    assert sample.axes.spacing == (2.0, 2.0, 2.0)
    with pytest.raises(InputError, match="has 4 x 4 x 4 voxels; the model takes 2 x 2 x 2"):
        volume(np.ones((4, 4, 4)), (2, 2, 2), processed=True)
    assert volume(np.ones((2, 2, 2)), (2, 2, 2), mean=(9.0,), processed=True).data.max() == 1


WRONG: dict[str, tuple[Any, str]] = {
    "nan": (nifti(np.where(VALUES > 1, np.nan, VALUES)), r"\d+ NaN or infinite values .of 60."),
    "no voxels": (nifti(VALUES, change=put("h", 42, 0)), r"no voxels .shape \(0, 4, 5\)"),
    "negative": (nifti(VALUES, change=put("h", 42, -3)), "no voxels"),
    "no axes": (nifti(VALUES, change=put("h", 40, 0)), "claims 0 axes"),
    "many axes": (nifti(VALUES, change=put("h", 40, 99)), "claims 99 axes"),
    "huge": (
        nifti(VALUES, change=put("hhh", 42, 3000, 3000, 1500)),
        r"13,500 million values .*50.3 GB\); at most 100 million",
    ),
    "truncated": (nifti(VALUES)[:-9], "is truncated: its header says 592 bytes"),
    "truncated gz": (nifti(VALUES, packed=True)[:-40], "is truncated"),
    "only a header": (nifti(VALUES)[:350], "is truncated"),
    "half a header": (nifti(VALUES)[:100], "cannot be read as a volume"),
    "pair": (nifti(VALUES, change=put("3s", 344, b"ni1")), "one half of a pair"),
    "colour": (nifti(VALUES, change=put("hh", 70, 128, 24)), "voxels of type colour"),
    "complex": (nifti(VALUES, change=put("hh", 70, 32, 64)), "voxels of type complex64"),
    "unknown type": (nifti(VALUES, change=put("h", 70, 9999)), "damaged header"),
    "early voxels": (nifti(VALUES, change=put("f", 108, 0.0)), "voxels begin at byte 0"),
    "flat affine": (nifti(VALUES, change=put("4f", 280, 0, 0, 0, 0)), "no usable affine"),
    "five axes": (nifti(np.ones((2, 2, 2, 2, 2), np.float32)), "has 5 axes"),
    "two axes": (np.ones((3, 4)), r"shape \(3, 4\); expected a volume"),
    "empty": (np.ones((0, 4, 5)), r"empty \(shape \(1, 0, 4, 5\)\)"),
    "channels": (np.ones((2, 3, 4, 5)), "holds 2 volumes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_volumes_that_cannot_be_read(name: str) -> None:
    given, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        volume(given)


def test_wrong_magic_is_told_by_the_name(tmp_path: Path) -> None:
    for name, content in [("a.nii", b"hello" * 99), ("a.nii.gz", b"hello" * 99)]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"'{name}' is not a NIfTI file"):
            volume(tmp_path / name)
