"""An explanation as JSON, ``.npz`` and NIfTI: complete, finite, and written whole."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.axes import Axes
from rex_widgets.errors import RexWidgetsError
from rex_widgets.files_out import (
    explanation_document,
    is_explained,
    json_text,
    save_arrays,
    save_json,
)
from rex_widgets.results import Explanation, Part
from tests.synthetic import RegionClassifier, drive, run_of

MODEL = RegionClassifier((16, 16), [[(3, 9, 4, 10)]], need=0.4)


@pytest.fixture(scope="module")
def found() -> Explanation:
    return drive(run_of(MODEL, MODEL.picture(), iters=3))


def _volume(found: Explanation, axes: Axes | None) -> Explanation:
    values = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    return dataclasses.replace(
        found, map=values, mask=values > 50, ranking=None, picture=None, kind="volume", axes=axes
    )


def test_every_field_of_an_explanation_is_in_the_document(found: Explanation) -> None:
    document = explanation_document(found)
    arrays = {"map", "mask", "ranking", "picture", "values"}
    told = {field.name for field in dataclasses.fields(found)} - arrays
    assert told <= set(document)
    assert document["kept"] == int(found.mask.sum())
    assert document["settings"]["iters"] == 3
    assert set(document["settings"]) == {f.name for f in dataclasses.fields(found.settings)}
    assert document["map"]["largest"] == float(found.map.max())
    assert found.map[tuple(document["map"]["largest_at"])] == found.map.max()


def test_numbers_are_finite_and_objects_are_named(found: Explanation) -> None:
    def hide(data: Any) -> Any:
        return data

    settings = dataclasses.replace(found.settings, mask_value=np.full((1, 16, 16), 0.5, np.float32))
    odd = dataclasses.replace(
        found, confidence=math.nan, seconds=math.inf, settings=settings, statistics={"x": np.nan}
    )
    document = explanation_document(odd)
    assert document["confidence"] is None and document["seconds"] is None
    assert document["statistics"] == {"x": None}
    assert document["settings"]["mask_value"]["shape"] == [1, 16, 16]
    assert len(document["settings"]["mask_value"]["sha256"]) == 64
    assert json.loads(json_text(document)) == document
    assert "\n" not in json_text(document, one_line=True)
    named = dataclasses.replace(
        found, settings=dataclasses.replace(found.settings, mask_value=hide)
    )
    assert explanation_document(named)["settings"]["mask_value"] == "hide"
    small = dataclasses.replace(found.settings, mask_value=(0.5, 1.0))
    assert explanation_document(dataclasses.replace(found, settings=small))["settings"][
        "mask_value"
    ] == [0.5, 1.0]


def test_what_counts_as_explained(found: Explanation) -> None:
    assert is_explained(found)
    assert not is_explained(dataclasses.replace(found, verified=False))
    empty = np.zeros_like(found.mask)
    assert not is_explained(dataclasses.replace(found, mask=empty))
    alone = dataclasses.replace(found.settings, no_extract=True)
    assert is_explained(dataclasses.replace(found, settings=alone, verified=False, mask=empty))
    nothing = np.zeros_like(found.map)
    assert not is_explained(dataclasses.replace(found, settings=alone, map=nothing))


def test_arrays_come_back(found: Explanation, tmp_path: Path) -> None:
    part = Part("spotlight 1", found.mask, 0.5, found.area, True)
    axes = Axes(("row", "column"), ("mm", "mm"), (1.0, 2.0), affine=np.eye(4))
    with_parts = dataclasses.replace(found, parts=(part, part), axes=axes)
    (path,) = save_arrays(with_parts, tmp_path / "it.npz")
    assert path == tmp_path / "it.npz"
    with np.load(path, allow_pickle=False) as saved:
        assert np.array_equal(saved["map"], found.map) and saved["map"].dtype == np.float32
        assert np.array_equal(saved["mask"], found.mask) and saved["mask"].dtype == np.bool_
        assert np.array_equal(saved["picture"], found.picture)
        assert saved["part_masks"].shape == (2, 16, 16)
        assert list(saved["part_names"]) == ["spotlight 1"] * 2
        assert np.array_equal(saved["affine"], np.eye(4))
        assert json.loads(str(saved["document"])) == explanation_document(with_parts)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_volume_keeps_its_place_in_the_world(
    found: Explanation, ending: str, tmp_path: Path
) -> None:
    import nibabel

    affine = np.array([[2, 0, 0, -10], [0, 3, 0, 5], [0, 0, 4, 7], [0, 0, 0, 1]], np.float64)
    axes = Axes(("right", "anterior", "superior"), ("mm",) * 3, (2.0, 3.0, 4.0), affine=affine)
    volume = _volume(found, axes)
    files = save_arrays(volume, tmp_path / f"map{ending}")
    assert [file.name for file in files] == [f"map{ending}", f"map_mask{ending}"]
    library: Any = nibabel
    shown, mask = library.load(files[0]), library.load(files[1])
    assert np.array_equal(shown.get_fdata(), volume.map)
    assert np.array_equal(np.asarray(mask.dataobj).astype(bool), volume.mask)
    assert np.array_equal(shown.affine, affine)
    assert shown.header.get_zooms() == (2.0, 3.0, 4.0)
    assert library.aff2axcodes(shown.affine) == ("R", "A", "S")
    again = save_arrays(volume, tmp_path / f"again{ending}")
    assert again[0].read_bytes() == files[0].read_bytes()


def test_a_volume_of_numbers_alone(found: Explanation, tmp_path: Path) -> None:
    import nibabel

    axes = Axes(("axis 1", "axis 2", "axis 3"), ("voxel",) * 3, (1.0, 2.0, 1.0))
    library: Any = nibabel
    for known, affine in ((axes, np.diag([1.0, 2, 1, 1])), (None, np.eye(4))):
        path, _ = save_arrays(_volume(found, known), tmp_path / "v.nii")
        assert np.array_equal(library.load(path).affine, affine)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("map.nii", "NIfTI holds volumes"),
        ("map.nii.gz", "NIfTI holds volumes"),
        ("map.foo", "ends in .npz"),
        ("map", "ends in .npz"),
        ("no/map.npz", "The folder of 'map.npz' does not exist"),
    ],
)
def test_names_that_cannot_be_written(
    found: Explanation, name: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(RexWidgetsError, match=told):
        save_arrays(found, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_or_not_at_all(
    found: Explanation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_json(found, tmp_path / "it.json")
    before = path.read_bytes()
    assert json.loads(before)["source"] == "array"

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RexWidgetsError, match="No space left"):
        save_json(dataclasses.replace(found, source="other"), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["it.json"]
