"""Volumes as the browser gets them: whole where possible, else in 65,536 steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Up to this many voxels floats travel as they are; above, 16 bits halve time and memory.
_MOST_FLOATS = 1 << 22
_LEVELS = 65535


@dataclass(frozen=True, eq=False)
class Packed:
    """One volume, as ``value = offset + scale · stored``.

    Attributes
    ----------
    kind
        "uint8", "uint16" or "float32" (little-endian).
    data
        The stored values in C order.
    scale, offset
        Back to values.
    exact
        Whether nothing was rounded.
    low, high
        Smallest and largest value.
    p1, p99
        1st and 99th percentile of the values; the whole range where these are equal.
    """

    kind: str
    data: bytes
    scale: float
    offset: float
    exact: bool
    low: float
    high: float
    p1: float
    p99: float

    def state(self) -> dict[str, Any]:
        """Everything but the data, for the browser."""
        names = ("kind", "scale", "offset", "exact", "low", "high", "p1", "p99")
        return {name: getattr(self, name) for name in names}


def packed(array: NDArray[Any]) -> Packed:
    """Pack a finite array for the browser.

    Whole numbers in a range of at most 65,536 keep their values in one or two bytes, whatever
    their type; other values are float32 up to 4 million voxels and 65,536 even steps above.
    """
    low, high = float(array.min()), float(array.max())
    if high - low <= _LEVELS and _is_whole(array, low):
        kind = "uint8" if high <= 255 and low >= 0 else "uint16"
        offset = 0.0 if kind == "uint8" or (low >= 0 and high <= _LEVELS) else low
        # Taken from wide integers: int16 minus -32768 would wrap around.
        shifted: NDArray[Any] = (
            array if offset == 0 else np.subtract(array, offset, dtype=np.float64)
        )
        return _whole(
            shifted.astype(_TYPES[kind], order="C", copy=False), 1.0, offset, True, low, high
        )
    if array.size <= _MOST_FLOATS:
        single = np.ascontiguousarray(array, "<f4")
        p1, p99 = (float(v) for v in np.percentile(single, (1, 99)))
        return _packed("float32", single, (1.0, 0.0), True, low, high, p1, p99)
    scale = (high - low) / _LEVELS or 1.0
    steps = np.empty(array.shape, "<u2")
    # One slab at a time: a whole float64 copy of a large volume would take gigabytes.
    for slab, out in zip(array, steps, strict=True):
        out[...] = np.rint((slab - np.float64(low)) / scale)
    return _whole(steps, scale, low, False, low, high)


_TYPES: dict[str, Any] = {"uint8": "u1", "uint16": "<u2"}


def _is_whole(array: NDArray[Any], low: float) -> bool:
    if array.dtype.kind in "bui":
        return True
    # Most volumes of fractions show it in the first voxels.
    head = array.reshape(-1)[:4096]
    return (
        low.is_integer()
        and bool((head == np.rint(head)).all())
        and all(bool((slab == np.rint(slab)).all()) for slab in array)
    )


def _whole(
    steps: NDArray[Any], scale: float, offset: float, exact: bool, low: float, high: float
) -> Packed:
    levels = 256 if steps.dtype.itemsize == 1 else _LEVELS + 1
    counts = np.zeros(levels, np.int64)
    for slab in steps:
        counts += np.bincount(slab.reshape(-1), minlength=levels)
    total = counts.cumsum()
    ranks = (1 + share * (steps.size - 1) for share in (0.01, 0.99))
    p1, p99 = (offset + scale * float(np.searchsorted(total, rank)) for rank in ranks)
    kind = "uint8" if steps.dtype.itemsize == 1 else "uint16"
    return _packed(kind, steps, (scale, offset), exact, low, high, p1, p99)


def _packed(
    kind: str,
    stored: NDArray[Any],
    line: tuple[float, float],
    exact: bool,
    low: float,
    high: float,
    p1: float,
    p99: float,
) -> Packed:
    if not p99 > p1:
        p1, p99 = low, high
    return Packed(kind, stored.tobytes(), *line, exact, low, high, p1, p99)
