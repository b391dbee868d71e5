"""Samples of tables: one row of features."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs.built import sample_of_values
from rex_widgets.inputs.content import content_of
from rex_widgets.inputs.limits import MAX_TEXT_BYTES, check_bytes
from rex_widgets.inputs.numbers import Numbers, chosen_row, is_index, joined, plain_numbers
from rex_widgets.inputs.sample import Sample


def sample_of_table(
    numbers: Numbers, preprocessing: Preprocessing, options: InputSettings, processed: bool
) -> Sample:
    """Take one row of features.

    Columns are matched with the model's by name where both tell names: brought to the model's
    order, those that the model does not know left out. An index that pandas wrote as a first
    column without a name is left out.

    Parameters
    ----------
    numbers
        (F,), (rows, F), or one of these with leading axes of length 1; (F, 1) as a column.
    preprocessing
        What the model expects.
    options
        `row` and `feature_names`.
    processed
        The values are the model's input already.
    """
    source = numbers.source
    rows = _rows(numbers, preprocessing, options.row)
    row = chosen_row(len(rows), options.row, source, f"rows of {rows.shape[1]} features")
    notes = list(numbers.notes)
    if len(rows) > 1:
        notes.append(f"row {row} of {len(rows)}")
    # Names in a text or frame say which column is meant; names given are for the reader alone.
    chosen, names = _columns(rows[row], numbers.columns, preprocessing, source, notes)
    _check_cells(chosen, names, row, numbers)
    values = plain_numbers(chosen[None], source)
    labels = _labels(options.feature_names, names, preprocessing, values.shape[1])
    axes = Axes(("feature",), ("",), (1.0,), labels=labels)
    return sample_of_values(
        values, "table", axes, numbers.name, source, notes, preprocessing, processed
    )


def _rows(numbers: Numbers, preprocessing: Preprocessing, row: int | None) -> NDArray[Any]:
    array = numbers.array
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2:
        raise InputError(
            f"{numbers.source} has shape {numbers.array.shape}; expected one row of features: "
            "(F,), (1, F), or (rows, F) and row=."
        )
    length = None if preprocessing.size is None else preprocessing.size[0]
    if array.shape[1] == 1 and array.shape[0] > 1 and row is None and length != 1:
        return array.T
    return array


def _columns(
    row: NDArray[Any],
    names: tuple[str, ...],
    preprocessing: Preprocessing,
    source: str,
    notes: list[str],
) -> tuple[NDArray[Any], tuple[str, ...]]:
    if len(names) != len(row):
        return row, ()
    known = preprocessing.feature_names
    if known and set(known) <= set(names) and names != known:
        where = {name: place for place, name in enumerate(names)}
        spare = [name for name in names if name not in set(known)]
        if spare:
            notes.append(f"columns left out that the model does not know: {joined(spare)}")
        if [name for name in names if name in set(known)] != list(known):
            notes.append("columns brought to the model's order")
        return row[[where[name] for name in known]], known
    wanted = None if preprocessing.size is None else preprocessing.size[0]
    if is_index(names[0]) and wanted is not None and len(row) == wanted + 1:
        notes.append("first column, which has no name, left out (an index)")
        return row[1:], names[1:]
    if known and names != known:
        missing = [name for name in known if name not in set(names)]
        if len(row) != len(known):
            raise InputError(
                f"{source} has {len(names)} columns ({joined(names)}); the model also needs "
                f"{joined(missing)}."
            )
        notes.append("columns have other names than the model's features: taken in their order")
    return row, names


def _check_cells(row: NDArray[Any], names: tuple[str, ...], number: int, numbers: Numbers) -> None:
    if row.dtype.kind != "f" or not names:
        return
    bad = np.flatnonzero(~np.isfinite(row))
    if len(bad):
        raise InputError(
            f"{numbers.source} has no finite number in {joined([names[place] for place in bad])} "
            f"(row {number}); fill it, or leave the column out."
        )


def _labels(
    given: Any, found: tuple[str, ...], preprocessing: Preprocessing, count: int
) -> tuple[str, ...]:
    if given is not None:
        names = _names_in(given) if isinstance(given, str) else tuple(given)
        if len(names) != count:
            raise InputError(
                f"feature_names has {len(names)} names ({joined(names)}), but the input has "
                f"{count} features; give one name for each."
            )
        return names
    if len(found) == count and any(found):
        return tuple(name or f"column {place}" for place, name in enumerate(found))
    known = preprocessing.feature_names
    return known if len(known) == count else ()


def _names_in(path: str) -> tuple[str, ...]:
    content = content_of(path)
    check_bytes(content.size, content.source, MAX_TEXT_BYTES)
    try:
        with content.open() as binary, io.TextIOWrapper(binary, encoding="utf-8-sig") as stream:
            names = tuple(line.strip() for line in stream if line.strip())
    except UnicodeDecodeError:
        names = ("\0",)
    if any("\0" in name for name in names):
        raise InputError(
            f"{content.source} (feature_names) is not text in UTF-8; write one name a line."
        )
    return names
