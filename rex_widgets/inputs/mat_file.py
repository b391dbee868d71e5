"""Reading .mat files of MATLAB 5 to 7: sizes are checked before an array is read.

The layout is that of "MAT-File Format" (The MathWorks): a header of 128 bytes, then elements,
each with a tag that says its type and length, many of them compressed by zlib. The arrays of
numbers are read here and not by scipy, whose reader can bring the process down with a damaged file.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content
from rex_widgets.inputs.limits import MAX_VALUES, check_bytes, check_values
from rex_widgets.inputs.numbers import Numbers

_MATRIX, _COMPRESSED = 14, 15
_INT8, _INT32, _UINT32 = 1, 5, 6
_CLASSES = {1: "cell", 2: "struct", 3: "object", 4: "text", 5: "sparse", 16: "function"}
# Arrays of numbers by their class, and the types in which their values may be stored.
_NUMERIC = dict(
    zip(range(6, 16), ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"], strict=True)
)
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_STORED |= {12: "i8", 13: "u8"}
_CHUNK = 1 << 20
_ITEM = 8
# Dimensions and name of an array come first, well within this.
_BEGINNING = 4096


@dataclass(frozen=True)
class _Variable:
    """An array, and where it stands: `length` bytes from `position` on, compressed or not.

    `values` is where its values begin once it is unpacked; `kind` what they become ("" for what
    holds no real numbers, which `what` names).
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    what: str
    values: int
    position: int = 0
    length: int = 0
    packed: bool = False


def read_mat(content: Content, array: str | None) -> Numbers:
    """Read the one array of a .mat file, or the one that `array` names.

    Raises
    ------
    InputError
        If it is no such file, is of version 4 or 7.3, is truncated or damaged, unpacks to more
        than can be read, holds several arrays of numbers and none was named, or none at all.
    """
    source = content.source
    check_bytes(content.size, source)
    _check_version(content)
    with content.open() as stream:
        variables = _variables(stream, content)
    chosen = _chosen(variables, array, source)
    check_values(chosen.shape, f"{chosen.name!r} in {source}", _ITEM)
    with content.open() as stream:
        array_found = _loaded(stream, chosen, content)
    return Numbers(
        array_found,
        content.name,
        f"{chosen.name!r} in {source}",
        notes=(f"array {chosen.name!r}",) if len(variables) > 1 else (),
    )


def _check_version(content: Content) -> None:
    head, source = content.head, content.source
    if head[:8] == b"\x89HDF\r\n\x1a\n" or head.startswith(b"MATLAB 7.3"):
        raise InputError(
            f"{source} is a .mat file of version 7.3 (HDF5), which is not read; save it in MATLAB "
            "with save(name, '-v7'), or as .npy."
        )
    if len(head) < 128 or head[126:128] not in (b"IM", b"MI"):
        raise InputError(
            f"{source} is not a .mat file of MATLAB 5 to 7 (or is truncated); save it in MATLAB "
            "with save(name, '-v7'), or as .npy."
        )


def _variables(stream: BinaryIO, content: Content) -> list[_Variable]:
    order = "<" if content.head[126:128] == b"IM" else ">"
    left = MAX_VALUES * _ITEM
    found = []
    position = 128
    while position + 8 <= content.size:
        stream.seek(position)
        kind, length = struct.unpack(order + "II", stream.read(8))
        if position + 8 + length > content.size:
            raise InputError(
                f"{content.source} is truncated or damaged: an element of {length} bytes begins "
                f"at byte {position} of {content.size}. Save it again."
            )
        beginning = b""
        if kind == _COMPRESSED:
            beginning, unpacked = _unpacked(stream, length, left, content.source)
            left -= unpacked
        elif kind == _MATRIX:
            beginning = struct.pack(order + "II", kind, length)
            beginning += stream.read(min(length, _BEGINNING))
        if beginning:
            variable = _variable(beginning, order, content.source)
            if variable is not None:
                packed = kind == _COMPRESSED
                found.append(replace(variable, position=position + 8, length=length, packed=packed))
        # Only what is not compressed is padded to 8 bytes.
        position += 8 + (length if kind == _COMPRESSED else -(-length // 8) * 8)
    return found


def _unpacked(stream: BinaryIO, length: int, left: int, source: str) -> tuple[bytes, int]:
    """The first bytes of a compressed element, and how many there are in all."""
    unpacker = zlib.decompressobj()
    beginning, count = b"", 0
    try:
        while length and not unpacker.eof:
            packed = stream.read(min(length, _CHUNK))
            length -= len(packed)
            while packed and not unpacker.eof:
                part = unpacker.decompress(packed, _CHUNK)
                packed = unpacker.unconsumed_tail
                beginning += part[: _BEGINNING - len(beginning)]
                count += len(part)
                if count > left:
                    raise InputError(
                        f"{source} unpacks to more than {MAX_VALUES * _ITEM // 10**6} MB; save the "
                        "array that is meant alone, or make it smaller."
                    )
    except zlib.error:
        raise InputError(f"{source} is damaged (its compressed part); save it again.") from None
    if not unpacker.eof:
        raise InputError(f"{source} is truncated (its compressed part); save it again.")
    return beginning, count


def _variable(beginning: bytes, order: str, source: str) -> _Variable | None:
    """Read flags, dimensions and name of an array; None for elements that are no array."""
    damaged = InputError(f"{source} is damaged (the header of an array); save it again.")
    try:
        if struct.unpack_from(order + "I", beginning)[0] != _MATRIX:
            return None
        flags, position = _element(beginning, 8, order, _UINT32)
        bits = struct.unpack_from(order + "I", flags)[0]
        dims, position = _element(beginning, position, order, _INT32)
        name, position = _element(beginning, position, order, _INT8)
    except (struct.error, ValueError):
        raise damaged from None
    number = bits & 0xFF
    shape = struct.unpack(f"{order}{len(dims) // 4}i", dims[: len(dims) // 4 * 4])
    if not shape or min(shape) < 0:
        raise damaged
    if not name:
        return None  # MATLAB's own workspace of functions
    what = _CLASSES.get(number, "complex" if bits & 0x800 else "numbers")
    kind = "" if bits & 0x800 else _NUMERIC.get(number, "")
    return _Variable(name.decode("latin-1"), shape, kind, what, position)


def _element(data: bytes, position: int, order: str, expected: int) -> tuple[bytes, int]:
    first = struct.unpack_from(order + "I", data, position)[0]
    if first >> 16:  # a small element: type, length and data in 8 bytes
        kind, length, start, end = first & 0xFFFF, first >> 16, position + 4, position + 8
    else:
        kind, length = first, struct.unpack_from(order + "I", data, position + 4)[0]
        start, end = position + 8, position + 8 + -(-length // 8) * 8
    if kind != expected or start + length > len(data):
        raise ValueError
    return data[start : start + length], end


def _chosen(variables: list[_Variable], array: str | None, source: str) -> _Variable:
    listed = "; ".join(
        f"{v.name[:40]!r} {'x'.join(map(str, v.shape))}{'' if v.kind else f' ({v.what})'}"
        for v in variables[:12]
    ) + (f" and {len(variables) - 12} more" if len(variables) > 12 else "")
    numeric = [v for v in variables if v.kind]
    if not numeric:
        raise InputError(
            f"{source} holds no array of real numbers (it holds: {listed or 'nothing'}); save one, "
            "not within a struct or cell."
        )
    if array is None:
        if len(numeric) > 1:
            raise InputError(
                f"{source} holds several arrays: {listed}. Choose one with array=, e.g. "
                f"array={numeric[0].name[:40]!r}."
            )
        return numeric[0]
    named = [v for v in variables if v.name == array]
    if not named:
        raise InputError(f"array={array!r} is not in {source}; it holds: {listed}.")
    if not named[0].kind:
        raise InputError(
            f"{array!r} in {source} is of type {named[0].what}; expected an array of real numbers. "
            f"It holds: {listed}."
        )
    return named[0]


def _loaded(stream: BinaryIO, variable: _Variable, content: Content) -> NDArray[Any]:
    order = "<" if content.head[126:128] == b"IM" else ">"
    damaged = InputError(
        f"{variable.name[:40]!r} in {content.source} is damaged (its values); save it again."
    )
    count = math.prod(variable.shape)
    need = variable.values + 8 + count * _ITEM
    stream.seek(variable.position)
    if variable.packed:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(stream.read(variable.length), need)
    else:
        stream.seek(-8, 1)
        data = stream.read(min(variable.length + 8, need))
    try:
        first = struct.unpack_from(order + "I", data, variable.values)[0]
        # A small element holds type, length and values in 8 bytes.
        kind, offset = (first & 0xFFFF, 4) if first >> 16 else (first, 8)
        stored = np.dtype(order + _STORED[kind])
        held = first >> 16 or struct.unpack_from(order + "I", data, variable.values + 4)[0]
        if held != count * stored.itemsize:
            raise damaged
        flat = np.frombuffer(data, stored, count, variable.values + offset)
    except (struct.error, ValueError, KeyError) as error:
        raise (error if isinstance(error, InputError) else damaged) from None
    with np.errstate(over="ignore", invalid="ignore"):
        values: NDArray[Any] = flat.astype(variable.kind)
    return values.reshape(variable.shape, order="F")
