"""Writing a file in one step, so that a reader never sees half of it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from rex_widgets.errors import InputError


def write_whole(path: Path, content: bytes, what: str) -> Path:
    """Replace a file by new content at once; return its path.

    Parameters
    ----------
    path
        Absolute.
    content
        All of it.
    what
        What is written, for the message: "The page".

    Raises
    ------
    InputError
        If the file cannot be written; nothing is left behind.
    """
    # Not tempfile: its files can be read by their owner only, and pages are made to be shared.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        raise InputError(
            f"{what} cannot be written to {path}: {problem.strerror or problem}. Name a file in "
            "a folder that exists and that you may write to."
        ) from problem
    return path
