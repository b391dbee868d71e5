"""Files of every form, small, valid, and with any number in their headers changed at will."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.classifiers import Preprocessing
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample, load_sample

MEGABYTE = 1024**2


def load(given: Any, kind: str, size: Any = None, channels: int = 1, **options: Any) -> Sample:
    """Read an input for a model of a kind, with settings by name."""
    processed = options.pop("processed", False)
    how = Preprocessing(
        size=size,
        channels=channels,
        kind=kind,
        mean=options.pop("mean", ()),
        std=options.pop("std", ()),
        feature_names=options.pop("model_features", ()),
    )
    return load_sample(given, how, options=InputSettings(**options), processed=processed)


def npy(array: NDArray[Any], **how: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **how)
    return stream.getvalue()


def npy_claiming(shape: tuple[int, ...], kind: str = "<f4", body: bytes = b"") -> bytes:
    """A .npy file whose header says a shape that its content need not have."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def mat(compressed: bool = True, **arrays: Any) -> bytes:
    from scipy.io import savemat

    stream = io.BytesIO()
    savemat(stream, arrays, do_compression=compressed)
    return stream.getvalue()


def mat_element(dims: tuple[int, ...], body: bytes, number: int = 6) -> bytes:
    """One array named "x" as an element of a .mat file; class 6 is double."""

    def part(kind: int, content: bytes) -> bytes:
        return struct.pack("<II", kind, len(content)) + content + b"\0" * (-len(content) % 8)

    inner = part(6, struct.pack("<II", number, 0))
    inner += part(5, struct.pack(f"<{len(dims)}i", *dims)) + part(1, b"x") + part(9, body)
    return struct.pack("<II", 14, len(inner)) + inner


def mat_of(element: bytes, packed: bytes | None = None) -> bytes:
    """A .mat file of one element; `packed` stands for it compressed."""
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    if packed is None:
        return head + element
    return head + struct.pack("<II", 15, len(packed)) + packed


def wav(
    frames: NDArray[Any],
    rate: int = 8000,
    bits: int = 16,
    *,
    floats: bool = False,
    length: int | None = None,
    before: bytes = b"",
    **header: int,
) -> bytes:
    """A .wav file of (frames, channels) values in the file's own units."""
    frames = np.atleast_2d(np.asarray(frames).T).T
    channels = frames.shape[1]
    if floats:
        data = frames.astype(f"<f{bits // 8}").tobytes()
    elif bits == 24:
        data = b"".join(int(v).to_bytes(3, "little", signed=True) for v in frames.ravel())
    else:
        data = frames.astype("u1" if bits == 8 else f"<i{bits // 8}").tobytes()
    block = channels * bits // 8
    described = struct.pack(
        "<HHIIHH",
        header.get("coding", 3 if floats else 1),
        header.get("channels", channels),
        rate,
        rate * block,
        header.get("block", block),
        bits,
    )
    chunks = b"fmt " + struct.pack("<I", len(described)) + described + before
    chunks += b"data" + struct.pack("<I", len(data) if length is None else length) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def nifti(
    array: NDArray[Any],
    affine: Any = None,
    packed: bool = False,
    change: Any = None,
    two: bool = False,
) -> bytes:
    """A NIfTI file; `change` may alter the header as it is written."""
    from nibabel.nifti1 import Nifti1Image
    from nibabel.nifti2 import Nifti2Image

    image = (Nifti2Image if two else Nifti1Image)(array, np.eye(4) if affine is None else affine)
    content = bytearray(image.to_bytes())
    if change is not None:
        change(content)
    return gzip.compress(bytes(content)) if packed else bytes(content)


def put(form: str, place: int, *values: Any) -> Callable[[bytearray], None]:
    """A change of a header: values packed at a place."""
    return lambda content: struct.pack_into("<" + form, content, place, *values)


def zeros_packed(count: int) -> Iterator[bytes]:
    """`count` zero bytes compressed by zlib, piece by piece."""
    packer = zlib.compressobj(9)
    piece = bytes(MEGABYTE)
    for _ in range(count // MEGABYTE):
        yield packer.compress(piece)
    yield packer.flush()


def png(height: int = 8, width: int = 6) -> bytes:
    stream = io.BytesIO()
    levels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(levels).save(stream, "PNG")
    return stream.getvalue()


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    """Fail if Python's and numpy's allocations reach more than `limit` bytes above the start."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit, f"{peak / MEGABYTE:.0f} MB were held at once"
