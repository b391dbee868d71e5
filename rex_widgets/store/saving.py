"""Writing explanations to a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from rex_widgets.errors import InputError
from rex_widgets.results import Explanation
from rex_widgets.store.database import PATIENCE, write
from rex_widgets.store.rows import rows_of
from rex_widgets.store.schema import TABLE, bring_up_to_date, check_file

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rex_widgets.metrics import Analysis
    from rex_widgets.run import Run


def save_explanation(
    path: str | Path,
    explanation: Explanation,
    *,
    analysis: Analysis | Mapping[str, Any] | None = None,
    fingerprint: str | None = None,
    source: str | None = None,
    other_settings: Mapping[str, Any] | None = None,
    patience: float = PATIENCE,
) -> tuple[str, ...]:
    """Add an explanation to a database; it is on the disk when this returns.

    All rows are written in one transaction, or none. Several processes may write to one file.

    Parameters
    ----------
    path
        An SQLite file that this wrote before, or a database of ReX (its table is left alone),
        or a new name.
    explanation
        One row is kept of it, and of a multiple explanation one for each part.
    analysis
        Its metrics: an `Analysis`, or a mapping with the keys that ReX's ``analyze`` gives.
    fingerprint
        Of the model, as `Classifier.fingerprint` gives it.
    source
        The path of the input; ``explanation.source`` (a name without its folder) if not given.
    other_settings
        Settings that are not the method's: of the model, the input, the pictures.
    patience
        Seconds to wait while others write.

    Returns
    -------
    tuple of str
        The ids of the rows, in the order of the parts. An id is a random UUID (32 hexadecimal
        digits) that never changes and is never given to another row.

    Raises
    ------
    StoreError
        The file is no such database, damaged, read-only, locked, or of a newer release.
    InputError
        It is no explanation of a class.
    """
    if not isinstance(explanation, Explanation):
        raise InputError(
            f"A {type(explanation).__name__} was given; the database holds explanations of "
            "classes. save_json and save_arrays write what other methods find."
        )
    file = Path(path).expanduser()
    rows = rows_of(
        explanation,
        analysis=analysis,
        fingerprint=fingerprint,
        source=source,
        other_settings=other_settings,
    )

    def work(connection: Connection) -> None:
        bring_up_to_date(connection)
        for row in rows:
            connection.execute(insert(TABLE), row)

    write(file, work, check=_checking(file), patience=patience)
    return tuple(row["id"] for row in rows)


def save_run(
    path: str | Path,
    run: Run,
    *,
    analysis: Analysis | Mapping[str, Any] | None = None,
    source: str | None = None,
    other_settings: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Add a run's explanation so far, with its model's fingerprint; see `save_explanation`."""
    return save_explanation(
        path,
        run.result(),
        analysis=analysis,
        fingerprint=run.classifier.fingerprint(),
        source=source,
        other_settings=other_settings,
    )


def make_database(path: str | Path) -> Path:
    """Make a database that holds no explanation yet, or check one that is there.

    Raises
    ------
    StoreError
        As `save_explanation`.
    """
    file = Path(path).expanduser()
    write(file, bring_up_to_date, check=_checking(file))
    return file


def _checking(file: Path) -> Callable[[Connection], None]:
    return lambda connection: check_file(connection, file.name)
