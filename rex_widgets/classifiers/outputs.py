"""From whatever a model returns to one array of scores, (N, K)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

_NAMES = ("logits", "probabilities", "probs", "scores", "output", "out")


def pick_scores(output: Any) -> Any:
    """Choose the array or tensor of class scores in what a model returned.

    Parameters
    ----------
    output
        An array or tensor, an object with `.logits`, a mapping, or a tuple or list of arrays.

    Returns
    -------
    array or tensor
        Not converted, so that it can be used inside a torch graph.

    Raises
    ------
    ModelError
        If there is no array of scores, or several that could be it.
    """
    if hasattr(output, "shape") and not callable(output.shape):
        return output
    logits = getattr(output, "logits", None)
    if logits is not None and hasattr(logits, "shape"):
        return logits
    if isinstance(output, Mapping):
        for name in _NAMES:
            if hasattr(output.get(name), "shape"):
                return output[name]
        return _only_candidate({str(key): value for key, value in output.items()}, "mapping")
    if isinstance(output, tuple | list):
        if output and all(isinstance(item, Mapping) for item in output):
            return _from_maps(output)
        if output and all(_is_row(item) for item in output):
            return np.asarray(output, dtype=np.float32)
        parts = {f"item {index}": value for index, value in enumerate(output)}
        return _only_candidate(parts, type(output).__name__)
    raise ModelError(
        f"The model returned {_describe(output)}; expected scores of shape (batch, classes). "
        "Wrap the model in a function that returns them."
    )


def _is_row(item: object) -> bool:
    if isinstance(item, int | float) and not isinstance(item, bool):
        return True
    return (
        isinstance(item, list | tuple)
        and bool(item)
        and all(isinstance(value, int | float) for value in item)
    )


def _from_maps(rows: Any) -> Any:
    """One mapping from class to score an input, as exported scikit-learn models give."""
    classes = list(rows[0])
    if any(list(row) != classes for row in rows):
        raise ModelError(
            "The model returned mappings from class to score with different classes; expected "
            "the same ones for every input."
        )
    return np.array([[row[name] for name in classes] for row in rows], dtype=np.float32)


def _only_candidate(parts: dict[str, Any], kind: str) -> Any:
    candidates = [value for value in parts.values() if len(getattr(value, "shape", ())) == 2]
    if len(candidates) == 1:
        return candidates[0]
    listed = ", ".join(f"{name}: {_describe(value)}" for name, value in parts.items())
    raise ModelError(
        f"The model returned a {kind} ({listed or 'empty'}); expected one array of scores of "
        "shape (batch, classes). Wrap the model in a function that returns just that, e.g. "
        "`lambda batch: model(batch)[0]`."
    )


def _describe(value: object) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and not callable(shape):
        return f"an array of shape {tuple(shape)}"
    return f"a {type(value).__name__}"


def as_scores(output: Any, rows: int) -> NDArray[np.float32]:
    """Return a model's scores as a contiguous float32 array (rows, K).

    Parameters
    ----------
    output
        What the model returned.
    rows
        How many inputs it was given.

    Raises
    ------
    ModelError
        If the shape is not one row of class scores per input.
    """
    picked = pick_scores(output)
    if hasattr(picked, "detach"):
        picked = picked.detach()
        if not (picked.device.type == "cpu" and str(picked.dtype) == "torch.float32"):
            picked = picked.float().cpu()
        picked = picked.numpy()
    scores = np.asarray(picked)
    if scores.dtype.kind not in "fiub":
        raise ModelError(
            f"The model returned values of type {scores.dtype}; expected numbers of shape "
            "(batch, classes)."
        )
    given = scores.shape
    if scores.ndim > 2 and set(scores.shape[2:]) == {1}:
        scores = scores.reshape(scores.shape[:2])
    elif scores.ndim == 1 and scores.shape[0] == rows:
        scores = scores[:, None]
    if scores.ndim != 2 or scores.shape[1] < 1:
        raise ModelError(
            f"The model returned an array of shape {given} for a batch of {rows}; expected "
            f"({rows}, classes). If this is not a classifier, wrap it in a function that "
            "returns class scores."
        )
    if scores.shape[0] != rows:
        raise ModelError(
            f"The model returned {scores.shape[0]} rows for a batch of {rows}; expected one "
            "row of class scores per input."
        )
    return np.ascontiguousarray(scores, dtype=np.float32)
