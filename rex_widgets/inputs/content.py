"""Files and bytes before they are read: what they are called, how large, what they begin with."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_bytes

_HEAD = 1024
_URL = re.compile(r"^(?:[a-z][a-z0-9+.-]+://|data:)", re.IGNORECASE)
_SUFFIXES = {
    ".npy": "npy",
    ".npz": "npy",
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".mat": "mat",
    ".wav": "wav",
    ".wave": "wav",
    ".nii": "nifti",
    ".nii.gz": "nifti",
}


@dataclass(frozen=True)
class Content:
    """A file or bytes in memory, neither read nor decoded yet.

    Attributes
    ----------
    name
        A file's name without its folder, or "bytes".
    source
        How messages call it.
    size
        In bytes.
    head
        The first bytes, at most 1024.
    """

    name: str
    source: str
    size: int
    head: bytes = field(repr=False)
    path: Path | None = None
    held: bytes = field(default=b"", repr=False)

    def open(self) -> BinaryIO:
        """Open it for reading, from its beginning."""
        if self.path is None:
            return io.BytesIO(self.held)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise _unreadable(self.source, error) from None

    @property
    def place(self) -> Path | bytes:
        """The path or the bytes, for readers that take either."""
        return self.held if self.path is None else self.path

    @property
    def suffix(self) -> str:
        """The ending of the name in lower case; ".nii.gz" counts as one."""
        name = self.name.lower()
        return ".nii.gz" if name.endswith(".nii.gz") else Path(name).suffix


def content_of(given: str | Path | bytes | bytearray | memoryview) -> Content:
    """Find a file, or take bytes, and look at the beginning.

    Raises
    ------
    InputError
        If there is no such file, it is a folder, a web address or empty, or may not be read.
    """
    if isinstance(given, bytes | bytearray | memoryview):
        held = bytes(given)
        check_bytes(len(held), "The bytes given")
        return Content("bytes", "The bytes given", len(held), held[:_HEAD], None, held)
    if isinstance(given, str) and _URL.match(given):
        raise InputError(
            f"{given[:60]!r} is a web address; nothing is downloaded. Save the picture and give "
            "its path."
        )
    path = Path(given).expanduser()
    source = repr(path.name or path.resolve().name)
    try:
        if path.is_dir():
            raise InputError(f"{source} is a folder; give the path of one file.")
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(
            f"{source} does not exist; check the path (it is looked up from the working folder)."
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from None
    if not path.is_file():
        raise InputError(f"{source} is not a regular file; give the path of one file.")
    check_bytes(size, source, limit=2**62)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _unreadable(source, error) from None
    return Content(path.name, source, size, head, path)


def form_of(content: Content) -> str:
    """Tell what a file is by its first bytes, and by its name only where these say nothing.

    Returns
    -------
    str
        "npy", "mat", "wav", "nifti", "text" or "picture" (also for what nobody knows).
    """
    head = content.head
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith((b"MATLAB 5.0", b"MATLAB 7.")) or head[:8] == b"\x89HDF\r\n\x1a\n":
        return "mat"
    if is_nifti(unpacked_head(head)):
        return "nifti"
    return _SUFFIXES.get(content.suffix, "picture")


def form_of_name(name: str) -> str | None:
    """Tell what a file is by its name alone; None if the name says nothing."""
    lower = name.lower()
    return _SUFFIXES.get(".nii.gz" if lower.endswith(".nii.gz") else Path(lower).suffix)


def is_gzip(head: bytes) -> bool:
    """Whether a file is compressed by gzip."""
    return head[:2] == b"\x1f\x8b"


def unpacked_head(head: bytes) -> bytes:
    """The beginning of what a gzip file holds; anything else as it is."""
    if not is_gzip(head):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD)
    except zlib.error:
        return b""


def is_nifti(head: bytes) -> bool:
    """Whether a header is that of NIfTI-1 or NIfTI-2, in either order of bytes."""
    first = head[:4]
    if first in (b"\x5c\x01\0\0", b"\0\0\x01\x5c"):
        return head[344:348] in (b"n+1\0", b"ni1\0")
    return first in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") and head[4:7] in (b"n+2", b"ni2")


def _unreadable(source: str, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or error
    return InputError(
        f"{source[:80]} cannot be read ({reason}); check the file and the permission to read it."
    )
