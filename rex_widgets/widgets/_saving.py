"""The kinds of files that an explanation is saved as, and writing them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.errors import InputError
from rex_widgets.results import Explanation
from rex_widgets.widgets._file_names import checked_name, free_file

if TYPE_CHECKING:
    from rex_widgets.run import Run


@dataclass(frozen=True)
class Kind:
    """One entry of the menu: what is saved, in words, and how the file ends."""

    kind: str
    label: str
    hint: str
    ending: str = ""


KINDS = (
    Kind(
        "html", "HTML page", "One page to look at, without Jupyter and without a network", ".html"
    ),
    Kind("png", "PNG figure", "A figure for a text or a talk", ".png"),
    Kind("npz", "NPZ arrays", "Map, mask and all settings, for numpy; no pickle", ".npz"),
    Kind("json", "JSON numbers", "Numbers, settings and versions as text", ".json"),
    Kind("run", "Run file", "To go on later with load_run()", ".run"),
    Kind("store", "Store", "One more row in a database of SQLite", ".db"),
    Kind("code", "Copy as code", "The line that gives this result again"),
)
"""What a `SaveMenu` offers, in its order."""


def save_as(
    kind: str, name: str, explanation: Any, *, run: Run[Any] | None = None,
    folder: Path | None = None,
) -> Path:  # fmt: skip
    """Save an explanation as a file of one of the kinds.

    Parameters
    ----------
    kind
        "html", "png", "npz", "json", "run" or "store".
    name
        Of the file, without folders. A number is put behind it where there is such a file
        already; a store gets another row instead.
    explanation
        What is saved.
    run
        The run behind it, for "run".
    folder
        Where; the working folder if not given.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        The name is refused, the kind unknown, or there is no run to be saved.
    RexWidgetsError
        The file cannot be written.
    """
    endings = {one.kind: one.ending for one in KINDS if one.ending}
    if kind not in endings:
        raise InputError(f"{kind!r} was asked for; expected one of {', '.join(endings)}.")
    place, ending = folder or Path.cwd(), endings[kind]
    checked = checked_name(name)
    path = free_file(place, checked, ending)
    if kind == "run":
        if run is None:
            raise InputError("Only the explanation is here, and no run that could be saved.")
        return run.save(path)
    if kind == "store":
        stem = checked[: -len(ending)] if checked.lower().endswith(ending) else checked
        path = place / f"{stem}{ending}"
    _WRITERS[kind](explanation, path)
    return path


def _html(explanation: Any, path: Path) -> None:
    from rex_widgets.report import to_html

    to_html(explanation, path)


def _png(explanation: Any, path: Path) -> None:
    from rex_widgets.plots import figure, figure_bytes
    from rex_widgets.report.whole_file import write_whole

    write_whole(path, figure_bytes(figure(explanation)), "The figure")


def _npz(explanation: Any, path: Path) -> None:
    from rex_widgets.files_out import save_arrays

    save_arrays(explanation, path)


def _json(explanation: Any, path: Path) -> None:
    from rex_widgets.files_out import save_json

    save_json(explanation, path)


def _store(explanation: Explanation, path: Path) -> None:
    from rex_widgets.store import save_explanation

    save_explanation(path, explanation)


_WRITERS: dict[str, Any] = {
    "html": _html, "png": _png, "npz": _npz, "json": _json, "store": _store,
}  # fmt: skip
