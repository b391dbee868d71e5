"""Every form in which a person may have a picture, and every way in which it cannot be used."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample, load_sample

PLAIN = Preprocessing(size=(8, 6))
GREY = Preprocessing(size=(8, 6), channels=1)
OWN_SIZE = Preprocessing(size=None)


def colour(height: int = 8, width: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(picture: Image.Image, form: str = "PNG", **how: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **how)
    return stream.getvalue()


def notes_of(image: Any, preprocessing: Preprocessing = PLAIN) -> str:
    return "; ".join(load_sample(image, preprocessing).notes)


def test_path_bytes_picture_and_array_are_the_same_sample(tmp_path: Path) -> None:
    array = colour(20, 30)
    picture = Image.fromarray(array)
    path = tmp_path / "a picture.png"
    picture.save(path)
    np.save(tmp_path / "a.npy", array)
    from_path = load_sample(path, PLAIN)
    forms = [str(path), path.read_bytes(), picture, array, array.transpose(2, 0, 1)]
    forms += [tmp_path / "a.npy", (tmp_path / "a.npy").read_bytes()]
    forms += [torch.from_numpy(array.transpose(2, 0, 1).copy())[None]]
    for form in forms:
        sample = load_sample(form, PLAIN)
        assert sample.digest() == from_path.digest()
        assert np.array_equal(sample.picture, from_path.picture)
    assert from_path.source == "a picture.png"
    assert load_sample(array, PLAIN).source == "array"
    assert from_path.data.shape == (3, 8, 6)
    assert from_path.picture.shape == (8, 6, 3)
    assert not from_path.data.flags.writeable
    assert not from_path.picture.flags.writeable


def test_data_is_the_normalised_picture() -> None:
    array = colour()
    how = Preprocessing(size=(8, 6), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
    sample = load_sample(array, how)
    expected = (array / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    np.testing.assert_allclose(sample.data, expected.transpose(2, 0, 1), atol=1e-5)
    assert np.array_equal(sample.picture, array)


def test_bgr_turns_the_data_and_not_the_picture() -> None:
    array = colour()
    sample = load_sample(array, Preprocessing(size=(8, 6), channel_order="BGR"))
    np.testing.assert_allclose(sample.data[0], array[:, :, 2] / 255, atol=1e-6)
    assert np.array_equal(sample.picture, array)


def test_resizing_follows_pillow_and_keeps_the_whole_picture() -> None:
    array = colour(40, 50)
    sample = load_sample(array, Preprocessing(size=(8, 6), interpolation="bilinear"))
    expected = Image.fromarray(array).resize((6, 8), Image.Resampling.BILINEAR)
    assert np.array_equal(sample.picture, np.asarray(expected))


def test_crop_keeps_the_centre() -> None:
    array = np.zeros((40, 80, 3), np.uint8)
    array[:, 20:60] = 255
    sample = load_sample(array, Preprocessing(size=(20, 20), crop=20 / 40))
    assert sample.picture.min() == 255


def test_crop_of_a_ribbon_stays_small() -> None:
    array = np.zeros((2, 4000, 3), np.uint8)
    sample = load_sample(array, Preprocessing(size=(224, 224), crop=0.875))
    assert sample.picture.shape == (224, 224, 3)


def test_no_size_keeps_the_pictures_own() -> None:
    assert load_sample(colour(7, 9), OWN_SIZE).data.shape == (3, 7, 9)


def test_transparency_is_composited_on_white_and_noted() -> None:
    rgba = np.zeros((8, 6, 4), np.uint8)
    sample = load_sample(Image.fromarray(rgba), PLAIN)
    assert sample.picture.min() == 255
    assert sample.notes == ("alpha composited on white",)
    assert load_sample(rgba, PLAIN).digest() == sample.digest()
    assert load_sample(rgba / 255.0, PLAIN).digest() == sample.digest()
    opaque = rgba.copy()
    opaque[:, :, 3] = 255
    assert notes_of(opaque) == ""
    assert load_sample(Image.new("LA", (6, 8), (0, 0)), PLAIN).picture.min() == 255


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "YCbCr", "RGBX"])
def test_other_modes_become_colour(mode: str) -> None:
    sample = load_sample(Image.new("RGB", (6, 8), (255, 255, 255)).convert(mode), PLAIN)
    assert sample.data.shape == (3, 8, 6)
    assert sample.picture.min() >= 254


def test_cmyk_is_noted() -> None:
    assert "converted from CMYK" in notes_of(encoded(Image.new("CMYK", (6, 8)), "JPEG"))


def test_grey_is_repeated_or_kept() -> None:
    grey = colour()[:, :, 0]
    sample = load_sample(grey, PLAIN)
    assert sample.data.shape == (3, 8, 6)
    assert np.array_equal(sample.picture[:, :, 1], grey)
    kept = load_sample(grey, GREY)
    assert kept.data.shape == (1, 8, 6)
    assert kept.picture.shape == (8, 6, 3)
    turned = load_sample(colour(), GREY)
    assert turned.data.shape == (1, 8, 6)
    assert "converted to grey" in turned.notes


def test_sixteen_bits_are_scaled_and_noted(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 48).reshape(8, 6).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    for form in (tmp_path / "deep.png", deep):
        sample = load_sample(form, PLAIN)
        assert any("16-bit" in note for note in sample.notes)
        np.testing.assert_allclose(sample.data[0], deep / 65535, atol=1e-6)


def test_exif_orientation_is_applied_and_noted() -> None:
    array = np.zeros((6, 8, 3), np.uint8)
    array[0, 0] = 255
    picture = Image.fromarray(array)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    sample = load_sample(encoded(picture, exif=exif), PLAIN)
    assert "EXIF orientation applied" in sample.notes
    assert sample.picture[0, 5].min() == 255


def test_first_frame_of_an_animation_is_taken_and_noted() -> None:
    frames = [Image.new("RGB", (6, 8), value) for value in ("red", "blue", "green")]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    sample = load_sample(animation, PLAIN)
    assert "first of 3 frames" in sample.notes
    assert tuple(sample.picture[0, 0]) == (255, 0, 0)


def test_floats_keep_their_precision() -> None:
    array = np.random.default_rng(0).random((8, 6, 3))
    np.testing.assert_allclose(load_sample(array, PLAIN).data, array.transpose(2, 0, 1), atol=1e-6)
    np.testing.assert_allclose(
        load_sample(array * 255, PLAIN).data, array.transpose(2, 0, 1), atol=1e-6
    )


def test_negative_floats_are_preprocessed_already() -> None:
    how = Preprocessing(size=(8, 6), mean=(0.5,), std=(0.25,))
    picture = load_sample(colour(), how)
    again = load_sample(np.array(picture.data), how)
    assert np.array_equal(again.data, picture.data)
    assert np.array_equal(again.picture, picture.picture)
    assert "taken as preprocessed" in again.notes[0]
    tensor = torch.from_numpy(np.array(picture.data))[None].requires_grad_()
    assert load_sample(tensor, how).digest() == picture.digest()
    last = np.moveaxis(np.array(picture.data), 0, -1)
    assert load_sample(last, how, processed=True).digest() == picture.digest()


def test_half_precision_tensor() -> None:
    tensor = torch.ones(3, 8, 6, dtype=torch.bfloat16)
    assert load_sample(tensor, PLAIN).picture.min() == 255


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]))
def test_any_size_gives_the_models_shape(height: int, width: int, channels: int) -> None:
    array = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    sample = load_sample(array, Preprocessing(size=(5, 7), channels=channels))
    assert sample.data.shape == (channels, 5, 7)
    assert np.isfinite(sample.data).all()


def test_a_sample_passes_through() -> None:
    sample = load_sample(colour(), PLAIN)
    assert load_sample(sample, PLAIN) is sample
    assert isinstance(sample, Sample)


def huge_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 11_000, 10_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def bomb_png() -> bytes:
    content = huge_png()
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return content[:16] + head + crc + content[33:]


ARRAYS = {
    "no pixels": (np.zeros((0, 4, 3), np.uint8), r"empty \(shape"),
    "bool": (np.ones((4, 4), bool), "True and False"),
    "text": (np.array([["a"]]), "expected uint8, uint16 or float"),
    "complex": (np.ones((4, 4), complex), "expected uint8, uint16 or float"),
    "nan": (np.full((4, 4, 3), np.nan), "48 NaN or infinite"),
    "infinity": (np.full((4, 4, 3), np.inf), "NaN or infinite"),
    "two channels": (np.zeros((5, 6, 2), np.uint8), "no axis of 1, 3 or 4 channels"),
    "one axis": (np.zeros(9, np.uint8), "1 axes"),
    "five axes": (np.zeros((1, 1, 3, 4, 4), np.uint8), "5 axes"),
    "a batch": (np.zeros((2, 3, 4, 4), np.uint8), "batch of 2"),
    "negative whole numbers": (np.full((4, 4, 3), -1), r"in -1..-1; expected 0..255"),
    "large whole numbers": (np.full((4, 4, 3), 300), "expected 0..255"),
    "large floats": (np.full((4, 4, 3), 300.0), "expected 0..1 or 0..255"),
    "preprocessed of another shape": (
        np.full((3, 4, 4), -1.0),
        r"shape \(3, 4, 4\) and is taken as preprocessed \(it holds negative values\); "
        r"expected \(3, 8, 6\)",
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_cannot_be_used(name: str) -> None:
    array, message = ARRAYS[name]
    with pytest.raises(InputError, match=message):
        load_sample(array, PLAIN)


def test_huge_arrays_are_refused() -> None:
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (11_000, 10_000, 3))
    with pytest.raises(InputError, match="110 megapixels; at most 100"):
        load_sample(huge, PLAIN)
    larger = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (30_000, 30_000, 3))
    with pytest.raises(InputError, match="at most 100 megapixels"):
        load_sample(larger, PLAIN)


BYTES = {
    "empty": (b"", "empty \\(0 bytes\\)"),
    "text": (b"hello, this is no picture", "not a picture that can be read; expected PNG"),
    "truncated": (encoded(Image.fromarray(colour(90, 90)))[:400], "damaged or truncated"),
    "truncated jpeg": (
        encoded(Image.fromarray(colour(90, 90)), "JPEG")[:1200],
        "damaged or truncated",
    ),
    "huge": (huge_png(), "11000x10000, 110 megapixels"),
    "bomb": (bomb_png(), "at most 100 megapixels"),
    "broken npy": (b"\x93NUMPY\x01\x00\x05\x00abcde", "not a .npy file of plain numbers"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_cannot_be_used(name: str) -> None:
    content, message = BYTES[name]
    with pytest.raises(InputError, match=message):
        load_sample(content, PLAIN)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "many.npz", a=colour())
    (tmp_path / "many.npz").rename(tmp_path / "many.npy")
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(513 * 1024**2)
    cases = {
        "missing.png": "'missing.png' does not exist",
        "empty.png": "'empty.png' is empty",
        "text.png": "'text.png' is not a picture",
        "objects.npy": "objects are refused",
        "many.npy": "archive of arrays",
        "large.png": "513 MB; at most 512 MB",
        "": "is a folder",
        "a\0b.png": "cannot be read",
        "x" * 5000: "cannot be read",
    }
    for name, message in cases.items():
        with pytest.raises(InputError, match=message) as caught:
            load_sample(f"{tmp_path}/{name}", PLAIN)
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("url", ["https://example.org/cat.png", "data:image/png;base64,AAAA"])
def test_addresses_are_not_downloaded(url: str) -> None:
    with pytest.raises(InputError, match=r"nothing is downloaded. Save the picture"):
        load_sample(url, PLAIN)


def test_other_types_and_processed_pictures() -> None:
    with pytest.raises(InputError, match="type dict was given; expected a path"):
        load_sample({}, PLAIN)
    with pytest.raises(InputError, match="only an array or tensor can be preprocessed"):
        load_sample(Image.fromarray(colour()), PLAIN, processed=True)


def test_deep_pictures_with_bad_values() -> None:
    negative = Image.fromarray(np.full((8, 6), -5.0, np.float32))
    with pytest.raises(InputError, match="negative pixels"):
        load_sample(negative, PLAIN)
    broken = Image.fromarray(np.full((8, 6), np.nan, np.float32))
    with pytest.raises(InputError, match="NaN or infinite"):
        load_sample(broken, PLAIN)
    assert "scaled from 0..1" in notes_of(Image.fromarray(np.full((8, 6), 0.5, np.float32)))
