"""Sound: every coding of .wav, the part that is meant, rates, lengths and channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import resample_poly

from rex_widgets.errors import InputError
from tests.inputs.makers import load, wav

RAMP = np.array([0.0, 0.25, -0.5, 0.75, -1.0])


def sound(given: Any, size: int | None = None, channels: int = 1, **options: Any) -> Any:
    return load(given, "audio", None if size is None else (size,), channels, **options)


@pytest.mark.parametrize(
    ("bits", "units"),
    [(8, RAMP * 128 + 128), (16, RAMP * 2**15), (24, RAMP * 2**23), (32, RAMP * 2**31)],
)
def test_whole_numbers_become_parts_of_one(bits: int, units: Any) -> None:
    np.testing.assert_allclose(sound(wav(units, bits=bits)).data[0], RAMP)


@pytest.mark.parametrize("bits", [32, 64])
def test_floats_stay_as_they_are(bits: int) -> None:
    np.testing.assert_array_equal(sound(wav(RAMP * 3, bits=bits, floats=True)).data[0], RAMP * 3)


def test_what_scipy_writes_is_read_the_same(tmp_path: Any) -> None:
    generator = np.random.default_rng(0)
    stereo = generator.integers(-30_000, 30_000, (50, 2)).astype(np.int16)
    wavfile.write(tmp_path / "s.wav", 22_050, stereo)
    sample = sound(tmp_path / "s.wav", channels=2)
    np.testing.assert_allclose(sample.data, stereo.T / 32768)
    assert sample.axes.names == ("time",)
    assert sample.axes.units == ("s",)
    np.testing.assert_allclose(sample.axes.along(50), np.arange(50) / 22_050)
    mono = sound(tmp_path / "s.wav")
    np.testing.assert_allclose(mono.data[0], stereo.mean(axis=1) / 32768, atol=1e-7)
    assert mono.notes == ("2 channels averaged to one",)
    assert mono.source == "s.wav"


def test_extensible_format_and_other_chunks() -> None:
    content = wav(RAMP * 2**15, before=b"LIST\x03\x00\x00\x00abc\x00")
    np.testing.assert_allclose(sound(content).data[0], RAMP)
    plain = wav(RAMP * 2**15)
    described = plain[20:36]
    longer = b"\xfe\xff" + described[2:] + b"\x16\x00" + b"\x10\x00" + bytes(4)
    longer += b"\x01\x00" + bytes(14)
    extensible = plain[:16] + len(longer).to_bytes(4, "little") + longer + plain[36:]
    np.testing.assert_allclose(sound(extensible).data[0], RAMP)


def test_mono_is_repeated_for_two_channels() -> None:
    sample = sound(wav(RAMP * 2**15), channels=2)
    np.testing.assert_allclose(sample.data, [RAMP, RAMP])


def test_a_longer_sound_is_cut_from_the_start_that_was_named() -> None:
    content = wav(np.arange(8000), rate=1000)
    sample = sound(content, 100)
    np.testing.assert_allclose(sample.data[0] * 32768, np.arange(100))
    assert sample.notes == (
        "only 0.100 s of 8.000 s explained, from 0 s on (start chooses another part)",
    )
    later = sound(content, 100, start=2.5)
    np.testing.assert_allclose(later.data[0] * 32768, np.arange(2500, 2600))
    np.testing.assert_allclose(later.axes.along(100)[[0, -1]], [2.5, 2.599])
    with pytest.raises(InputError, match=r"start=9 s was given, but .* ends at 8.000 s"):
        sound(content, 100, start=9)


def test_a_shorter_sound_gets_silence() -> None:
    sample = sound(wav(np.arange(1, 41), rate=1000), 100)
    np.testing.assert_allclose(sample.data[0, :40] * 32768, np.arange(1, 41))
    assert not sample.data[0, 40:].any()
    assert sample.notes == ("0.060 s of silence added at the end",)


@pytest.mark.parametrize(("rate", "up", "down"), [(8000, 1, 2), (32_000, 2, 1), (11_025, 441, 640)])
def test_resampling_only_when_told_and_as_scipy_does(rate: int, up: int, down: int) -> None:
    tone = np.sin(np.arange(4000) / 7) * 20_000
    content = wav(tone, rate=16_000)
    assert sound(content, sample_rate=16_000).notes == ()
    sample = sound(content, sample_rate=rate)
    expected = resample_poly(np.rint(tone - 0.5) / 32768, up, down)
    assert sample.notes == (f"resampled from 16000 to {rate} Hz",)
    np.testing.assert_allclose(sample.data[0], expected, atol=1e-4)
    np.testing.assert_allclose(sample.axes.spacing, [1 / rate])
    # What is cut off afterwards need not be read, and makes no difference.
    part = sound(content, 300, sample_rate=rate)
    np.testing.assert_allclose(part.data[0], sample.data[0, :300], atol=1e-6)


def test_arrays_of_sound() -> None:
    np.testing.assert_array_equal(sound(RAMP).data, [RAMP])
    assert sound(RAMP).axes.units == ("sample",)
    assert sound(RAMP, sample_rate=10).axes.spacing == (0.1,)
    stereo = np.stack([RAMP, RAMP / 2])
    for form in [stereo, stereo.T, stereo[None]]:
        np.testing.assert_array_equal(sound(form, channels=2).data, stereo.astype("f4"))
    whole = sound((RAMP * 2**15).astype(np.int16))
    np.testing.assert_allclose(whole.data[0], RAMP)
    assert whole.notes == ("int16 samples scaled to -1..1",)
    np.testing.assert_allclose(
        sound((RAMP * 128 + 128).clip(0, 255).astype(np.uint8)).data[0], RAMP
    )
    rows = np.arange(200.0).reshape(10, 20)
    np.testing.assert_array_equal(sound(rows, row=3).data, rows[3:4])
    with pytest.raises(InputError, match="holds 10 rows of 20 samples"):
        sound(rows)
    with pytest.raises(InputError, match="start=1 s was given, but nothing says"):
        sound(RAMP, start=1.0)


def test_processed_sound_is_left_alone() -> None:
    whole = np.arange(5, dtype=np.int16)
    np.testing.assert_array_equal(sound(whole, 5, processed=True).data[0], whole)
    with pytest.raises(InputError, match="has 5 samples; the model takes 6"):
        sound(whole, 6, processed=True)


GOOD = wav(RAMP * 2**15)
WRONG: dict[str, tuple[bytes, str]] = {
    "not a sound": (b"RIFF1234AVI " + bytes(50), "cannot be read as a sound"),
    "no sound": (GOOD[:36], "has a header but no sound"),
    "lying length": (wav(RAMP * 2**15, length=10**9), "says 1000000000 bytes of sound, the file"),
    "odd block": (wav(RAMP, block=7), "contradicts itself"),
    "no channels": (wav(RAMP, channels=0, block=0), "claims 0 channels"),
    "no rate": (wav(RAMP, rate=0), "at 0 Hz"),
    "compressed": (wav(RAMP, coding=85), "compressed .coding 85."),
    "odd bits": (wav(RAMP, bits=16, floats=True), "samples of 16 bits"),
    "empty": (wav(np.zeros(0)), "holds no sound"),
    "sound first": (GOOD[:12] + GOOD[36:] + GOOD[12:36], "sound before its format"),
    "short format": (GOOD[:16] + b"\x04\0\0\0" + GOOD[20:24] + GOOD[36:], "its format"),
    "nan": (wav(RAMP * np.nan, bits=32, floats=True), "5 NaN or infinite"),
    "far rate": (wav(RAMP, rate=8000), "within a factor of 1000"),
}


@pytest.mark.parametrize("name", WRONG)
def test_sounds_that_cannot_be_read(name: str) -> None:
    content, message = WRONG[name]
    rate = 0.5 if name == "far rate" else None
    with pytest.raises(InputError, match=message):
        sound(content, sample_rate=rate)


def test_what_was_written_into_a_pipe_is_read_to_its_end() -> None:
    sample = sound(wav(RAMP * 2**15, length=0xFFFFFFFF))
    np.testing.assert_allclose(sample.data[0], RAMP)
    assert "length not in the header" in sample.notes[0]


def test_big_endian_and_large_sounds_are_named(tmp_path: Any) -> None:
    (tmp_path / "s.wav").write_bytes(b"RF64" + GOOD[4:])
    with pytest.raises(InputError, match=r"not a .wav file .RIFX and RF64 are not read"):
        sound(tmp_path / "s.wav")
