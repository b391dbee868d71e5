"""Spectra and time series: arrays, text, .mat; which row, which channels, which positions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from rex_widgets.errors import InputError
from tests.inputs.makers import load, mat, npy, wav

VALUES = np.array([0.5, -1.0, 4.0, 2.0, 2.5])
TWO = np.stack([VALUES, VALUES[::-1] * 3])
PLACES = np.array([900.0, 850.0, 800.0, 750.0, 700.0])


def signal(given: Any, size: int | None = 5, channels: int = 1, **options: Any) -> Any:
    return load(given, "signal", None if size is None else (size,), channels, **options)


def text(*columns: Any, header: str = "", delimiter: str = ",") -> str:
    rows = (delimiter.join(f"{cell:g}" for cell in row) for row in zip(*columns, strict=True))
    return header + "\n".join(rows) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: str, name: str = "s.csv") -> Path:
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("size", [5, None])
def test_every_form_of_one_channel_is_the_same_sample(size: int | None, file: Any) -> None:
    forms = [VALUES, VALUES[None], VALUES[None, None], VALUES[:, None], list(VALUES)]
    forms += [npy(VALUES), mat(s=VALUES), mat(s=VALUES[:, None]), mat(False, s=VALUES)]
    forms += [torch.from_numpy(VALUES.copy())[None, None].requires_grad_()]
    forms += [file(text(VALUES)), file(text(VALUES, header="absorbance\n"), "h.csv")]
    forms += [file(text(PLACES, VALUES), "p.csv"), pd.Series(VALUES)]
    forms += [file(text(*VALUES[:, None]), "row.csv"), pd.DataFrame([VALUES])]
    for form in forms:
        sample = signal(form, size)
        assert sample.kind == "signal"
        np.testing.assert_array_equal(sample.data, VALUES[None].astype(np.float32))
        assert sample.picture.shape == (1, 5, 3)


def test_several_channels() -> None:
    for form in [TWO, TWO[None], npy(TWO), mat(s=TWO), torch.from_numpy(TWO)]:
        np.testing.assert_array_equal(signal(form, channels=2).data, TWO.astype(np.float32))
    turned = signal(TWO.T, channels=2)
    np.testing.assert_array_equal(turned.data, TWO.astype(np.float32))
    assert turned.notes == ("last axis taken as channels",)


def test_channels_in_columns_and_rows_of_text(file: Any) -> None:
    columns = file(text(*TWO, header="left,right\n"))
    np.testing.assert_array_equal(signal(columns, channels=2).data, TWO.astype(np.float32))
    rows = file(text(*TWO.T), "rows.csv")
    np.testing.assert_array_equal(signal(rows, channels=2).data, TWO.astype(np.float32))
    placed = signal(file(text(PLACES, *TWO), "placed.csv"), channels=2)
    np.testing.assert_array_equal(placed.data, TWO.astype(np.float32))
    np.testing.assert_array_equal(placed.axes.along(5), PLACES)


@pytest.mark.parametrize("size", [5, None])
def test_rows_of_spectra_under_positions(file: Any, size: int | None) -> None:
    spectra = file(text(*np.stack([PLACES, VALUES, TWO[1]]).T))
    sample = signal(spectra, size, row=1, axis_name="wavenumber", axis_unit="1/cm")
    np.testing.assert_array_equal(sample.data, TWO[1:].astype(np.float32))
    assert (sample.axes.names, sample.axes.units) == (("wavenumber",), ("1/cm",))
    assert sample.axes.spacing == (50.0,)
    np.testing.assert_array_equal(sample.axes.along(5), PLACES)
    assert sample.notes == ("first row taken as positions", "row 1 of 2")
    with pytest.raises(InputError, match=r"holds 2 rows of 5 values.*row=0 to row=1"):
        signal(spectra, size)
    frame = pd.DataFrame(TWO, columns=PLACES)
    np.testing.assert_array_equal(signal(frame, size, row=0).axes.along(5), PLACES)
    one = file(text(*np.stack([PLACES, VALUES]).T), "one.csv")
    np.testing.assert_array_equal(signal(one, size).data[0], VALUES.astype(np.float32))


def test_an_index_that_pandas_wrote_is_left_out(tmp_path: Path) -> None:
    pd.DataFrame(TWO, columns=PLACES).to_csv(tmp_path / "frame.csv")
    for form in [tmp_path / "frame.csv", pd.read_csv(tmp_path / "frame.csv")]:
        sample = signal(form, row=1)
        np.testing.assert_array_equal(sample.data, TWO[1:].astype(np.float32))
        np.testing.assert_array_equal(sample.axes.along(5), PLACES)
        assert "an index" in sample.notes[0]


def test_positions_given_say_that_the_first_row_is_none(file: Any) -> None:
    spectra = file(text(*np.stack([PLACES, VALUES]).T))
    sample = signal(spectra, row=0, axis_positions=[1, 2, 3, 4, 6])
    np.testing.assert_array_equal(sample.data[0], PLACES)
    np.testing.assert_array_equal(sample.axes.along(5), [1, 2, 3, 4, 6])


def test_positions_from_files(file: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "places.npy", PLACES)
    for places in [tmp_path / "places.npy", file(text(PLACES), "places.csv")]:
        np.testing.assert_array_equal(signal(VALUES, axis_positions=places).axes.along(5), PLACES)
    np.save(tmp_path / "square.npy", np.ones((2, 2)))
    with pytest.raises(InputError, match=r"shape \(2, 2\); expected one row or one column"):
        signal(VALUES, axis_positions=tmp_path / "square.npy")
    with pytest.raises(InputError, match="3 positions, but The array has 5 samples"):
        signal(VALUES, axis_positions=[1, 2, 3])
    with pytest.raises(InputError, match="holds NaN"):
        signal(VALUES, axis_positions=[1, 2, 3, 4, float("inf")])


def test_sample_rate_makes_an_axis_of_seconds() -> None:
    sample = signal(VALUES, sample_rate=50)
    assert (sample.axes.names, sample.axes.units) == (("time",), ("s",))
    np.testing.assert_allclose(sample.axes.along(5), [0, 0.02, 0.04, 0.06, 0.08])
    assert signal(VALUES).axes.names == ("sample",)


def test_rows_of_arrays() -> None:
    rows = np.arange(20.0).reshape(4, 5)
    np.testing.assert_array_equal(signal(rows, row=2).data, rows[2:3])
    many = np.arange(40.0).reshape(4, 2, 5)
    np.testing.assert_array_equal(signal(many, channels=2, row=3).data, many[3])
    with pytest.raises(InputError, match="holds 4 rows of 5 values"):
        signal(rows)
    with pytest.raises(InputError, match="holds 4 signals"):
        signal(many, channels=2)
    with pytest.raises(InputError, match="row=4 was given, but The array holds 4"):
        signal(rows, row=4)


def test_a_mat_file_of_several_arrays_asks_which() -> None:
    content = mat(x=VALUES, y=TWO, words="hello", parts={"a": 1})
    with pytest.raises(InputError) as caught:
        signal(content)
    message = str(caught.value)
    assert "'x' 1x5" in message
    assert "'y' 2x5" in message
    assert "(text)" in message
    assert "(struct)" in message
    assert "array='x'" in message
    np.testing.assert_array_equal(signal(content, array="x").data[0], VALUES.astype(np.float32))
    np.testing.assert_array_equal(signal(content, array="y", row=1).data, TWO[1:].astype("f4"))
    with pytest.raises(InputError, match="array='z' is not in The bytes given; it holds: 'x' 1x5"):
        signal(content, array="z")
    with pytest.raises(InputError, match="'parts' in The bytes given is of type struct"):
        signal(content, array="parts")
    alone = signal(mat(x=VALUES, words="hello"))
    assert alone.notes == ("array 'x'",)


def test_normalisation_a_channel_and_processed() -> None:
    how = {"channels": 2, "mean": (1.0, 2.0), "std": (2.0, 4.0)}
    expected = (TWO - [[1], [2]]) / [[2], [4]]
    np.testing.assert_allclose(signal(TWO, **how).data, expected, rtol=1e-6)
    np.testing.assert_array_equal(signal(TWO, processed=True, **how).data, TWO.astype("f4"))
    with pytest.raises(InputError, match="too large once normalised"):
        signal(np.full(5, 1e30), std=(1e-30,))


WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "length": (np.ones(7), {}, "has 7 samples; the model takes 5"),
    "length of rows": (np.ones((1, 7)), {}, "has 7 samples; the model takes 5"),
    "channels": (np.ones(5), {"channels": 2}, "has 1 channel .*; the model takes 2"),
    "four axes": (np.ones((2, 2, 2, 5)), {}, r"shape \(2, 2, 2, 5\); expected"),
    "no axes": (np.array(1.0), {}, r"shape \(\); expected"),
    "empty": (np.ones((0,)), {}, "empty"),
    "empty rows": (np.ones((0, 5)), {"row": 0}, "empty"),
    "nan": (np.array([1, 2, np.nan, 4, 5]), {}, "1 NaN or infinite"),
    "struct": (mat(a={"x": VALUES}), {}, r"no array of real numbers .*'a' 1x1 \(struct\)"),
    "cells": (mat(a=np.array([VALUES, 1], object)), {}, r"'a' 1x2 \(cell\)"),
    "complex mat": (mat(a=VALUES * 1j), {}, r"'a' 1x5 \(complex\)"),
    "complex": (VALUES * 1j, {}, "complex numbers"),
    "picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        {},
        "cannot be read as a signal",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_a_signal(name: str) -> None:
    given, options, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        signal(given, **options)


def test_a_sound_is_a_signal_too() -> None:
    sample = signal(wav(np.arange(5)))
    assert sample.kind == "audio"
    np.testing.assert_allclose(sample.data[0] * 32768, np.arange(5))
