"""Sizes beyond which an input is refused before it is decoded."""

from __future__ import annotations

from rex_widgets.errors import InputError

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 512 * 1024 * 1024


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


def check_bytes(count: int, source: str) -> None:
    """Refuse an empty file or one of more than 512 MB."""
    if count == 0:
        raise InputError(f"{source} is empty (0 bytes); expected a picture.")
    if count > MAX_FILE_BYTES:
        raise InputError(
            f"{source} has {count / 1024**2:.0f} MB; at most "
            f"{MAX_FILE_BYTES // 1024**2} MB are read. Make it smaller first."
        )
