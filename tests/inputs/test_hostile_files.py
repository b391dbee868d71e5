"""Files that lie about their size: one clear error, and no memory spent on the lie."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import InputError
from rex_widgets.inputs import mat_file
from tests.inputs.makers import (
    MEGABYTE,
    load,
    mat_element,
    mat_of,
    memory_below,
    nifti,
    npy,
    npy_claiming,
    put,
    wav,
    zeros_packed,
)

SMALL = np.ones((2, 2, 2), np.float32)
# 3000 x 3000 x 1400 floats are 50 GB; 460 cubed is within what is read.
FIFTY_GB = put("hhh", 42, 3000, 3000, 1400)
LARGE = put("hhh", 42, 460, 460, 460)

LIARS: dict[str, tuple[str, bytes, str, str]] = {
    "nifti of 50 GB": ("a.nii", nifti(SMALL, change=FIFTY_GB), "volume", r"46.9 GB\); at most"),
    "packed nifti of 50 GB": (
        "a.nii.gz",
        nifti(SMALL, packed=True, change=FIFTY_GB),
        "volume",
        r"46.9 GB\); at most",
    ),
    "nifti not there": ("a.nii", nifti(SMALL, change=LARGE), "volume", "is truncated: its header"),
    "packed nifti not there": (
        "a.nii.gz",
        nifti(SMALL, packed=True, change=LARGE),
        "volume",
        "more than .* compressed bytes can hold",
    ),
    "many volumes": (
        "a.nii",
        nifti(SMALL, change=put("hhhhh", 40, 4, 2, 2, 2, 32_000)),
        "volume",
        "holds 32000 volumes",
    ),
    "npy not there": ("a.npy", npy_claiming((4000, 4000)), "signal", "is truncated: its header"),
    "npy beyond all": ("a.npy", npy_claiming((2**62, 2**62)), "volume", "is truncated"),
    "npy negative": ("a.npy", npy_claiming((-4, -4), body=bytes(64)), "table", "is truncated"),
    "npy of objects": (
        "a.npy",
        npy(np.array([{}], object), allow_pickle=True),
        "table",
        "objects are refused",
    ),
    "pickle": ("a.npy", b"\x80\x04}\x94.", "table", "not a .npy file of plain numbers"),
    "npz": ("a.npz", b"PK\x03\x04" + bytes(99), "table", "is an archive of arrays"),
    "mat of great length": (
        "a.mat",
        mat_of(b"\x0e\0\0\0\xff\xff\xff\x7f" + bytes(40)),
        "signal",
        "an element of 2147483647 bytes begins at byte 128",
    ),
    "mat of great shape": (
        "a.mat",
        mat_of(mat_element((2**31 - 1, 2**31 - 1), bytes(8))),
        "signal",
        "at most 100 million",
    ),
    "mat of shape not there": (
        "a.mat",
        mat_of(mat_element((9000, 9000), bytes(8))),
        "signal",
        "is damaged",
    ),
    "mat of text not there": (
        "a.mat",
        mat_of(mat_element((9000, 90000), bytes(8), number=4)),
        "signal",
        "no array of real numbers",
    ),
    "mat of cells not there": (
        "a.mat",
        mat_of(mat_element((9000, 90000), bytes(8), number=1)),
        "signal",
        "no array of real numbers",
    ),
    "mat of broken zlib": (
        "a.mat",
        mat_of(b"", zlib.compress(mat_element((1, 1), bytes(8)))[:-9]),
        "signal",
        "is truncated .its compressed part",
    ),
    "mat 7.3": (
        "a.mat",
        b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(99),
        "signal",
        "version 7.3 .HDF5., which is not read; save it in MATLAB with save.name, '-v7'.",
    ),
    "HDF5": ("a.mat", b"\x89HDF\r\n\x1a\n" + bytes(99), "signal", "version 7.3 .HDF5."),
    "mat 4": ("a.mat", bytes(200), "signal", "not a .mat file of MATLAB 5 to 7"),
    "wav not there": ("a.wav", wav(np.ones(9), length=4 * 10**9), "audio", "4000000000 bytes"),
    "wav of a great chunk": (
        "a.wav",
        wav(np.ones(9), before=b"LIST\xf0\xff\xff\xff"),
        "audio",
        "a header but no sound",
    ),
    "wav of many chunks": (
        "a.wav",
        wav(np.ones(9), before=b"LIST\0\0\0\0" * 20_000),
        "audio",
        "a header but no sound",
    ),
    "text that is binary": ("a.csv", bytes(range(256)) * 99, "table", "NUL bytes|not text"),
    "text with NUL": ("a.csv", b"1,2\n3,\x00\n", "table", "NUL bytes .line 2."),
    "text in UTF-16": ("a.csv", "1,2\n".encode("utf-16"), "table", "text in UTF-16"),
    "empty": ("a.csv", b"", "table", "is empty .0 bytes."),
}


# Of these only the name says what they are meant to be.
NAMED = {name for name, (file, *_) in LIARS.items() if file.endswith((".csv", ".npz"))}
NAMED |= {"pickle", "mat 4"}
CASES = [(name, False) for name in LIARS] + [(name, True) for name in LIARS if name not in NAMED]


@pytest.mark.parametrize(("name", "as_bytes"), CASES)
def test_a_lie_costs_one_error_and_no_memory(tmp_path: Path, name: str, as_bytes: bool) -> None:
    file, content, kind, message = LIARS[name]
    given: Any = content
    if not as_bytes:
        given = tmp_path / file
        given.write_bytes(content)
    load(nifti(SMALL), "volume")  # what is imported late does not count
    with memory_below(8 * MEGABYTE), pytest.raises(InputError, match=message):
        load(given, kind)


def test_ten_million_columns_are_refused_before_they_are_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(b"1," * 10_000_000)
    with (
        memory_below(200 * MEGABYTE),
        pytest.raises(InputError, match="10,000,001 columns; at most 1,000,000"),
    ):
        load(path, "table")


def test_a_long_text_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.truncate(65 * MEGABYTE)
    with memory_below(MEGABYTE), pytest.raises(InputError, match="65 MB; at most 64 MB"):
        load(path, "table")


def test_a_bomb_in_a_mat_file_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mat_file, "MAX_VALUES", 2_000_000)
    bomb = mat_of(b"", b"".join(zeros_packed(256 * MEGABYTE)))
    assert len(bomb) < MEGABYTE
    with memory_below(8 * MEGABYTE), pytest.raises(InputError, match="unpacks to more than 16 MB"):
        load(bomb, "signal")


def test_a_bomb_in_a_mat_file_counts_over_all_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mat_file, "MAX_VALUES", 2_000_000)
    ten = b"".join(zeros_packed(10 * MEGABYTE))
    bomb = mat_of(b"", ten) + mat_of(b"", ten)[128:]
    with pytest.raises(InputError, match="unpacks to more than 16 MB"):
        load(bomb, "signal")


def test_a_bomb_behind_a_small_volume_is_never_unpacked() -> None:
    content = nifti(SMALL)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(content)
    for _ in range(256):
        bomb += packer.compress(bytes(MEGABYTE))
    bomb += packer.flush()
    load(content, "volume")
    with memory_below(4 * MEGABYTE):
        sample = load(bomb, "volume")
    np.testing.assert_array_equal(sample.data[0], SMALL)


def test_volumes_before_the_one_that_is_meant_are_not_held() -> None:
    count = 64
    series = np.zeros((64, 64, 64, count), np.uint8)
    series[..., -1] = 7
    content = gzip.compress(nifti(series), 1)
    del series
    with memory_below(8 * MEGABYTE):
        sample = load(content, "volume", volume=count - 1)
    assert sample.data.min() == 7


def test_only_the_part_of_a_sound_that_is_meant_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav(np.zeros(8_000_000)))
    with memory_below(MEGABYTE):
        assert load(path, "audio", (1000,), start=500).data.shape == (1, 1000)


def test_a_row_of_a_large_array_on_disk_is_all_that_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.zeros((100_000, 100)))
    with memory_below(MEGABYTE):
        assert load(tmp_path / "rows.npy", "table", row=77_777).data.shape == (1, 100)


def test_large_arrays_are_refused_before_they_are_copied() -> None:
    huge = np.broadcast_to(np.zeros(1, np.float32), (1000, 1000, 1000))
    with memory_below(MEGABYTE), pytest.raises(InputError, match="1,000 million values"):
        load(huge, "volume")
    with memory_below(MEGABYTE), pytest.raises(InputError, match="1,000 million values"):
        load(huge.reshape(-1)[None], "audio")
