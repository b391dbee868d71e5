"""Where results are to be written: what would lose a file is refused before the work begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rex_widgets.errors import InputError
from rex_widgets.flags import FlagError
from rex_widgets.visual_settings import VisualSettings

PICTURES = ("output", "heatmap", "surface")

PLACE = "{name}"
"""Stands for the name of an input, in the name of a file."""

CSV_COLUMNS = (
    "path",
    "class",
    "label",
    "confidence",
    "area",
    "entropy_image",
    "entropy_map",
    "spectral_entropy",
    "max_entropy",
    "insertion",
    "deletion",
    "robustness",
    "components",
    "seconds",
)

_DATABASE = b"SQLite format 3\0"


def check_targets(wishes: Mapping[str, str], visual: VisualSettings) -> None:
    """Refuse what could not be drawn or written after the work.

    Parameters
    ----------
    wishes
        By name of the flag: a path, or "" (show, print), or "-".
    visual
        How pictures are drawn.

    Raises
    ------
    RexWidgetsError
        A file cannot be written, or is there and holds something else; or there is no such
        colour map.
    """
    if set(PICTURES) & set(wishes):
        from rex_widgets.plots.style import colour_map

        colour_map(visual)
    for key, path in wishes.items():
        _check_target(key, path)


def check_kind(wishes: Mapping[str, str], kind: str) -> None:
    """Refuse what an input of this kind cannot give.

    Parameters
    ----------
    wishes
        By name of the flag: a path, or "" (show, print), or "-".
    kind
        "image", "table", "signal", "audio" or "volume".

    Raises
    ------
    InputError
        A surface is wanted of something else than a picture, or NIfTI of what is no volume.
    """
    if "surface" in wishes and kind != "image":
        raise InputError(
            f"--surface was given, but the input is of the kind {kind}; a landscape needs a "
            "picture. --heatmap draws the map of every kind."
        )
    if "save" in wishes:
        from rex_widgets.files_out import check_array_file

        check_array_file(wishes["save"], kind)


def check_clashes(wishes: Mapping[str, str], read: Mapping[Path, str]) -> None:
    """Refuse files that would be written over each other, or over what is read.

    Parameters
    ----------
    wishes
        By name of the flag: a path, or "" (show, print), or "-".
    read
        Paths that are read, each with what it is ("the input", "the model").

    Raises
    ------
    FlagError
        Two names mean one file.
    """
    taken = {_absolute(path): what for path, what in read.items()}
    for key, path in wishes.items():
        if path in ("", "-"):
            continue
        place = _absolute(path)
        if place in taken:
            raise FlagError(
                f"--{key} was {path!r}, which is {taken[place]}; expected a file of its "
                "own, which may be written. Name another file."
            )
        taken[place] = f"the file of --{key} too"


def check_table(path: str | Path) -> None:
    """Refuse to add a line of measures to a file that holds something else.

    Raises
    ------
    InputError
        The file is there, not empty, and does not begin with `CSV_COLUMNS`.
    """
    header = (",".join(CSV_COLUMNS) + "\n").encode()
    begun = _beginning(Path(path).expanduser(), len(header))
    if begun and begun != header:
        raise InputError(
            f"{str(path)!r} was given for the measures, but it is there and holds something else "
            "than a table of them. Name another file; a line is added only to a table that "
            "--analyse has begun."
        )


def _check_target(key: str, path: str) -> None:
    flag = f"--{key}"
    if path == "-" and key != "json":
        raise FlagError(f"{flag} was '-'; only --json writes to the standard output.")
    if key in PICTURES:
        from rex_widgets.plots.writing import check_wanted

        check_wanted(path or None)
    if path in ("", "-"):
        return
    if key == "save":
        from rex_widgets.files_out import check_array_file

        check_array_file(path)
    target = Path(path).expanduser()
    if PLACE not in str(target.parent) and not target.parent.is_dir():
        raise FlagError(f"{flag} was {path!r}, but there is no folder {str(target.parent)!r}.")
    if target.is_dir():
        raise FlagError(f"{flag} was {path!r}, which is a folder; expected the name of a file.")
    if key == "analyse" and target.suffix.lower() != ".json":
        check_table(path)
    if key == "database" and _beginning(target, len(_DATABASE)) not in (b"", _DATABASE):
        raise FlagError(
            f"{flag} was {path!r}, which is there and is not a database; expected an SQLite file, "
            "or a new name."
        )


def _beginning(path: Path, length: int) -> bytes:
    """Return the first bytes of a file; none where there is no file."""
    try:
        with path.open("rb") as file:
            return file.read(length)
    except OSError:
        return b""


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().resolve()
