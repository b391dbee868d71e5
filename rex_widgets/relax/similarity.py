"""How alike two representations are: by name, or by a function of the user's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError, SettingsError

Rows = NDArray[np.float64]

LARGEST = 1e15
"""Similarity from which sums of squares over masks need not fit into the maps' float32."""


def similarities(
    measure: str | Callable[..., Any], reference: NDArray[np.float32], rows: NDArray[np.float32]
) -> tuple[Rows, int]:
    """Compare representations with a reference.

    Parameters
    ----------
    measure
        "cosine", "dot", "euclidean" (minus the distance), or a function
        ``(h, masked) -> (N,)`` or ``(masked) -> (N,)``; ``h`` is the reference repeated N times.
    reference
        Float32 ``(D,)``.
    rows
        Float32 ``(N, D)``.

    Returns
    -------
    similarities
        Float64 ``(N,)``.
    undefined
        How many rows are zero vectors, for which the cosine is not defined and counts as 0.

    Raises
    ------
    SettingsError
        A function raised an error, or did not give N finite numbers.
    ModelError
        A similarity is not a finite number.
    """
    found, undefined = similarities_to(measure, reference[None], rows)
    return found[:, 0], undefined


def similarities_to(
    measure: str | Callable[..., Any], references: NDArray[np.float32], rows: NDArray[np.float32]
) -> tuple[Rows, int]:
    """Compare representations with several references, as `similarities` does with one.

    Parameters
    ----------
    measure, rows
        As of `similarities`.
    references
        Float32 ``(T, D)``.

    Returns
    -------
    similarities
        Float64 ``(N, T)``.
    undefined
        As of `similarities`, of the first reference.
    """
    found = np.empty((len(rows), len(references)), np.float64)
    if callable(measure):
        for column, reference in enumerate(references):
            found[:, column] = _by_function(measure, reference, rows)
        return found, 0
    values = rows.astype(np.float64)
    scratch = np.empty_like(values)
    lengths = _lengths(values, scratch)
    undefined = 0
    for column, reference in enumerate(references.astype(np.float64)):
        if measure == "euclidean":
            np.subtract(values, reference, out=scratch)
            found[:, column] = -_lengths(scratch, scratch)
            continue
        # a sum along each row: a matrix product's last bits depend on the size of the batch
        np.multiply(values, reference, out=scratch)
        found[:, column] = scratch.sum(axis=1)
        if measure == "cosine":
            both = lengths * np.sqrt(np.square(reference).sum())
            defined = both > 0
            undefined += 0 if column else int((~defined).sum())
            np.divide(found[:, column], both, out=found[:, column], where=defined)
    wrong = int((~(np.abs(found) <= LARGEST)).any(axis=1).sum())
    if wrong:
        raise ModelError(
            f"The {measure} similarity of {wrong} inputs is beyond {LARGEST:g} or not a number: "
            "their representations are too large. Normalise them in the model, or use "
            "similarity_measure='cosine'."
        )
    return found, undefined


def _lengths(values: Rows, scratch: Rows) -> Rows:
    np.square(values, out=scratch)
    found: Rows = np.sqrt(scratch.sum(axis=1))
    return found


def takes_reference(measure: Callable[..., Any]) -> bool:
    """Whether a function wants the reference as well: (h, masked) instead of (masked).

    A function whose signature cannot be read, or takes any number of arguments, is given both,
    as RELAX does; a torch module is asked for its ``forward``.
    """
    read = measure.forward if hasattr(measure, "forward") else measure
    try:
        parameters = inspect.signature(read).parameters.values()
    except (ValueError, TypeError):
        return True
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    by_place = [p for p in parameters if p.kind in places]
    needed = sum(p.default is p.empty for p in by_place)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return True
    return needed >= 2 or (needed == 0 and len(by_place) >= 2)


def _by_function(
    measure: Callable[..., Any], reference: NDArray[np.float32], rows: NDArray[np.float32]
) -> Rows:
    name = getattr(measure, "__name__", type(measure).__name__)
    given: list[Any] = [rows]
    if takes_reference(measure):
        given.insert(0, np.tile(reference, (len(rows), 1)))
    answer = _call(measure, given, name)
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu().numpy()
    try:
        if answer is None:  # numpy takes it for NaN
            raise TypeError
        found = np.asarray(answer, np.float64)
    except (ValueError, TypeError):
        raise SettingsError(
            f"The similarity_measure {name} gave {type(answer).__name__}; expected {len(rows)} "
            "numbers, one for each row."
        ) from None
    if found.shape == (len(rows), 1):
        found = found[:, 0]
    if found.shape != (len(rows),):
        raise SettingsError(
            f"The similarity_measure {name} gave an array of shape {found.shape} for {len(rows)} "
            f"rows; expected ({len(rows)},), one number for each row."
        )
    if not np.isfinite(found).all():
        raise SettingsError(
            f"The similarity_measure {name} gave {int((~np.isfinite(found)).sum())} numbers that "
            "are not finite; expected finite numbers for every representation, the zero vector "
            "included."
        )
    if not (np.abs(found) <= LARGEST).all():
        raise SettingsError(
            f"The similarity_measure {name} gave {np.abs(found).max():.3g}; expected numbers of at "
            f"most {LARGEST:g}. Divide them by a constant."
        )
    return found


def _call(measure: Callable[..., Any], given: list[Any], name: str) -> Any:
    """Call it with torch tensors where it wants those, else with arrays."""
    if _wants_torch(measure):
        return _call_with_tensors(measure, given, name)
    try:
        return measure(*given)
    except Exception as error:
        try:
            return _call_with_tensors(measure, given, name)
        except (SettingsError, ImportError):
            raise _failed(name, error) from error


def _wants_torch(measure: Callable[..., Any]) -> bool:
    module = (getattr(measure, "__module__", None) or type(measure).__module__).split(".")[0]
    return module == "torch" or hasattr(measure, "forward")


def _call_with_tensors(measure: Callable[..., Any], given: list[Any], name: str) -> Any:
    import torch

    try:
        with torch.no_grad():
            return measure(*(torch.tensor(one) for one in given))
    except Exception as error:
        raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> SettingsError:
    words = " ".join(str(error).split())[:200]
    return SettingsError(
        f"The similarity_measure {name} failed: {type(error).__name__}: {words} Expected a "
        "function of two arguments (h, masked), both (N, D), or of one (masked), giving (N,)."
    )
