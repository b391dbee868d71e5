"""Orientation against nibabel, and packing against the values that went in."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.errors import InputError
from rex_widgets.widgets import VolumeView
from rex_widgets.widgets import _volume_packing as packing
from rex_widgets.widgets._volume_orientation import orientation_of
from tests.inputs.makers import load

nibabel: Any = pytest.importorskip("nibabel")

NAMES = ("a", "b", "c")


def axes(affine: Any = None, names: Any = NAMES, spacing: Any = (1.0, 1.0, 1.0)) -> Axes:
    return Axes(names, ("mm",) * 3, spacing, affine=None if affine is None else np.array(affine))


def turned(codes: str, zooms: Any = (1.0, 1.0, 1.0)) -> NDArray[np.float64]:
    """Build the affine whose voxel axes point as the codes say, by hand."""
    columns = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, code in enumerate(codes):
        row, sign = columns[code]
        affine[row, axis] = sign * zooms[axis]
    return affine


ALL = [
    "".join(order)
    for signs in itertools.product("RL", "AP", "SI")
    for order in itertools.permutations(signs)
]


@pytest.mark.parametrize("codes", ALL)
def test_every_order_and_direction_is_read_as_nibabel_reads_it(codes: str) -> None:
    found = orientation_of(axes(turned(codes, (1.0, 2.0, 5.0))))
    assert found.codes == codes == "".join(nibabel.aff2axcodes(turned(codes)))
    assert found.spacing == (1.0, 2.0, 5.0)
    assert (found.known, found.tilt, found.unit) == (True, 0.0, "mm")


@given(
    st.sampled_from(ALL),
    st.lists(st.floats(-20, 20), min_size=3, max_size=3),
    st.lists(st.floats(0.3, 8), min_size=3, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_oblique_scans_get_the_nearest_axes_and_say_their_tilt(
    codes: str, angles: list[float], zooms: list[float]
) -> None:
    affine = turned(codes)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ affine[:3, :3]
    tilt = np.degrees(np.arccos(np.abs(affine[:3, :3]).max(axis=0).clip(0, 1)).max())
    affine[:3, :3] *= zooms
    found = orientation_of(axes(affine))
    assert found.codes == "".join(nibabel.aff2axcodes(affine))
    assert found.spacing == pytest.approx(zooms)
    assert found.tilt == pytest.approx(tilt if tilt >= 0.1 else 0.0, abs=0.11)
    assert found.affine == tuple(map(tuple, affine.tolist()))


def test_a_half_turned_scan_still_gets_three_different_axes() -> None:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", [45, 45, 45], degrees=True).as_matrix()
    found = orientation_of(axes(affine))
    assert sorted(found.world) == [0, 1, 2]
    assert found.tilt > 40


def test_names_of_directions_do_where_there_is_no_affine() -> None:
    assert orientation_of(axes(names=("Posterior", "left", "superior"))).codes == "PLS"
    for names in (NAMES, ("left", "right", "superior")):
        found = orientation_of(axes(names=names))
        assert (found.known, found.codes, found.unit) == (False, "", "mm")
    for unknown in (orientation_of(None), orientation_of(usual_axes("volume", 3))):
        assert (unknown.known, unknown.unit, unknown.affine) == (False, "voxel", None)


@pytest.mark.parametrize(
    ("given_axes", "words"),
    [
        (axes(np.eye(3)), r"\(3, 3\)"),
        (axes(np.full((4, 4), np.nan)), "finite"),
        (axes(turned("RAS").T + np.eye(4)[::-1]), "last row"),
        (axes(np.diag([1.0, 1, 0, 1])), "unusable"),
        (axes(np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])), "three ways"),
        (axes(spacing=(1.0, -1.0, 1.0)), "three positive"),
        (Axes(("x",), ("mm",), (1.0,)), "1 spacings"),
    ],
)
def test_axes_that_cannot_be_meant_are_refused(given_axes: Axes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        VolumeView(np.zeros((2, 2, 2)), axes=given_axes)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "AIL", "SLP"])
def test_a_mark_in_a_file_stays_on_its_side(codes: str, tmp_path: Any) -> None:
    """A bright voxel at the left, anterior, superior corner, in files of any orientation."""
    shape, affine = (6, 7, 8), turned(codes)
    corner = [n - 1 if code in "LAS" else 0 for code, n in zip(codes, shape, strict=True)]
    data = np.zeros(shape, np.int16)
    data[tuple(corner)] = 9
    nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / "mark.nii.gz")
    view = VolumeView.of(load(tmp_path / "mark.nii.gz", "volume"))
    place = np.unravel_index(int(view.volume[0].argmax()), view.shape)
    for axis, code in enumerate(view.orientation.codes):
        end = view.shape[axis] - 1 if code in "LAS" else 0
        assert place[axis] == end, view.orientation.codes


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.arange(24).reshape(2, 3, 4), "uint8"),
        (np.arange(24).reshape(2, 3, 4) > 5, "uint8"),
        (np.arange(24.0).reshape(2, 3, 4), "uint8"),
        (np.arange(24).reshape(2, 3, 4) * 2000 - 32768, "uint16"),
        ((np.arange(24).reshape(2, 3, 4) * 2800 - 32000).astype(np.int32), "uint16"),
        (np.array([[[-32768, 32767]]], np.int16), "uint16"),
        (np.arange(24).reshape(2, 3, 4) / 7, "float32"),
        (np.arange(24).reshape(2, 3, 4) * 1_000_000, "float32"),
        (np.full((2, 2, 2), 0.25), "float32"),
    ],
)
def test_small_volumes_keep_their_values(array: NDArray[Any], kind: str) -> None:
    found = packing.packed(array)
    types = {"uint8": "u1", "uint16": "<u2", "float32": "<f4"}
    stored = np.frombuffer(found.data, types[found.kind]).reshape(array.shape)
    assert (found.kind, found.exact) == (kind, True)
    assert np.array_equal(stored * np.float64(found.scale) + found.offset, array.astype("f4"))
    assert (found.low, found.high) == (array.min(), array.max())


def test_large_volumes_of_fractions_are_rounded_and_say_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(packing, "_MOST_FLOATS", 100)
    values = np.random.default_rng(1).normal(50, 20, (10, 10, 10)).astype(np.float32)
    found = packing.packed(values)
    stored = np.frombuffer(found.data, "<u2").reshape(values.shape)
    back = stored * found.scale + found.offset
    assert (found.kind, found.exact) == ("uint16", False)
    assert np.abs(back - values).max() <= (values.max() - values.min()) / 65535 * 0.51
    expected = np.percentile(values, (1, 99), method="higher")
    assert [found.p1, found.p99] == pytest.approx(expected.tolist(), abs=found.scale)
    flat = packing.packed(np.full((10, 10, 10), 0.5, np.float32))
    assert np.frombuffer(flat.data, "<u2")[0] * flat.scale + flat.offset == 0.5


def test_percentiles_leave_the_extremes_out() -> None:
    values = np.r_[np.zeros(500), np.arange(100).repeat(100), 65000].astype(np.uint16)
    found = packing.packed(values.reshape(1, 1, -1))
    assert (found.p1, found.p99) == (0, 98)
    assert packing.packed(np.r_[np.zeros(999), 1].reshape(1, 1, -1)).p99 == 1
