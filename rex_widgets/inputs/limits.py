"""Sizes beyond which an input is refused before it is decoded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rex_widgets.errors import InputError

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_VALUES = 100_000_000
"""Numbers in one input that is no picture: 400 MB as float32, a cube of 464 voxels a side."""
MAX_TEXT_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 1_000_000
MAX_TEXT_VALUES = 10_000_000
MAX_SKIPPED_BYTES = 4 * 1024**3
"""How much of a compressed file is unpacked and thrown away to reach the part that is meant."""


def check_pixels(width: int, height: int, source: str) -> None:
    """Refuse a picture with no pixels or more than 100 megapixels."""
    if width < 1 or height < 1:
        raise InputError(
            f"{source} has no pixels ({width}x{height}); expected at least one row and column."
        )
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{source} is {width}x{height}, {width * height / 1e6:.0f} megapixels; at most "
            f"{MAX_PIXELS // 1_000_000} are read. Make it smaller first."
        )


def check_bytes(count: int, source: str, limit: int = MAX_FILE_BYTES) -> None:
    """Refuse an empty file or one of more than `limit` bytes, 512 MB unless told."""
    if count == 0:
        raise InputError(f"{source} is empty (0 bytes); expected a picture or numbers.")
    if count > limit:
        raise InputError(
            f"{source} has {count / 1024**2:.0f} MB; at most "
            f"{limit // 1024**2} MB are read. Make it smaller first."
        )


def check_values(shape: Sequence[int], source: str, itemsize: int = 4) -> None:
    """Refuse an array with an axis of length 0 or of more than 100 million values."""
    shown = tuple(int(length) for length in shape)
    if min(shown, default=1) < 1:
        raise InputError(
            f"{source} is empty (shape {shown}); expected at least one value along every axis."
        )
    count = math.prod(shown)
    if count > MAX_VALUES:
        raise InputError(
            f"{source} has {_many(count)} values (shape {shown}, "
            f"{count * itemsize / 1024**3:.1f} GB); at most {MAX_VALUES // 1_000_000} million are "
            "read. Cut out the part that is meant, or make it smaller first."
        )


def _many(count: int) -> str:
    return f"{count / 1e6:,.0f} million" if count < 10**15 else f"{float(count):.1e}"
