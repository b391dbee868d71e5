"""Choosing the one array in what an encoder returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from rex_widgets.errors import ModelError

_USUAL = ("image_embeds", "pooler_output", "last_hidden_state")
"""Fields of transformers' outputs that are representations, the most condensed first."""


def pick_output(
    raw: Any, wanted: str | int | None, rows: int | None, kind: str = ""
) -> tuple[Any, str]:
    """Choose the array or tensor that is the representation.

    Parameters
    ----------
    raw
        What the model returned for a batch.
    wanted
        The name or number of the output to take; a dot leads into an output that is itself a
        tuple or mapping ("hidden_states.3"). None takes the only one, or the usual field of an
        output of transformers.
    rows
        How many inputs the batch had: a list with one row of values per input is one array. None
        where a list is always one of outputs.
    kind
        What to call what the model returned, e.g. "two outputs"; its type by default.

    Returns
    -------
    value, sentence
        The array or tensor, not converted; and what was chosen, empty where there was no choice.

    Raises
    ------
    ModelError
        If there are several, or none of the name.
    """
    if is_array(raw):
        return _only(raw, wanted), ""
    if isinstance(raw, list | tuple) and (stacked := _stacked(raw, rows)) is not None:
        return _only(stacked, wanted), ""
    parts = _parts(raw)
    if not parts:
        raise ModelError(
            f"The encoder returned {_described(raw)}; expected an array or tensor with one "
            "representation per input, (N, …). Wrap it in a function that returns one."
        )
    listed = ", ".join(f"{name}: {_described(value)}" for name, value in parts.items())
    what = f"{kind or f'a {type(raw).__name__}'} ({listed})"
    if wanted is not None:
        return _chosen(parts, wanted, what, rows), ""
    if len(parts) == 1:
        ((name, value),) = parts.items()
        if is_array(value):
            return value, f"The encoder returned {what}: its only array, {name!r}, is taken."
    if not isinstance(raw, list | tuple):
        usual = next((name for name in _USUAL if is_array(parts.get(name))), None)
        if usual is not None:
            sentence = f"The encoder returned {what}: {usual!r} is taken; another with output=."
            return parts[usual], sentence
    key = "0" if isinstance(raw, list | tuple) else str(next(iter(parts)))
    example = key if isinstance(raw, list | tuple) else repr(key)
    raise ModelError(
        f"The encoder returned {what}; expected one array with a representation per input. Say "
        f"which one is the representation with output=, e.g. output={example} "
        f"(--encoder-output {key})."
    )


def is_array(value: object) -> bool:
    """Tell whether a value is an array or a tensor."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and not callable(value.shape)


def _only(value: Any, wanted: str | int | None) -> Any:
    if wanted in (None, 0, -1, "0"):
        return value
    raise ModelError(
        f"output={wanted!r} was given, but there is one array, of shape "
        f"{tuple(value.shape)}; leave output out."
    )


def _stacked(raw: Any, rows: int | None) -> Any:
    """A row of numbers per input, which people write as a list."""
    if len(raw) != rows:
        return None
    if isinstance(raw, list) and all(is_array(row) and len(row.shape) == 1 for row in raw):
        if len({tuple(row.shape) for row in raw}) > 1:
            return None
        return np.stack([_plain(row) for row in raw])
    if all(isinstance(row, int | float) and not isinstance(row, bool) for row in raw):
        return np.asarray(raw, dtype=np.float64)
    lists = all(
        isinstance(row, list | tuple)
        and bool(row)
        and all(isinstance(value, int | float) for value in row)
        for row in raw
    )
    if lists and len({len(row) for row in raw}) == 1:
        return np.asarray(raw, dtype=np.float64)
    return None


def _plain(row: Any) -> Any:
    return row.detach().cpu().numpy() if hasattr(row, "detach") else np.asarray(row)


def _parts(raw: Any) -> dict[str, Any]:
    if isinstance(raw, Mapping):
        named = {str(name): value for name, value in raw.items()}
    elif isinstance(raw, tuple) and hasattr(raw, "_fields"):
        named = dict(zip(raw._fields, raw, strict=True))
    elif isinstance(raw, list | tuple):
        named = {str(index): value for index, value in enumerate(raw)}
    elif is_dataclass(raw) and not isinstance(raw, type):
        named = {f.name: getattr(raw, f.name) for f in fields(raw)}
    else:
        found = getattr(raw, "__dict__", {})
        named = {n: v for n, v in found.items() if is_array(v) and not n.startswith("_")}
    return {name: value for name, value in named.items() if value is not None}


def _chosen(parts: dict[str, Any], wanted: str | int, what: str, rows: int | None) -> Any:
    names = list(parts)
    first, _, rest = str(wanted).partition(".")
    if first in parts:
        value = parts[first]
    elif first.lstrip("-").isdigit() and -len(names) <= int(first) < len(names):
        value = parts[names[int(first)]]
    else:
        raise ModelError(
            f"output={wanted!r} was given, but the encoder returned {what}; expected one of "
            f"{', '.join(names)}, or a number from 0 to {len(names) - 1}."
        )
    if rest or not is_array(value):
        return pick_output(value, rest or None, rows)[0]
    return value


def _described(value: object) -> str:
    if is_array(value):
        return f"shape {tuple(value.shape)}"  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        inside = ", ".join(_described(item) for item in value[:3])
        more = ", …" if len(value) > 3 else ""
        return f"{type(value).__name__} of {len(value)} ({inside}{more})"
    return f"a {type(value).__name__}"
