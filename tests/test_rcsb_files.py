"""Region-constrained counterfactuals as JSON, ``.npz`` and ``.npy``, and back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import InputError
from rex_widgets.files_out import explanation_document, is_explained, save_arrays, save_json
from rex_widgets.store import save_explanation
from tests.rcsb_results import coloured, digit, unknown

ARRAYS = (
    "before", "after", "region", "probabilities_before", "probabilities", "curve", "steps",
    "reached", "flipped", "l1", "l2", "ssim", "forming", "forming_steps", "second",
    "second_probabilities",
)  # fmt: skip


def test_every_field_is_in_the_document() -> None:
    found = digit(settings=RcsbSettings(target=8, seed=0))
    document = explanation_document(found)
    of_a_sample = {"probabilities", "l1", "l2", "ssim", "lpips", "second", "second_probabilities"}
    pixels = {"before", "after", "forming", "picture", "values", "region_map"}
    renamed = {
        "source_class": "class", "source_label": "label", "region_source": "region",
        "area": "region", "failures": "samples", "curve": "steps", "forming_steps": "steps",
    }  # fmt: skip
    for name in {f.name for f in dataclasses.fields(found)} - of_a_sample - pixels:
        assert renamed.get(name, name) in document, name
    assert of_a_sample <= set(document["samples"][0])
    assert (document["class"], document["target"], document["best"]) == (3, 8, 1)
    assert document["reached"] == 3 and document["explained"] is True
    region = document["region"]
    assert region["pixels"] == int(found.region.sum()) and region["source"] == "drawn"
    first, behind, left, right = region["box"]
    assert found.region[first:behind, left:right].all()
    assert document["evaluations"]["sampling"] == 48
    assert set(document["settings"]) == {f.name for f in dataclasses.fields(RcsbSettings)}


def test_every_sample_is_in_the_document() -> None:
    found = digit(lpips=np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    samples = explanation_document(found)["samples"]
    assert [one["reached"] for one in samples] == found.reached.tolist()
    assert [one["class"] for one in samples] == [8, 8, 8, 3]
    for number, one in enumerate(samples):
        assert np.allclose(one["probabilities"], found.probabilities[number])
        for name in ("l1", "l2", "ssim", "lpips"):
            assert one[name] == pytest.approx(float(getattr(found, name)[number]))
        assert one["steps_done"] == 12 and one["second"] == found.second[number]


def test_json_is_strict_where_nothing_is_known(tmp_path: Path) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    text = save_json(unknown(), tmp_path / "a.json").read_text()
    document = json.loads(text, parse_constant=refuse)
    assert document["samples"][0]["l1"] is None and document["samples"][0]["class"] == -1
    assert document["explained"] is False
    alone = explanation_document(digit(second=None, second_probabilities=None, second_before=-1))
    assert alone["second_before"] is None and alone["samples"][0]["second"] is None
    nowhere = explanation_document(digit(region=np.zeros((32, 32), np.bool_)))
    assert nowhere["region"]["box"] is None


@pytest.mark.parametrize("made", [digit, coloured])
def test_npz_there_and_back(made: Any, tmp_path: Path) -> None:
    found = made()
    (path,) = save_arrays(found, tmp_path / "found.npz")
    with np.load(path, allow_pickle=False) as arrays:
        for name in ARRAYS:
            assert np.array_equal(arrays[name], getattr(found, name), equal_nan=True), name
            assert arrays[name].dtype == getattr(found, name).dtype
        assert tuple(arrays["labels"]) == found.labels and arrays["labels"].dtype.kind == "U"
        assert "lpips" not in arrays and "region_map" not in arrays, "not known"
        assert json.loads(str(arrays["document"])) == explanation_document(found)


def test_a_map_and_lpips_are_kept_where_they_are(tmp_path: Path) -> None:
    found = digit(region_map=np.eye(32, dtype=np.float32), lpips=np.ones(4, np.float32))
    (path,) = save_arrays(found, tmp_path / "found.npz")
    with np.load(path, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["region_map"], np.eye(32))
        assert np.array_equal(arrays["lpips"], np.ones(4))


def test_one_array_a_file(tmp_path: Path) -> None:
    found = digit()
    files = save_arrays(found, tmp_path / "found.npy")
    names = ("", "_before", "_region", "_probabilities")
    assert [file.name for file in files] == [f"found{name}.npy" for name in names]
    expected = (found.after, found.before, found.region, found.probabilities)
    for file, array in zip(files, expected, strict=True):
        assert np.array_equal(np.load(file, allow_pickle=False), array)


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for name in ("found.nii", "found.mat"):
        with pytest.raises(InputError, match=r"\.npz"):
            save_arrays(digit(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_there_is_an_answer_where_one_sample_has_the_class() -> None:
    assert is_explained(digit())
    assert not is_explained(digit(reached=np.zeros(4, np.bool_)))
    assert not is_explained(unknown())


def test_the_database_is_for_explanations_of_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"A RegionCounterfactuals was given.*save_json"):
        save_explanation(tmp_path / "a.db", cast(Any, digit()))
    assert not list(tmp_path.iterdir())
