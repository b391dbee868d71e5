"""Latent counterfactuals as JSON, ``.npz`` and ``.npy``, and back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rex_widgets.errors import InputError
from rex_widgets.files_out import explanation_document, is_explained, save_arrays, save_json
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.store import save_explanation
from tests.latent.examples import filled

ARRAYS = (
    "latents", "images", "counterfactuals", "pictures", "before", "after", "target", "changed",
    "margins", "distance", "nearest_miss", "mean", "std", "minimum", "maximum",
)  # fmt: skip
TEXTS = ("verdict", "diagnosis", "coordinates", "labels", "sample_names")


def test_every_field_is_in_the_document() -> None:
    found = filled()
    document = explanation_document(found)
    of_a_sample = {
        "latents", "before", "target", "nearest_miss", "diagnosis", "counterfactuals", "after",
        "changed", "margins", "distance", "verdict", "sample_names",
    }  # fmt: skip
    of_the_space = {"mean", "std", "minimum", "maximum"}
    pixels = {"images", "pictures", "picture", "values"}
    told = {f.name for f in dataclasses.fields(found)} - of_a_sample - of_the_space - pixels
    assert told <= set(document)
    assert set(document["latent_space"]) == of_the_space
    assert document["verdicts"] == {
        "successful": 2, "causal flip": 2, "trivial": 2, "unchanged": 6,
    }  # fmt: skip
    assert document["found"] == 2 and document["explained"] is False
    assert document["parts"][1] == {"name": "font", "first": 3, "behind": 6}
    assert document["evaluations"] == {"total": 615, "look": 3, "search": 600, "verify": 12}
    assert set(document["settings"]) == {f.name for f in dataclasses.fields(SETTINGS["dice"])}


def test_every_counterfactual_is_in_the_document() -> None:
    found = filled()
    for row, sample in enumerate(explanation_document(found)["samples"]):
        assert np.allclose(sample["latents"], found.latents[row])
        assert sample["class"] == found.own[row] and sample["target"] == found.target[row]
        assert sample["nearest"] == found.nearest[row]
        assert sample["nearest_miss"] == found.nearest_miss[row]
        assert sample["diagnosis"] == found.diagnosis[row]
        for number, one in enumerate(sample["counterfactuals"]):
            assert np.allclose(one["latents"], found.counterfactuals[row, number])
            assert np.allclose(one["after"], found.after[row, number])
            assert one["verdict"] == found.verdict[row, number]
            assert one["changed"] is bool(found.changed[row, number])
            assert one["margin"] == pytest.approx(found.margins[row, number])
            assert one["distance"] == pytest.approx(found.distance[row, number])


def test_large_latents_are_written_out() -> None:
    """Not as a digest, as large arrays among the settings are."""
    wide = np.ones((1, 1, 300), np.float32)
    found = filled(
        samples=1, explanations=1, world=False, counterfactuals=wide,
        latents=np.zeros((1, 300), np.float32),
    )  # fmt: skip
    document = explanation_document(found)
    assert document["samples"][0]["counterfactuals"][0]["latents"] == [1.0] * 300


def test_json_is_strict_where_nothing_is_known(tmp_path: Path) -> None:
    known = filled()
    found = filled(
        after=np.full_like(known.after, np.nan), margins=np.full_like(known.margins, np.nan)
    )
    text = save_json(found, tmp_path / "a.json").read_text()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    document = json.loads(text, parse_constant=refuse)
    assert document["samples"][0]["counterfactuals"][0]["margin"] is None


@pytest.mark.parametrize("world", [True, False])
def test_npz_there_and_back(world: bool, tmp_path: Path) -> None:
    found = filled(world=world)
    (path,) = save_arrays(found, tmp_path / "found.npz")
    with np.load(path, allow_pickle=False) as arrays:
        for name in ARRAYS:
            assert np.array_equal(arrays[name], getattr(found, name)), name
            assert arrays[name].dtype == getattr(found, name).dtype
        for name in TEXTS:
            assert np.array_equal(arrays[name], np.array(getattr(found, name))), name
            assert arrays[name].dtype.kind == "U"
        assert json.loads(str(arrays["document"])) == explanation_document(found)


def test_one_array_a_file(tmp_path: Path) -> None:
    found = filled()
    files = save_arrays(found, tmp_path / "found.npy")
    names = ("", "_latents", "_after", "_pictures")
    assert [file.name for file in files] == [f"found{name}.npy" for name in names]
    expected = (found.counterfactuals, found.latents, found.after, found.pictures)
    for file, array in zip(files, expected, strict=True):
        assert np.array_equal(np.load(file, allow_pickle=False), array)


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for name in ("found.nii", "found.mat"):
        with pytest.raises(InputError, match=r"\.npz"):
            save_arrays(filled(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_there_is_an_answer_where_every_sample_has_one() -> None:
    assert is_explained(filled(samples=1)) and not is_explained(filled())
    assert not is_explained(filled(samples=1, changed=np.zeros((1, 4), np.bool_)))


def test_the_database_is_for_explanations_of_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"A Counterfactuals was given.*save_json"):
        save_explanation(tmp_path / "a.db", cast(Any, filled()))
    assert not list(tmp_path.iterdir())
