"""Importance, uncertainty and their errors as JSON, ``.npz``, ``.npy`` and NIfTI, and back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, cast

import nibabel
import numpy as np
import pytest

from rex_widgets.axes import Axes, axes_of
from rex_widgets.errors import InputError
from rex_widgets.files_out import explanation_document, is_explained, save_arrays, save_json
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.store import save_explanation
from tests.relax.examples import SPACES, filled

MAPS = (
    "importance", "uncertainty", "importance_error", "uncertainty_error", "uncertainty_released",
)  # fmt: skip


def test_every_field_is_in_the_document() -> None:
    found = filled(neighbours=2)
    document = explanation_document(found)
    elsewhere = {"picture", "values", "embedding_text"}
    told = {field.name for field in dataclasses.fields(found)} - elsewhere
    assert told <= set(document)
    assert document["embedding"] == {"size": 32, "text": found.embedding_text}
    for name in MAPS:
        values = getattr(found, name)
        assert document[name]["largest"] == float(values.max())
        assert values[tuple(document[name]["largest_at"])] == values.max()
    assert document["u_relax"] == {"quantile": 0.5, "kept": int(found.certain.sum())}
    assert document["evaluations"] == {"total": 513, "look": 1, "masks": 512}
    assert document["neighbours"][1]["similarity"] == pytest.approx(0.85)
    assert set(document["settings"]) == {f.name for f in dataclasses.fields(RelaxSettings)}


def test_json_is_strict_where_errors_are_not_known(tmp_path: Path) -> None:
    unknown = np.full((12, 16), np.nan, np.float32)
    found = filled(
        importance_error=unknown, uncertainty_error=unknown, relative_error=float("nan"),
        similarity=float("nan"),
    )  # fmt: skip
    text = save_json(found, tmp_path / "a.json").read_text()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    document = json.loads(text, parse_constant=refuse)
    assert document["importance_error"] == {} and document["relative_error"] is None


def test_settings_that_are_objects_are_named(tmp_path: Path) -> None:
    class Encoder:
        def __str__(self) -> str:
            return "layer " * 1000

    settings = RelaxSettings(versus=Encoder(), like=np.zeros((1, 12, 16), np.float32))
    document = explanation_document(filled(settings=settings))
    assert document["settings"]["versus"] == "Encoder"
    assert document["settings"]["like"]["shape"] == [1, 12, 16]


@pytest.mark.parametrize("kind", SPACES)
def test_npz_there_and_back(kind: str, tmp_path: Path) -> None:
    found = filled(kind, neighbours=2)
    (path,) = save_arrays(found, tmp_path / "maps.npz")
    with np.load(path, allow_pickle=False) as arrays:
        for name in (*MAPS, "embedding", "u_relax", "picture"):
            assert np.array_equal(arrays[name], getattr(found, name)), name
            assert arrays[name].dtype == getattr(found, name).dtype
        if found.values is None:
            assert "values" not in arrays
        else:
            assert np.array_equal(arrays["values"], found.values)
        assert list(arrays["neighbour_names"]) == ["photo 0.png", "photo 1.png"]
        assert np.array_equal(
            arrays["neighbour_importances"], [one.importance for one in found.neighbours]
        )
        document = json.loads(str(arrays["document"]))
        axes = axes_of(document["axes"], arrays)
    assert found.axes is not None and axes.names == found.axes.names
    assert document == explanation_document(found)
    assert "neighbour_names" not in np.load(*save_arrays(filled(kind), tmp_path / "b.npz"))


@pytest.mark.parametrize("ending", [".npy", ".nii", ".nii.gz"])
def test_one_array_a_file(ending: str, tmp_path: Path) -> None:
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    axes = Axes(("right", "anterior", "superior"), ("mm",) * 3, (2.0, 2.0, 3.0), affine=affine)
    found = filled("volume", axes=axes)
    files = save_arrays(found, tmp_path / f"maps{ending}")
    assert [file.name for file in files] == [
        f"maps{end}{ending}"
        for end in ("", "_uncertainty", "_importance_error", "_uncertainty_error")
    ]
    names = ("importance", "uncertainty", "importance_error", "uncertainty_error")
    for name, file in zip(names, files, strict=True):
        if ending == ".npy":
            read = np.load(file, allow_pickle=False)
        else:
            image = nibabel.load(file)  # type: ignore[attr-defined]
            read = np.asarray(image.dataobj)  # type: ignore[attr-defined]
            assert np.array_equal(image.affine, affine)  # type: ignore[attr-defined]
        assert np.array_equal(read, getattr(found, name))


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.npz"):
        save_arrays(filled(), tmp_path / "maps.nii")
    with pytest.raises(InputError, match=r"\.npz"):
        save_arrays(filled(), tmp_path / "maps.mat")
    assert not list(tmp_path.iterdir())


def test_there_is_an_answer_once_there_are_masks() -> None:
    assert is_explained(filled()) and not is_explained(filled(masks=0))


def test_the_database_is_for_explanations_of_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="save_json"):
        save_explanation(tmp_path / "a.db", cast(Any, filled()))
    assert not list(tmp_path.iterdir())
