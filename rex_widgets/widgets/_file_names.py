"""Names of files that a person types: without folders, and good on every system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from rex_widgets.errors import InputError

LONGEST = 80

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_ODD = re.compile(r'[<>:"|?*]')
_NOT_BETWEEN = re.compile(r"[^\w.,+-]+", re.ASCII)


def checked_name(given: object) -> str:
    """Return a name that a person typed, in Unicode's composed form.

    Raises
    ------
    InputError
        It is no text, empty, longer than 80 characters, or names a folder, a hidden file, or what
        a system reserves or cannot write.
    """
    if not isinstance(given, str):
        raise InputError(f"A {type(given).__name__} was given as the name; expected text.")
    name = unicodedata.normalize("NFC", given).strip()
    shown = name if len(name) <= 60 else name[:60] + "…"
    if not name or len(name) > LONGEST:
        raise InputError(f"The name has {len(name)} characters; expected 1 to {LONGEST}.")
    if "/" in name or "\\" in name:
        raise InputError(
            f"{shown!r} names a folder; give a name without one: files are saved in the working "
            "folder."
        )
    if name.startswith(".") or name.endswith("."):
        raise InputError(f"{shown!r} begins or ends with a dot; give a name that does not.")
    unseen = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name)
    if unseen or _ODD.search(name):
        raise InputError(
            f'{shown!r} holds what a name cannot have on every system (< > : " | ? * or characters '
            "that are not seen); leave it out."
        )
    if _RESERVED.match(name):
        raise InputError(f"{shown!r} is reserved by some systems; give another name.")
    return name


def suggested_name(label: str) -> str:
    """Make a name of any words, such as a class's label; never one that is refused."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = _NOT_BETWEEN.sub("-", plain).strip("-._")[:60].strip("-._")
    if not stem or _RESERVED.match(stem):
        return "explanation"
    return stem


def free_file(folder: Path, name: str, ending: str) -> Path:
    """Return the path of a file that does not exist yet.

    Parameters
    ----------
    folder
        Where it will be.
    name
        As `checked_name` gives it; with the ending or without.
    ending
        Such as ".png".
    """
    stem = name[: -len(ending)] if name.lower().endswith(ending) else name
    stem = stem or "explanation"
    path, number = folder / f"{stem}{ending}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{ending}", number + 1
    return path
