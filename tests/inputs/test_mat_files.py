"""Our reader of .mat files against scipy's, on what scipy writes and on MATLAB's own files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import content_of
from rex_widgets.inputs.mat_file import read_mat
from tests.inputs.makers import mat

TYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
FOLDER = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data"
OWN = sorted(FOLDER.glob("*_[5-7]*.mat"))


@given(
    arrays.arrays(
        st.sampled_from(TYPES),
        arrays.array_shapes(min_dims=2, max_dims=4, max_side=5),
        elements={"allow_nan": False, "allow_infinity": False},
    ),
    st.booleans(),
)
def test_what_scipy_writes_is_read(array: Any, compressed: bool) -> None:
    found = read_mat(content_of(mat(compressed, values=array, other="words")), None)
    assert found.array.dtype.str[1:] == array.dtype.str[1:]
    np.testing.assert_array_equal(found.array, array)


def test_names_of_any_length() -> None:
    for name in ("x", "abcd", "abcde", "a" * 31):
        array = np.arange(6.0).reshape(2, 3)
        np.testing.assert_array_equal(read_mat(content_of(mat(**{name: array})), name).array, array)


@pytest.mark.skipif(not OWN, reason="scipy was installed without its test data")
def test_matlabs_own_files_are_read_as_scipy_reads_them() -> None:
    compared = 0
    for path in OWN:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = scipy.io.loadmat(path)
            except Exception:
                continue
        for name, value in expected.items():
            plain = isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.size
            if name.startswith("__") or not plain:
                continue
            np.testing.assert_array_equal(read_mat(content_of(path), name).array, value)
            compared += 1
    assert compared >= 10


@pytest.mark.skipif(not OWN, reason="scipy was installed without its test data")
def test_every_file_of_scipys_tests_is_read_or_refused() -> None:
    for path in FOLDER.glob("*.mat"):
        try:
            read_mat(content_of(path), None)
        except InputError as error:
            assert len(str(error)) < 900
