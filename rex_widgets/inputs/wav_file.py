"""Reading .wav files: only the part that is asked for, whatever the header claims."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_LENGTH = 0xFFFFFFFF
_MAX_CHANNELS = 64
_MAX_RATE = 10_000_000
_MAX_CHUNKS = 10_000


@dataclass(frozen=True)
class Wav:
    """A sound in a file, its header read and checked.

    Attributes
    ----------
    rate
        Samples a second.
    channels
        How many.
    frames
        Samples of each channel.
    notes
        What is unusual about it.
    """

    content: Content
    rate: int
    channels: int
    frames: int
    bits: int
    floats: bool
    offset: int
    notes: tuple[str, ...] = ()

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Read a part as (channels, count) float32; whole numbers are brought to -1..1."""
        width = self.channels * self.bits // 8
        with self.content.open() as stream:
            stream.seek(self.offset + start * width)
            data = stream.read(count * width)
        if len(data) != count * width:
            raise InputError(f"{self.content.source} is truncated; save it again.")
        return np.ascontiguousarray(self._decoded(data).reshape(count, self.channels).T)

    def _decoded(self, data: bytes) -> NDArray[np.float32]:
        if self.floats:
            with np.errstate(over="ignore", invalid="ignore"):
                return np.frombuffer(data, f"<f{self.bits // 8}").astype(np.float32)
        if self.bits == 8:
            return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
        if self.bits == 24:
            padded = np.zeros((len(data) // 3, 4), np.uint8)
            padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return padded.reshape(-1).view("<i4").astype(np.float32) / np.float32(2**31)
        whole = np.frombuffer(data, f"<i{self.bits // 8}")
        return whole.astype(np.float32) / np.float32(2 ** (self.bits - 1))


def read_wav(content: Content) -> Wav:
    """Read the header of a .wav file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64.

    Raises
    ------
    InputError
        If it is no .wav file, is compressed, empty or truncated, or its header contradicts itself.
    """
    source, head = content.source, content.head
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        more = " (RIFX and RF64 are not read)" if head[:4] in (b"RIFX", b"RF64") else ""
        raise InputError(
            f"{source} is not a .wav file{more}; convert it, e.g. with ffmpeg -i sound.mp3 "
            "sound.wav."
        )
    described: tuple[int, int, int, int] | None = None
    with content.open() as stream:
        position = 12
        for _ in range(_MAX_CHUNKS):
            stream.seek(position)
            tag = stream.read(8)
            if len(tag) < 8:
                break
            length = struct.unpack_from("<I", tag, 4)[0]
            if tag[:4] == b"fmt ":
                described = _described(stream.read(min(length, 64)), source)
            elif tag[:4] == b"data":
                if described is None:
                    raise InputError(f"{source} has sound before its format; save it again.")
                return _wav(content, described, position + 8, length)
            position += 8 + length + length % 2
    raise InputError(f"{source} is truncated: it has a header but no sound; save it again.")


def _described(chunk: bytes, source: str) -> tuple[int, int, int, int]:
    if len(chunk) < 16:
        raise InputError(f"{source} is truncated or damaged (its format); save it again.")
    coding, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if coding == _EXTENSIBLE and len(chunk) >= 26:
        coding = struct.unpack_from("<H", chunk, 24)[0]
    known = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
    if coding not in known:
        raise InputError(
            f"{source} is compressed (coding {coding}); save it as PCM, e.g. with ffmpeg -i "
            "sound.wav -c:a pcm_s16le plain.wav."
        )
    if bits not in known[coding]:
        raise InputError(
            f"{source} has samples of {bits} bits; expected PCM of 8, 16, 24 or 32, or floats of "
            "32 or 64."
        )
    if not 1 <= channels <= _MAX_CHANNELS or not 1 <= rate <= _MAX_RATE:
        raise InputError(
            f"{source} claims {channels} channels at {rate} Hz; expected 1 to {_MAX_CHANNELS} "
            f"channels at 1 to {_MAX_RATE} Hz. Save it again."
        )
    if block != channels * bits // 8:
        raise InputError(
            f"{source} contradicts itself ({channels} channels of {bits} bits in blocks of {block} "
            "bytes); save it again."
        )
    return coding, channels, rate, bits


def _wav(content: Content, described: tuple[int, int, int, int], offset: int, length: int) -> Wav:
    coding, channels, rate, bits = described
    held = content.size - offset
    notes: tuple[str, ...] = ()
    if length == _UNKNOWN_LENGTH:
        # What is written into a pipe does not know its length.
        length, notes = held, ("length not in the header: read to the end of the file",)
    if length > held:
        raise InputError(
            f"{content.source} is truncated: its header says {length} bytes of sound, the file "
            f"holds {held}. Save it again."
        )
    frames = length // (channels * bits // 8)
    if frames < 1:
        raise InputError(f"{content.source} holds no sound (0 samples); expected at least one.")
    return Wav(content, rate, channels, frames, bits, coding == _FLOAT, offset, notes)
