"""Numbers as a reader found them, and the checks that hold for every kind of input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_values


@dataclass(frozen=True, eq=False)
class Numbers:
    """An array, with what its file or its holder says about it.

    Attributes
    ----------
    array
        As found: no axes moved, no values changed.
    name
        A short name for people: a file's name, "array", "tensor" …
    source
        How messages call it.
    columns
        What the columns are called; empty if nothing says so.
    from_text
        It comes from a text file or a data frame, whose rows and columns mean something.
    notes
        What was done to it on the way.
    axes
        What the last axes mean, where the file says so (volumes).
    """

    array: NDArray[Any]
    name: str
    source: str
    columns: tuple[str, ...] = ()
    from_text: bool = False
    notes: tuple[str, ...] = ()
    axes: Axes | None = None


def plain_numbers(array: NDArray[Any], source: str) -> NDArray[np.float32]:
    """Return a copy as finite float32 values, or say why there are none.

    Raises
    ------
    InputError
        For an empty or huge array, text, objects, complex numbers, NaN and infinity.
    """
    check_values(array.shape, source)
    kind = array.dtype.kind
    if kind == "c":
        raise InputError(
            f"{source} holds complex numbers; expected real ones. Give numpy.abs(array) or "
            "numpy.real(array)."
        )
    if kind not in "biuf":
        raise InputError(
            f"{source} is an array of {array.dtype}; expected numbers (whole or float)."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        # Always a copy: a sample is read-only, and what a person holds stays theirs.
        values = np.array(array, dtype=np.float32, order="C")
    bad = int(values.size - np.count_nonzero(np.isfinite(values)))
    if bad:
        raise InputError(
            f"{source} holds {bad} NaN or infinite values (of {values.size}); expected finite "
            "numbers that fit 32 bits. Replace them, e.g. with numpy.nan_to_num."
        )
    return values


def chosen_row(count: int, row: int | None, source: str, what: str) -> int:
    """The row that is meant: the only one, or the one that was named.

    Parameters
    ----------
    count
        How many there are.
    row
        The number given, from 0, or None.
    source
        How messages call the file or array.
    what
        What the rows hold, in the plural, such as "rows of 4 features".
    """
    if count == 0:
        raise InputError(f"{source} is empty (0 {what}); expected at least one.")
    if row is None:
        if count == 1:
            return 0
        raise InputError(
            f"{source} holds {count} {what}; one is explained at a time: choose it with row=0 to "
            f"row={count - 1}."
        )
    if row >= count:
        raise InputError(
            f"row={row} was given, but {source} holds {count} {what}: expected row=0 to "
            f"row={count - 1}."
        )
    return row


def is_index(name: str) -> bool:
    """Whether a column's name is that of an index which pandas wrote into a file."""
    return name.strip() == "" or name.startswith("Unnamed: 0")


def joined(names: tuple[str, ...] | list[str], most: int = 8) -> str:
    """Names for a message, shortened where there are many."""
    shown = ", ".join(repr(name[:40]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
