"""Numbers that a person holds in Python: arrays, tensors, data frames, dicts and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.arrays import as_array
from rex_widgets.inputs.limits import MAX_TEXT_VALUES, check_values
from rex_widgets.inputs.numbers import Numbers


def is_frame(given: Any) -> bool:
    """Whether something is a pandas DataFrame or Series; pandas is not imported."""
    return type(given).__module__.partition(".")[0] == "pandas" and hasattr(given, "iloc")


def is_tensor(given: Any) -> bool:
    """Whether something is a torch tensor; torch is not imported."""
    return hasattr(given, "detach") and hasattr(given, "cpu")


def numbers_held(given: Any) -> Numbers | None:
    """Take an array, tensor, data frame, series, dict or list; None for anything else.

    Raises
    ------
    InputError
        If a column, key or element is no number.
    """
    if isinstance(given, np.ndarray):
        return Numbers(given, "array", "The array")
    if is_tensor(given):
        return Numbers(as_array(given), "tensor", "The tensor")
    if is_frame(given):
        return _of_frame(given)
    if isinstance(given, Mapping):
        return _of_mapping(given)
    if isinstance(given, list | tuple):
        return _of_list(given)
    return None


def _of_frame(given: Any) -> Numbers:
    if given.ndim == 1:
        names = tuple(str(name) for name in given.index)
        # A series numbered from 0 has no names: it is a column of values.
        plain = [str(place) for place in range(len(names))] == list(names)
        array = _column(given, "The series", str(given.name or "values"))
        return Numbers(array[None], "series", "The series", () if plain else names, True)
    source = "The data frame"
    check_values(given.shape, source, 8)
    if given.size > MAX_TEXT_VALUES:
        raise InputError(
            f"{source} has {given.size:,} cells; at most {MAX_TEXT_VALUES:,} are read. Give the "
            "row that is meant, e.g. frame.iloc[[0]]."
        )
    names = tuple(str(name) for name in given.columns)
    columns = [_column(given.iloc[:, place], source, names[place]) for place in range(len(names))]
    return Numbers(np.stack(columns, axis=1), "data frame", source, names, True)


def _column(series: Any, source: str, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{source} holds {series.dtype} in column {name[:40]!r}; expected numbers. Leave the "
            "column out, or code it as numbers."
        ) from None


def _of_mapping(given: Mapping[Any, Any]) -> Numbers:
    values = []
    for name, value in given.items():
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise InputError(
                f"The dict holds {value!r:.40} under {name!r:.40}; expected a number."
            ) from None
        values.append(number)
    if not values:
        raise InputError("The dict is empty; expected one number for each feature.")
    names = tuple(str(name) for name in given)
    return Numbers(np.array([values]), "dict", "The dict", names, True)


def _of_list(given: list[Any] | tuple[Any, ...]) -> Numbers:
    try:
        array = np.array(given)
    except (TypeError, ValueError):
        raise InputError(
            "The list holds rows of different lengths, or no numbers; expected numbers."
        ) from None
    if array.dtype.kind == "O":
        raise InputError("The list holds something that is no number; expected numbers.")
    return Numbers(array, "list", "The list")
