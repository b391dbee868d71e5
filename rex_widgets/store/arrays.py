"""Arrays as a database keeps them: compressed raw bytes, with dtype and shape beside them.

No pickle is written or read, and what a stored array unpacks to is bounded by its shape before
anything is unpacked.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import StoreError

BITS = "bits"
"""The dtype column of a boolean array: eight places a byte, the first in the highest bit."""

DTYPES = ("<f4", "<f8", "<i8", "<i4", "|u1")
"""The dtypes that are stored as raw little-endian bytes."""

MAX_BYTES = 1 << 29
"""Most that one array may hold, unpacked."""

_SHAPE = re.compile(r"^\(\s*(\d+(?:\s*,\s*\d+)*)?\s*,?\s*\)$")
_LEVEL = 6


@dataclass(frozen=True)
class StoredArray:
    """An array as it stands in a row: compressed bytes, dtype and shape as text."""

    data: bytes
    dtype: str
    shape: str


def pack(array: NDArray[Any]) -> StoredArray:
    """Compress an array.

    Parameters
    ----------
    array
        Bool, float32, float64, int32, int64 or uint8; any shape. Other numbers become float64.

    Raises
    ------
    StoreError
        It holds no numbers, or more than `MAX_BYTES`.
    """
    if array.nbytes > MAX_BYTES:
        raise StoreError(
            f"An array of shape {array.shape} holds {array.nbytes / 2**20:.0f} MB; at most "
            f"{MAX_BYTES / 2**20:.0f} MB are stored."
        )
    shape = str(tuple(int(length) for length in array.shape))
    if array.dtype == np.bool_:
        return StoredArray(zlib.compress(np.packbits(array).tobytes(), _LEVEL), BITS, shape)
    little = array.dtype.newbyteorder("<").str
    if little not in DTYPES:
        if array.dtype.kind not in "fiu":
            raise StoreError(
                f"An array of {array.dtype} was given; expected numbers or true and false."
            )
        little = "<f8"
    raw = np.ascontiguousarray(array, dtype=little).tobytes()
    return StoredArray(zlib.compress(raw, _LEVEL), little, shape)


def unpack(stored: StoredArray, where: str = "The database") -> NDArray[Any]:
    """Read what `pack` wrote; ``where`` begins the message of an error.

    Raises
    ------
    StoreError
        The bytes are damaged, too many, or do not fit the dtype and shape.
    """
    shape = shape_of(stored.shape, where)
    places = math.prod(shape)
    if stored.dtype == BITS:
        bits = np.frombuffer(_inflate(stored.data, (places + 7) // 8, where), np.uint8)
        return np.unpackbits(bits, count=places).astype(np.bool_).reshape(shape)
    if stored.dtype not in DTYPES:
        raise StoreError(
            f"{where} holds an array of the dtype {stored.dtype[:20]!r}; expected one of "
            f"{', '.join((BITS, *DTYPES))}. It is damaged, or was written by another program."
        )
    dtype = np.dtype(stored.dtype)
    raw = _inflate(stored.data, places * dtype.itemsize, where)
    return np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def unpack_unlabelled(
    data: bytes, shape: tuple[int, ...], itemsizes: dict[int, str], where: str
) -> NDArray[Any]:
    """Read an array whose dtype is told by its length alone.

    Parameters
    ----------
    data
        Compressed raw bytes.
    shape
        Of the array.
    itemsizes
        For each admissible number of bytes a place, the dtype.
    """
    places = math.prod(shape)
    raw = _inflate(data, None, where, limit=places * max(itemsizes))
    for size, dtype in itemsizes.items():
        if len(raw) == places * size:
            return np.frombuffer(raw, dtype).reshape(shape).copy()
    raise StoreError(
        f"{where} holds an array of {len(raw)} bytes for the shape {shape}; expected "
        f"{' or '.join(str(places * size) for size in itemsizes)} bytes. It is damaged."
    )


def shape_of(text: str, where: str = "The database") -> tuple[int, ...]:
    """Read a shape such as ``(224, 224)``; bounded, and nothing is evaluated."""
    match = _SHAPE.match(text) if len(text) <= 200 else None
    if match is None:
        raise StoreError(
            f"{where} holds the shape {text[:40]!r}; expected numbers such as (224, 224). "
            "It is damaged."
        )
    lengths = tuple(int(part) for part in (match[1] or "").split(",") if part.strip())
    if math.prod(lengths) > MAX_BYTES:
        raise StoreError(
            f"{where} holds an array of the shape {text[:40]}; at most "
            f"{MAX_BYTES / 2**20:.0f} MB are read."
        )
    return lengths


def _inflate(data: bytes, expected: int | None, where: str, limit: int | None = None) -> bytes:
    most = expected if expected is not None else (limit or 0)
    if most > MAX_BYTES:
        raise StoreError(
            f"{where} holds an array of {most / 2**20:.0f} MB; at most "
            f"{MAX_BYTES / 2**20:.0f} MB are read."
        )
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(data, most + 1)
    except zlib.error as error:
        raise StoreError(f"{where} holds a damaged array ({error}).") from None
    whole = unpacker.eof and not unpacker.unused_data
    if not whole or len(raw) > most or (expected is not None and len(raw) != expected):
        raise StoreError(f"{where} holds an array whose length does not fit its shape; damaged.")
    return raw
