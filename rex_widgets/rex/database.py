"""`initialise_rex_db`, `update_database`, `db_to_pandas`: explanations in an SQLite file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.rex.analysis import measured
from rex_widgets.rex.enums import Distribution, Strategy, member_of
from rex_widgets.store import make_database, save_explanation, tables_in, to_dataframe

if TYPE_CHECKING:
    import pandas as pd

    from rex_widgets.rex.explaining import Explanation

_OTHER_NAMES = {"search_limit": "search_limit_per_iter", "strategy": "method"}
"""Columns that ReX has under another name."""

COLUMNS = (
    "id", "path", "target", "confidence", "time", "responsibility", "responsibility_shape",
    "total_work", "passing", "failing", "explanation", "explanation_shape",
    "explanation_confidence", "multi", "multi_no", "depth_reached", "avg_box_size", "tree_depth",
    "search_limit_per_iter", "iters", "min_size", "distribution", "distribution_args",
    "spatial_radius", "spatial_eta", "method", "spotlights", "spotlight_size", "spotlight_eta",
    "obj_function",
)  # fmt: skip
"""Columns of release 0.3."""

NEWER_COLUMNS = (
    "sufficiency_mask", "sufficiency_confidence", "contrastive_mask", "contrastive_confidence",
    "inverse_classification", "inverse_confidence", "complete_mask", "complete_classification",
    "complete_confidence", "area", "entropy", "insertion_curve", "deletion_curve",
)  # fmt: skip
"""Columns that release 0.4 added."""


@dataclass(frozen=True)
class RexDatabase:
    """A database that explanations are added to; nothing is kept open between two of them."""

    path: Path

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def commit(self) -> None:
        """Do nothing: every explanation is on the disk once it was added."""


def initialise_rex_db(name: str | Path, echo: bool = False) -> RexDatabase:
    """Make a database, or open one that is there.

    Parameters
    ----------
    name
        Its file. A database that ReX wrote may be named: new explanations go to a table beside
        ReX's.
    echo
        Not used.

    Raises
    ------
    StoreError
        The file is no such database.
    """
    del echo
    return RexDatabase(make_database(name))


def update_database(
    db: RexDatabase,
    explanation: Explanation,
    time_taken: float | None = None,
    multi: bool = False,
    clauses: Sequence[int] | None = None,
    analysis_results: Any = None,
) -> tuple[str, ...]:
    """Add an explanation; it is on the disk when this returns.

    Parameters
    ----------
    db
        From `initialise_rex_db`.
    explanation
        After ``extract``. A `MultiExplanation` becomes one row for each of its explanations.
    time_taken
        Seconds; what was measured if not given.
    multi
        Of a `MultiExplanation`; not needed.
    clauses
        Numbers of the explanations to add; all if not given.
    analysis_results
        What `analyze` gave.

    Returns
    -------
    tuple of str
        The ids of the rows.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    del multi
    result = explanation.extracted()
    if not result.mask.any():
        warnings.warn("The explanation is empty: nothing was added.", stacklevel=2)
        return ()
    question = explanation.question
    seconds = question.seconds if time_taken is None else float(time_taken)
    result = replace(result, seconds=seconds)
    if clauses is not None:
        result = replace(result, parts=tuple(result.parts[number] for number in clauses))
    analysis = analysis_results
    if analysis is not None and explanation.analysis is not None:
        analysis = measured(explanation)
    return save_explanation(
        db.path,
        result,
        analysis=analysis,
        fingerprint=question.classifier.fingerprint(),
        source=explanation.args.path or None,
    )


def db_to_pandas(
    db: str | Path, dtype: Any = np.float32, table: str = "rex", process: bool = True
) -> pd.DataFrame:
    """Read a database, with the columns that ReX gives them.

    Parameters
    ----------
    db
        A file that this or ReX wrote. Where it holds both, ReX's rows come first.
    dtype
        Of the maps.
    table
        Not used: all explanations are read.
    process
        Decode the arrays; otherwise their columns are left out.

    Returns
    -------
    pandas.DataFrame
        One row for each explanation. A mask has the shape of the input without its channels;
        where ReX wrote it, with them.

    Raises
    ------
    StoreError
        The file is no such database.
    """
    import pandas as pd

    del table
    path = Path(getattr(db, "path", db))
    frames = []
    names = tables_in(path)
    if "rex" in names:
        frames.append(to_dataframe(path, table="rex"))
    if "explanations" in names or not frames:
        frames.append(_in_rex_names(to_dataframe(path)))
    frames = [frame for frame in frames if len(frame)] or frames[-1:]
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    arrays = [name for name in frame.columns if name == "responsibility" or name.endswith("_mask")]
    if not process:
        return frame.drop(columns=[*arrays, "explanation"], errors="ignore")
    if "responsibility" in frame:
        frame["responsibility"] = pd.Series(
            [
                None if values is None else values.astype(dtype)
                for values in frame["responsibility"]
            ],
            dtype=object,
        )
    return frame


def _in_rex_names(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    frame = frame.drop(columns="method").rename(columns=_OTHER_NAMES)
    frame["method"] = pd.Series(
        [str(member_of(Strategy, name)) for name in frame["method"]], dtype=object
    )
    frame["distribution"] = pd.Series(
        [
            None if name is None else str(member_of(Distribution, name))
            for name in frame["distribution"]
        ],
        dtype=object,
    )
    return frame[[*COLUMNS, *NEWER_COLUMNS]]
