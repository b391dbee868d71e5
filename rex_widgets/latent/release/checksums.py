"""Checksums of the release's files.

No official SHA-256 is known to this library: the release's code has none. So nothing is compared
unless a person gives what to expect; the sums of the files that were read are shown in any case,
to be noted with a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

from rex_widgets.errors import ModelError, SettingsError

_LENGTH = 64


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal digits."""
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def expected_sums(expected: Mapping[str, str] | None, names: tuple[str, ...]) -> dict[str, str]:
    """Check what a person expects, a SHA-256 by the file's name, and bring it to lower case.

    Raises
    ------
    SettingsError
        No file has that name, or a sum is not 64 hexadecimal digits.
    """
    sums = {name: given.strip().lower() for name, given in (expected or {}).items()}
    for name, given in sums.items():
        if name not in names:
            raise SettingsError(
                f"sha256 names {name!r}, which is not among the files: {', '.join(names)}."
            )
        if len(given) != _LENGTH or not set(given) <= set("0123456789abcdef"):
            raise SettingsError(
                f"sha256 of {name} was {given!r}; expected {_LENGTH} hexadecimal digits."
            )
    return sums


def check_sum(path: Path, expected: str | None, *, named: str = "") -> str:
    """Return a file's SHA-256, compared with the expected one if there is one.

    Parameters
    ----------
    path
        The file.
    expected
        In lower case; ``None`` where none is known.
    named
        What to call the file in an error, if not by its path.

    Raises
    ------
    ModelError
        They differ.
    """
    found = sha256_of(path)
    if expected is not None and found != expected:
        raise ModelError(
            f"{named or path} has the SHA-256 {found}; expected {expected}. The file is damaged or "
            "another one: fetch it anew, or correct what is expected."
        )
    return found
