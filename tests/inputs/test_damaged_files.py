"""Whatever happens to a file on its way, a reader either reads it or says what is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rex_widgets.errors import InputError
from tests.inputs.makers import MEGABYTE, load, mat, memory_below, nifti, npy, png, wav

ROUNDS = 150
GENERATOR = np.random.default_rng
VALUES = GENERATOR(0).normal(size=24)
VOLUME = VALUES.reshape(2, 3, 4).astype(np.float32)


def picture(form: str) -> bytes:
    stream = io.BytesIO()
    levels = GENERATOR(1).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    more = {"save_all": True, "append_images": [Image.fromarray(levels)]} if form == "GIF" else {}
    Image.fromarray(levels).save(stream, form, **more)
    return stream.getvalue()


NUMBERS: dict[str, tuple[str, bytes]] = {
    "npy table": ("table", npy(VALUES)),
    "npy signal": ("signal", npy(VALUES[None].astype(np.float32))),
    "npy volume": ("volume", npy(VOLUME)),
    "mat": ("signal", mat(x=VALUES, y="words")),
    "mat not compressed": ("signal", mat(False, x=VALUES, y={"a": 1})),
    "wav 16": ("audio", wav(VALUES * 9000)),
    "wav 24": ("audio", wav(VALUES * 9000, bits=24)),
    "wav float": ("audio", wav(VALUES, bits=32, floats=True)),
    "nifti": ("volume", nifti(VOLUME)),
    "nifti 2": ("volume", nifti(VOLUME, two=True)),
    "nifti packed": ("volume", nifti(VOLUME, packed=True)),
    "nifti of whole numbers": ("volume", nifti(VOLUME.astype(np.int16), packed=False)),
    "text": ("table", b"a,b,c\n1,2,3\n"),
    "text of a signal": ("signal", b"1;2,5\n2;3\n3;4e2\n"),
}
PICTURES = {form: picture(form) for form in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM")}


def flipped(content: bytes, generator: np.random.Generator) -> bytes:
    """A few bits turned; half of the time within the first 400 bytes, where headers are."""
    data = bytearray(content)
    for _ in range(int(generator.integers(1, 6))):
        end = len(data) if generator.random() < 0.5 else min(400, len(data))
        data[int(generator.integers(end))] ^= 1 << int(generator.integers(8))
    return bytes(data)


def overwritten(content: bytes, generator: np.random.Generator) -> bytes:
    """Four bytes in a row set to extremes, as lengths and counts are written."""
    data = bytearray(content)
    place = int(generator.integers(max(1, min(400, len(data)) - 4)))
    extremes = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0")
    data[place : place + 4] = extremes[int(generator.integers(len(extremes)))]
    return bytes(data)


def cut(content: bytes, generator: np.random.Generator) -> bytes:
    return content[: int(generator.integers(1, len(content)))]


def shuffled(content: bytes, generator: np.random.Generator) -> bytes:
    """A piece left out or repeated."""
    first, second = sorted(int(place) for place in generator.integers(len(content), size=2))
    if generator.random() < 0.5:
        return content[:first] + content[second:] or b"\0"
    return content[:second] + content[first:]


DAMAGES: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    flipped,
    overwritten,
    cut,
    shuffled,
)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", NUMBERS)
def test_damaged_numbers(name: str, damage: Any) -> None:
    kind, content = NUMBERS[name]
    load(content, kind)
    generator = GENERATOR([5, len(name)])
    refused = 0
    with memory_below(64 * MEGABYTE):
        for _ in range(ROUNDS):
            broken = damage(content, generator)
            try:
                sample = load(broken, kind)
            except InputError as error:
                refused += 1
                assert len(str(error)) < 700
            else:
                assert np.isfinite(sample.data).all()
    assert refused or "text" in name


@pytest.mark.parametrize("form", PICTURES)
def test_damaged_pictures(form: str) -> None:
    generator = GENERATOR([6, len(form)])
    for _ in range(60):
        for damage in DAMAGES:
            broken = damage(PICTURES[form], generator)
            try:
                sample = load(broken, "image", (8, 8), 3)
            except InputError as error:
                assert len(str(error)) < 700
            else:
                assert sample.data.shape == (3, 8, 8)


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.mat", "a.nii", "a.nii.gz", "a.wav", "a.npy", "a.png"]),
)
def test_any_bytes_under_any_name(tmp_path_factory: Any, content: bytes, name: str) -> None:
    path = _folder(tmp_path_factory) / name
    path.write_bytes(content)
    for kind in ("image", "table", "signal", "audio", "volume"):
        try:
            load(path, kind, channels=3 if kind == "image" else 1)
        except InputError:
            continue


@given(st.text(alphabet='0123456789.,;-+e\t\n\r "#_aN', max_size=200))
def test_any_text(text: str) -> None:
    for kind in ("table", "signal"):
        try:
            sample = load(text.encode() or b" ", kind, row=0)
        except InputError:
            continue
        assert np.isfinite(sample.data).all()


_FOLDERS: list[Path] = []


def _folder(factory: Any) -> Path:
    if not _FOLDERS:
        _FOLDERS.append(factory.mktemp("any"))
    return _FOLDERS[0]


def test_the_whole_files_are_good() -> None:
    # Otherwise the tests above would only see refusals.
    assert load(png(), "image", (8, 8), 3).data.shape == (3, 8, 8)
    for kind, content in NUMBERS.values():
        assert load(content, kind).kind == kind
