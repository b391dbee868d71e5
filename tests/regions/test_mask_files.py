"""Masks in files: what was written is read, and what is no mask is refused with a reason."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.regions import coco_of, mask_bytes, read_mask, write_mask

MASK = np.array([[0, 1, 1], [0, 0, 1]], bool)
FORMATS = {"png": "mask.png", "npz": "mask.npz", "coco": "mask.json"}


def png(picture: Any, mode: str | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(np.asarray(picture))
    (image.convert(mode) if mode else image).save(buffer, "PNG", **options)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def coco(size: Any, counts: Any) -> bytes:
    return json.dumps({"size": size, "counts": counts}).encode()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (40, 33)])
def test_what_is_written_is_read(tmp_path: Path, format: str, shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.4
    path = write_mask(tmp_path / FORMATS[format], mask)
    assert path.is_absolute()
    for found in (read_mask(path), read_mask(str(path), shape), read_mask(path.read_bytes())):
        assert found.dtype == np.bool_
        np.testing.assert_array_equal(found, mask)
    assert path.read_bytes() == mask_bytes(mask, format)


def test_a_volume_is_kept_as_npz_only() -> None:
    volume = np.random.default_rng(1).random((3, 4, 5)) < 0.5
    np.testing.assert_array_equal(read_mask(mask_bytes(volume, "npz"), (3, 4, 5)), volume)
    for format in ("png", "coco"):
        with pytest.raises(InputError, match=r"shape \(3, 4, 5\) cannot be written"):
            mask_bytes(volume, format)


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mask(tmp_path / "mask.png", MASK)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="No space left"):
        write_mask(path, ~MASK)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["mask.png"]


@pytest.mark.parametrize("name", ["mask.jpg", "mask", "mask.txt", "mask.nii"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.png, \.npz or \.json"):
        write_mask(tmp_path / name, MASK)
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_to_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        write_mask(tmp_path / "none" / "mask.png", MASK)
    with pytest.raises(InputError, match="'gif' was given; expected one of png, npz, coco"):
        mask_bytes(MASK, "gif")


@pytest.mark.parametrize(
    "content",
    [
        png(MASK),
        png(MASK.astype(np.uint8)),
        png(MASK.astype(np.uint8) * 7),
        png(MASK.astype(np.uint16) * 65535),
        png(np.dstack([MASK * 200, MASK * 0, MASK * 9]).astype(np.uint8)),
        png(MASK.astype(np.uint8) * 255, "P"),
        png(np.dstack([MASK * 0] * 3 + [MASK * 255]).astype(np.uint8)),
        png(np.dstack([MASK * 255] * 3 + [MASK * 0 + 255]).astype(np.uint8)),
        npz(mask=MASK),
        npz(region=MASK.astype(float)),
        npz(other=MASK),
        npz(other=np.zeros(3), mask=MASK),
        npy(MASK),
        npy(np.asfortranarray(MASK.astype(np.int8))),
        coco([2, 3], [2, 1, 1, 2]),
        json.dumps({"id": 4, "segmentation": coco_of(MASK)}).encode(),
    ],
)
def test_masks_of_other_programs(content: bytes) -> None:
    np.testing.assert_array_equal(read_mask(content, (2, 3)), MASK)


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz"])
def test_nifti_is_turned_as_volumes_are(tmp_path: Path, name: str) -> None:
    volume = np.random.default_rng(2).random((3, 4, 5)) < 0.5
    affine = np.diag([-2.0, 1, 1, 1])
    nibabel.save(nibabel.Nifti1Image(volume.astype(np.uint8), affine), tmp_path / name)
    np.testing.assert_array_equal(read_mask(tmp_path / name, (3, 4, 5)), volume[::-1])


def huge_png(width: int, height: int) -> bytes:
    """A PNG that unpacks to so many black pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" * ((width + 7) // 8 + 1)
    packer = zlib.compressobj(9)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    begin = b"\x89PNG\r\n\x1a\n"
    return begin + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (10_001, 10_000)])
def test_a_decompression_bomb_is_not_unpacked(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = huge_png(width, height)
    assert len(content) < 100_000

    def unpack(*_: Any) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unpack)
    with pytest.raises(InputError, match=r"at most 100 (megapixels )?are read"):
        read_mask(content)
    with pytest.raises(InputError, match="100"):
        read_mask(content, (4096, 4096))


def test_another_size_is_told_before_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    with pytest.raises(InputError, match=r"shape \(2, 3\); expected \(3, 2\)\. Turn it"):
        read_mask(png(MASK), (3, 2))


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rex_widgets.regions.reading.MAX_VALUES", 10**6)
    content = npz(mask=np.zeros(30 * 2**20, bool))
    assert len(content) < 100_000
    with pytest.raises(InputError, match=r"The mask in .* has 30 MB; at most 7 MB are read"):
        read_mask(content)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = npz(mask=np.zeros(2**20, bool))
    size = struct.pack("<I", 2**20 + 128)
    assert size in content
    with pytest.raises(InputError, match=r"damaged|truncated"):
        read_mask(content.replace(size, struct.pack("<I", 4096)))


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "text": (b"hello", "no mask that can be read; expected a PNG, .npz"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(100), "no mask that can be read"),
    "half a PNG": (
        png(np.random.default_rng(0).random((99, 99)) < 0.5)[:300],
        "damaged or truncated PNG",
    ),
    "a PNG's beginning": (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged or truncated PNG"),
    "a wrong byte": (png(MASK).replace(b"IDAT", b"IDAX"), "damaged or truncated PNG"),
    "a photograph": (png(np.arange(12, dtype=np.uint8).reshape(3, 4)), "more than two values"),
    "a soft mask": (png(np.array([[0, 128, 255]], np.uint8)), "0, and 128 to 255"),
    "two colours": (
        png(np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)),
        "more than two values",
    ),
    "soft transparency": (
        png(np.array([[[0, 0, 0, 9], [0, 0, 0, 200], [0, 0, 0, 0]]], np.uint8)),
        "The transparency of The bytes given: more than two values",
    ),
    "objects": (npy(np.array([{}, None], object)), "reading them runs code"),
    "objects in an archive": (npz(mask=np.array([{}], object)), "reading them runs code"),
    "two arrays": (npz(one=MASK, two=MASK), "holds one, two; expected an array called"),
    "no arrays": (npz(), "no mask that can be read"),
    "half an archive": (npz(mask=np.random.default_rng(0).random(500) < 0.5)[:300], "damaged"),
    "a damaged archive": (
        npz(mask=np.ones(5000, bool)).replace(b"\xed", b"\x00"),
        "damaged|is not a .npy",
    ),
    "NaN": (npy(np.array([0, np.nan])), "holds NaN"),
    "NaN and 1": (npy(np.array([1, np.nan, 0])), "holds NaN"),
    "labels": (npy(np.arange(3)), "more than two values"),
    "text array": (npy(np.array(["a"])), "values of type"),
    "complex": (npy(np.array([1j])), "values of type complex128"),
    "an empty array": (npy(np.zeros((0, 4), bool)), "is empty"),
    "half an .npy": (npy(np.zeros(50))[:150], "is truncated"),
    "no JSON": (b"{nonsense", "no JSON that can be read"),
    "deep JSON": (b"[" * 100_000, "no JSON that can be read"),
    "other JSON": (b'{"a": 1}', "no COCO RLE"),
    "polygons": (b'{"segmentation": [[0, 0, 1, 1, 2, 2]]}', "holds polygons"),
    "a list": (b"[1, 2]", "holds polygons"),
    "one size": (coco([4], [4]), "expected .height, width."),
    "a size in words": (coco(["2", "2"], [4]), "two whole numbers"),
    "no pixels": (coco([0, 4], []), "no pixels"),
    "minus": (coco([-2, -2], [4]), "no pixels"),
    "too few": (coco([2, 2], [3]), "make up 3 pixels; expected 4"),
    "too many": (coco([2, 2], [3, 2]), "make up 5 pixels; expected 4"),
    "far too many": (coco([2, 2], [2**62, 2**62]), "expected numbers from 0 to 4"),
    "beyond 64 bits": (coco([2, 2], [2**63, 4]), "cannot be read"),
    "beyond all bits": (coco([2, 2], [2**80]), "cannot be read"),
    "a negative run": (coco([2, 2], [-1, 5]), "lengths from -1 to 5"),
    "parts of runs": (coco([2, 2], [1.5, 2.5]), "cannot be read"),
    "nested runs": (coco([2, 2], [[4]]), "cannot be read"),
    "many runs": (coco([2, 2], [0] * 50 + [4]), "list of at most 6 numbers"),
    "no runs": (coco([2, 2], None), "no text and no list"),
    "a long text": (coco([2, 2], "0" * 1000), "cannot be read"),
    "an endless number": (coco([2, 2], "PPPPPPPPPP4"), "cannot be read"),
    "half a number": (coco([2, 2], "P"), "cannot be read"),
    "foreign letters": (coco([2, 2], "\u00e9"), "cannot be read"),
    "a text that is negative": (coco([2, 2], "O"), "cannot be read"),
    "a giant": (coco([100_000, 100_000], [10**10]), "megapixels"),
    "no NIfTI": (gzip.compress(b"x" * 400), "no mask that can be read"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_mask_is_refused(what: str) -> None:
    content, said = REFUSED[what]
    with pytest.raises(InputError, match=said):
        read_mask(content)


@pytest.mark.parametrize("format", FORMATS)
def test_a_mask_of_another_shape_is_refused(format: str) -> None:
    with pytest.raises(InputError, match=r"expected \(?5,? x? ?4"):
        read_mask(mask_bytes(MASK, format), (5, 4))


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_bytes_never_escape_as_other_errors(format: str) -> None:
    random = np.random.default_rng(3)
    content = mask_bytes(random.random((30, 30)) < 0.5, format)
    refused = 0
    for _ in range(300):
        data = np.frombuffer(content, np.uint8).copy()
        data[random.integers(0, len(data), 3)] = random.integers(0, 256, 3)
        cut = int(random.integers(1, len(data) + 1)) if random.random() < 0.3 else len(data)
        try:
            read_mask(data[:cut].tobytes())
        except InputError:
            refused += 1
    assert refused > 100


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_mask(tmp_path / "none.png")
    with pytest.raises(InputError, match="is a folder"):
        read_mask(tmp_path)
    with pytest.raises(InputError, match="web address"):
        read_mask("https://example.com/mask.png")
