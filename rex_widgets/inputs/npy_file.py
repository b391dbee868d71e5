"""Reading .npy files: the header is checked before a value is read, and nothing is unpickled."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError

_ADVICE = "write it with numpy.save(path, array)"


def load_npy(file: Path | bytes, source: str) -> NDArray[Any]:
    """Read a .npy file without unpickling; a file on disk is mapped, not copied.

    Raises
    ------
    InputError
        If it is none, is truncated, holds Python objects, or cannot be read.
    """
    try:
        size = len(file) if isinstance(file, bytes) else file.stat().st_size
        with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as stream:
            shape, fortran, dtype = _header(stream, source)
            offset = stream.tell()
        count = math.prod(shape)
        if min(shape, default=1) < 0 or offset + count * dtype.itemsize > size:
            raise InputError(
                f"{source} is truncated: its header says {count * dtype.itemsize} bytes of values "
                f"(shape {shape}), the file holds {size - offset}. Write it again."
            )
        order: Any = "F" if fortran else "C"
        if count == 0:
            return np.empty(shape, dtype)
        if isinstance(file, bytes):
            return np.frombuffer(file, dtype, count, offset).reshape(shape, order=order)
        return np.memmap(file, dtype, "r", offset, shape or (1,), order).reshape(shape, order=order)
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror or error}).") from None


def _header(stream: BinaryIO, source: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if stream.read(4) == b"PK\x03\x04":
        raise InputError(f"{source} is an archive of arrays; give one array, saved by numpy.save.")
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            # Headers written by Python 2 are read all the same.
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(stream)
            if version == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            else:
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    except OSError:
        raise
    except Exception:
        # The header is a Python literal: a damaged one fails in many ways.
        raise InputError(
            f"{source} is not a .npy file of plain numbers, or its header is damaged; {_ADVICE}."
        ) from None
    if dtype.hasobject:
        raise InputError(
            f"{source} is not a .npy file of plain numbers (objects are refused, since reading "
            f"them runs code); {_ADVICE}."
        )
    return tuple(int(length) for length in shape), bool(fortran), dtype
