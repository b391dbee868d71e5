"""The release's data set: read as BEX 0.5.2 reads it, and nothing that it should not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rex_widgets.errors import InputError, ModelError
from rex_widgets.latent.release.datasets import load_dataset, split
from tests.latent.release.made_files import CORRELATED, ROWS, dataset_arrays, write_hdf5
from tests.latent.release.recording import recorded

Arrays = dict[str, Any]


def written(folder: Path, **changes: Any) -> Path:
    arrays = {n: a for n, a in (dataset_arrays() | changes).items() if a is not None}
    return write_hdf5(folder / "data.h5py", arrays)


def items() -> list[dict[str, Any]]:
    return [json.loads(text) for text in dataset_arrays()["y"]]


def texts(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    changed = items()
    for item in changed:
        change(item)
    return [json.dumps(item) for item in changed]


@pytest.mark.parametrize("fixed", [False, True])
def test_attributes_labels_and_split_are_the_release_s(tmp_path: Path, fixed: bool) -> None:
    y = dataset_arrays()["y"]
    data = load_dataset(written(tmp_path, y=np.array(y, "S") if fixed else y))
    for name, part in zip(("train", "val"), split(ROWS), strict=True):
        expected = recorded(f"{name}_categorical")
        np.testing.assert_array_equal(data.characters[part], expected[:, 0])
        np.testing.assert_array_equal(data.fonts[part], expected[:, 1])
        np.testing.assert_array_equal(data.continuous[part], recorded(f"{name}_continuous"))
        np.testing.assert_array_equal(data.labels[part], recorded(f"{name}_labels"))
        pixels = recorded(f"{name}_pixels")
        first = data.pictures(part.tolist()).permute(0, 2, 3, 1).flatten(1)[:, :5]
        np.testing.assert_allclose(first, pixels / 255 * 2 - 1, atol=1e-6)


def test_names_and_correlated_fonts(tmp_path: Path) -> None:
    data = load_dataset(written(tmp_path))
    assert data.continuous_names[0] == "inverse_color"
    assert data.continuous_names[1:] == ("rotation", "scale", "translation-x", "translation-y")
    assert data.correlated == (CORRELATED[:3], CORRELATED[3:])


def test_characters_and_fonts_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    def swapped(item: dict[str, Any]) -> None:
        item["char"] = item.pop("char")

    data = load_dataset(written(tmp_path, y=texts(swapped)))
    assert data.characters[0] == items()[0]["char"]
    assert data.fonts[0] == items()[0]["font"]


def test_without_the_names_the_first_two_whole_numbers_are_taken(tmp_path: Path) -> None:
    def renamed(item: dict[str, Any]) -> None:
        item["a"], item["b"] = item.pop("char"), item.pop("font")

    data = load_dataset(written(tmp_path, y=texts(renamed)))
    assert data.characters[3] == items()[3]["char"]


def test_an_attribute_that_is_whole_now_and_then_is_continuous(tmp_path: Path) -> None:
    changed = items()
    changed[4]["scale"] = 1
    data = load_dataset(written(tmp_path, y=[json.dumps(item) for item in changed]))
    assert data.continuous[4, 2] == 1.0


def test_pictures_come_in_the_order_asked(tmp_path: Path) -> None:
    data = load_dataset(written(tmp_path))
    x = dataset_arrays()["x"]
    found = data.pictures([7, 2, 7])
    assert found.shape == (3, 3, 32, 32)
    np.testing.assert_allclose(found[1, 2, 5, 6], x[2, 5, 6, 2] / 127.5 - 1, atol=1e-6)
    assert bool((found[0] == found[2]).all())
    assert data.pictures([]).shape == (0, 3, 32, 32)
    with pytest.raises(InputError, match="There is no sample 60; expected 0 to 59"):
        data.pictures([60])


def no_floats(item: dict[str, Any]) -> None:
    item.pop("rotation")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"x": None}, "lacks 'x'; it has correlated_att, labels, y"),
        ({"labels": None}, "lacks 'labels'"),
        ({"x": np.zeros((ROWS, 3, 32, 32), np.uint8)}, r"expected \(N, 32, 32, 3\)"),
        ({"x": np.zeros((ROWS, 32, 32, 3))}, "type float64"),
        ({"labels": np.zeros(ROWS - 1)}, r"'labels' has shape \(59,\); expected \(60,\)"),
        ({"labels": np.zeros(ROWS)}, "1 different values; expected 2"),
        ({"correlated_att": np.array([1, 2, 3])}, "an even number of fonts"),
        ({"correlated_att": np.array([1, 48])}, "0 to 47"),
        ({"correlated_att": np.array([1.5, 2])}, "0 to 47"),
        ({"y": np.zeros(ROWS)}, "type float64"),
        ({"y": ["no json"] * ROWS}, "sample 0 is no JSON"),
        ({"y": ["[" * 4000] * ROWS}, "sample 0 is no JSON"),
        ({"y": ["[1]"] * ROWS}, "expected a dictionary of attributes"),
        ({"y": ["x" * 5000] * ROWS}, "longer than 4096"),
        ({"y": np.array([b"\xff"] * ROWS)}, "utf-8"),
        ({"y": texts(lambda item: item.pop("font"))}, "two that are whole numbers"),
        ({"y": texts(lambda item: item.pop("inverse_color"))}, "expected inverse_color"),
        ({"y": texts(no_floats)}, "and 4 that are not"),
        ({"y": texts(lambda item: item.update(char=48))}, "from 48 to 48; expected 0 to 47"),
        ({"y": texts(lambda item: item.update(font=-1))}, "from -1 to -1"),
        ({"y": texts(lambda item: item.update(char="A"))}, "'char' is 'A'; expected a number"),
        ({"y": texts(lambda item: item.update(char=10**400))}, "a number of 401 digits"),
        ({"y": texts(lambda item: item.update(scale=float("nan")))}, "NaN"),
        ({"y": texts(lambda item: item.update(scale=1e300))}, "infinite"),
    ],
)
def test_what_is_not_as_expected_is_told(tmp_path: Path, changes: Arrays, told: str) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(ModelError, match=told) as error:
        load_dataset(path)
    assert str(path) in str(error.value)


def test_a_sample_with_other_attributes_is_named(tmp_path: Path) -> None:
    changed = items()
    changed[9].pop("font")
    with pytest.raises(ModelError, match="'y' of sample 9 is"):
        load_dataset(written(tmp_path, y=[json.dumps(item) for item in changed]))


def replaced(path: Path, name: str, make: Callable[[Any], Any]) -> Path:
    with h5py.File(path, "a") as file:
        del file[name]
        make(file)
    return path


def test_links_and_arrays_in_other_files_are_not_followed(tmp_path: Path) -> None:
    other = write_hdf5(tmp_path / "other.h5", {"labels": dataset_arrays()["labels"]})

    def external(file: Any) -> None:
        file["labels"] = h5py.ExternalLink(str(other), "/labels")

    def soft(file: Any) -> None:
        file["labels"] = h5py.SoftLink("/x")

    def stored(file: Any) -> None:
        secret = [(str(other), 0, 8 * ROWS)]
        file.create_dataset("labels", (ROWS,), "f8", external=secret)

    def virtual(file: Any) -> None:
        layout = h5py.VirtualLayout((ROWS,), "f8")
        layout[:] = h5py.VirtualSource(str(other), "labels", (ROWS,))
        file.create_virtual_dataset("labels", layout)

    cases = ((external, "a link"), (soft, "a link"), (stored, "other files"), (virtual, "other"))
    for make, told in cases:
        with pytest.raises(ModelError, match=told):
            load_dataset(replaced(written(tmp_path), "labels", make))


def test_a_group_in_an_array_s_place_is_told(tmp_path: Path) -> None:
    path = replaced(written(tmp_path), "x", lambda file: file.create_group("x"))
    with pytest.raises(ModelError, match="'x' is no array"):
        load_dataset(path)


def test_claims_of_enormous_arrays_allocate_nothing(tmp_path: Path) -> None:
    def rows(file: Any) -> None:
        file.create_dataset("x", (2**40, 32, 32, 3), "u1", chunks=(1, 32, 32, 3))

    def pieces(file: Any) -> None:
        file.create_dataset(
            "x", (ROWS, 32, 32, 3), "u1", chunks=(2**18, 32, 32, 3), maxshape=(None, 32, 32, 3)
        )

    for make, told in ((rows, "rows; expected 1,000,000"), (pieces, "packed in pieces")):
        with pytest.raises(ModelError, match=told):
            load_dataset(replaced(written(tmp_path), "x", make))


def test_damage_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged or not whole"):
        load_dataset(path)
    path.write_bytes(b"not hdf5")
    with pytest.raises(ModelError, match="damaged or not whole"):
        load_dataset(path)


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected 1,000 at most"):
        load_dataset(written(tmp_path), most_bytes=1000)


def test_without_h5py_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModelError, match=r'pip install "rex-widgets\[bex\]"'):
        load_dataset(path)


def test_the_split_takes_each_sample_once() -> None:
    training, validation = split(101)
    assert (len(training), len(validation)) == (80, 21)
    assert sorted([*training, *validation]) == list(range(101))
