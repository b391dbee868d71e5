"""Rows of features from files, frames, dicts and lists: which row, which names, what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rex_widgets.errors import InputError
from tests.inputs.makers import load, mat, npy

ROW = [1.5, -2.0, 3.25]
TEXT = "a,b,c\n1.5,-2,3.25\n4,5,6\n"


def written(folder: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def table(given: Any, size: int | None = 3, **options: Any) -> Any:
    return load(given, "table", None if size is None else (size,), **options)


@pytest.mark.parametrize("size", [3, None])
def test_every_form_of_one_row_is_the_same_sample(tmp_path: Path, size: int | None) -> None:
    array = np.array(ROW)
    forms = [array, array[None], array[None, None], array[:, None], list(ROW), npy(array)]
    forms += [npy(array[None]), mat(x=array), pd.Series(array), pd.Series(ROW, list("abc"))]
    forms += [pd.DataFrame([ROW], columns=list("abc")), dict(zip("abc", ROW, strict=True))]
    forms += [written(tmp_path, "1.5,-2,3.25\n"), written(tmp_path, "1.5\n-2\n3.25\n", "col.csv")]
    for form in forms:
        sample = table(form, size)
        assert sample.kind == "table"
        assert sample.data.dtype == np.float32
        np.testing.assert_array_equal(sample.data, [ROW])
        np.testing.assert_array_equal(sample.values, [ROW])
        assert sample.axes is not None
        assert sample.axes.names == ("feature",)
        assert not sample.values.flags.writeable
        # -2 is black, 3.25 white, 1.5 two thirds of the way.
        np.testing.assert_array_equal(sample.picture, [[[170] * 3, [0] * 3, [255] * 3]])


def test_names_come_from_the_header_the_frame_or_the_person(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    sample = table(path, row=1)
    assert sample.axes.labels == ("a", "b", "c")
    assert "row 1 of 2" in sample.notes
    np.testing.assert_array_equal(sample.data, [[4, 5, 6]])
    assert table(np.array(ROW)).axes.labels == ()
    assert table(np.array(ROW), feature_names=["u", "v", "w"]).axes.labels == ("u", "v", "w")
    names = written(tmp_path, "u\nv w\n\nx\n", "names.txt")
    assert table(path, row=0, feature_names=names).axes.labels == ("u", "v w", "x")
    with pytest.raises(InputError, match=r"2 names .'u', 'v'., but the input has 3 features"):
        table(path, row=0, feature_names=["u", "v"])


@pytest.mark.parametrize(
    "text",
    [
        "a;b;c\n1,5;-2;3,25\n",
        "a\tb\tc\n1.5\t-2\t3.25\n",
        "\ufeffa,b,c\r\n1.5,-2,3.25\r\n",
        '"a;1","b, 2",c\n"1.5", -2 ,3.25\n',
        "# written by hand\n1.5 -2  3.25\n",
        "1.500e+00 -2.000e+00 3.250e+00",
        "a,b,c,\n1.5,-2,3.25,\n",
        "\n\na,b,c\n\n1.5,-2,3.25\n\n",
    ],
)
def test_delimiters_headers_and_comments(tmp_path: Path, text: str) -> None:
    np.testing.assert_array_equal(table(written(tmp_path, text)).data, [ROW])


def test_columns_are_matched_with_the_models_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "id,c,a,b\n7,3.25,1.5,-2\n")
    sample = table(path, model_features=("a", "b", "c"))
    np.testing.assert_array_equal(sample.data, [ROW])
    assert sample.axes.labels == ("a", "b", "c")
    assert sample.notes == (
        "columns left out that the model does not know: 'id'",
        "columns brought to the model's order",
    )
    with pytest.raises(InputError, match=r"2 columns .*'a', 'b'.*; the model also needs 'c'"):
        table({"a": 1.0, "b": 2.0}, model_features=("a", "b", "c"))
    other = table({"x": 1.5, "y": -2, "z": 3.25}, model_features=("a", "b", "c"))
    assert "taken in their order" in other.notes[0]
    assert table(np.array(ROW), model_features=("a", "b", "c")).axes.labels == (
        "a",
        "b",
        "c",
    )


def test_an_index_that_pandas_wrote_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    pd.DataFrame([ROW], columns=list("abc"), index=[12]).to_csv(path)
    for form in [path, pd.read_csv(path)]:
        sample = table(form)
        np.testing.assert_array_equal(sample.data, [ROW])
        assert sample.axes.labels == ("a", "b", "c")
        assert "an index" in sample.notes[0]


def test_normalisation_is_the_models_and_processed_skips_it() -> None:
    how = {"mean": (1.0,), "std": (2.0,)}
    sample = table(np.array(ROW), **how)
    np.testing.assert_allclose(sample.data, [[0.25, -1.5, 1.125]])
    np.testing.assert_array_equal(sample.values, [ROW])
    np.testing.assert_array_equal(table(np.array(ROW), processed=True, **how).data, [ROW])


def test_nullable_and_true_false_columns_are_numbers() -> None:
    frame = pd.DataFrame({"a": pd.array([1], "Int64"), "b": [True], "c": [2.5]})
    np.testing.assert_array_equal(table(frame).data, [[1, 1, 2.5]])


FRAME = pd.DataFrame({"a": [1.0, np.nan], "b": [2.0, 3.0], "c": ["x", "y"]})
WRONG: dict[str, tuple[Any, str]] = {
    "several rows": (np.ones((4, 3)), "holds 4 rows of 3 features; .* row=0 to row=3"),
    "frame of rows": (FRAME[["a", "b", "b"]], "data frame holds 2 rows"),
    "words in a frame": (FRAME, "holds str in column 'c'"),
    "length": (np.ones(5), "has 5 features; the model takes 3"),
    "three axes": (np.ones((2, 2, 3)), r"shape \(2, 2, 3\); expected one row"),
    "empty": (np.ones((0, 3)), "empty .0 rows"),
    "no axes": (np.array(3.0), r"shape \(\); expected one row"),
    "words": (np.array(["a", "b", "c"]), "array of <U1"),
    "complex": (np.ones(3, complex), "complex numbers"),
    "nan": (np.array([1, np.nan, np.inf]), "2 NaN or infinite values .of 3."),
    "too large": (np.array([1, 2, 1e39]), "fit 32 bits"),
    "words in a dict": ({"a": "red"}, "holds 'red' under 'a'"),
    "nothing in a dict": ({}, "dict is empty"),
    "ragged list": ([[1.0], [1.0, 2.0]], "different lengths"),
    "objects in a list": ([{}, None], "no number"),
    "a set": ({1.0, 2.0}, "type set was given; expected a path"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_a_row(name: str) -> None:
    given, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        table(given)


def test_a_missing_cell_of_a_frame_is_named() -> None:
    with pytest.raises(InputError, match=r"no finite number in 'a' .row 1."):
        table(FRAME[["a", "b", "b"]], row=1)


TEXTS = {
    "word": ("a,b,c\n1,2,3\n4,red,6\n", "'red' in column 'b', row 1 "),
    "no header": ("1,2,3\n4,,6\n", "an empty cell in column 1, row 1 "),
    "nan": ("a,b,c\n1,2,nan\n", "'nan' in column 'c', row 0"),
    "infinity": ("a,b,c\n1,2,1e999\n", "'1e999' in column 'c'"),
    "ragged": ("a,b,c\n1,2,3\n4,5\n", "3 columns in its first row but 2 in line 3"),
    "no rows": ("a,b,c\n", "a header .a, b, c. but no rows"),
    "blank": ("\n \n# nothing\n", "has no rows"),
    "row out of range": ("1,2,3\n4,5,6\n", "row=9 was given, but 't.csv' holds 2 rows"),
    "open quote": ('a,b,c\n1,2,"' + "3" * 200_000, "no table of numbers: line 2"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    text, message = TEXTS[name]
    row = 9 if name == "row out of range" else None
    with pytest.raises(InputError, match=message):
        table(written(tmp_path, text), row=row)


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "not text in UTF-8")],
)
def test_other_encodings_are_named(tmp_path: Path, encoding: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        table(written(tmp_path, "längé,b,c\n1,2,3\n", encoding=encoding))
