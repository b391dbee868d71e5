"""Reads what a person names as samples: indices of the world, or latents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.latent.settings import MOST_COUNTERFACTUALS, MOST_SAMPLES

_MOST_BYTES = 2**28
_NAMED = 3


def indices_of(given: Any, count: int) -> list[int] | None:
    """Return indices of samples, or ``None`` where latents are given.

    Parameters
    ----------
    given
        A whole number, several, an array of whole numbers, or text such as "17" or "3,17".
    count
        How many samples there are.

    Raises
    ------
    InputError
        An index is out of range.
    """
    if isinstance(given, str):
        parts = given.split(",")
        if not all(part.strip().lstrip("-").isdigit() for part in parts):
            return None
        given = [int(part) for part in parts]
    if hasattr(given, "detach"):
        given = given.detach().cpu().numpy()
    if isinstance(given, range):
        given = list(given)
    try:
        array = np.asarray(given)
    except ValueError:
        return None
    if array.dtype.kind not in "iu" or array.ndim > 1:
        return None
    found = [int(index) for index in np.atleast_1d(array)]
    for index in found:
        if not 0 <= index < count:
            raise InputError(
                f"Sample {index} was asked for; the world has the samples 0 to {count - 1}."
            )
    _check_some(found)
    return found


def latents_of(given: Any) -> NDArray[np.float32]:
    """Return latents, float32 ``(B, Z)``, of one ``(Z,)`` or several, or of a .npy file's path.

    Raises
    ------
    InputError
        It is something else, holds NaN, or is too much.
    """
    if isinstance(given, str | Path):
        given = array_of_file(Path(given))
    if hasattr(given, "detach"):
        given = given.detach().cpu().numpy()
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "iuf":
            raise ValueError
    except (ValueError, TypeError):
        raise InputError(
            f"Latents were expected, and {_said(given)} was given. Give an array of numbers (Z,) "
            "or (B, Z), the path of a .npy file with one, or of the world an index."
        ) from None
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(
            f"The latents have shape {np.shape(given)}; expected (Z,) for one sample or (B, Z) for "
            "several."
        )
    _check_some(array)
    bad = np.nonzero(~np.isfinite(array).all(1))[0]
    if len(bad):
        raise InputError(
            f"The latents of sample {bad[0]} hold NaN or infinite values; expected finite numbers. "
            "Leave it out, or look where it was encoded."
        )
    # a copy: what a sample holds cannot be written to any more
    return np.array(array, np.float32, order="C")


def check_amount(samples: int, explanations: int) -> None:
    """Raise `InputError` where there are too many counterfactuals for one run."""
    if samples * explanations > MOST_COUNTERFACTUALS:
        raise InputError(
            f"{samples} samples with {explanations} counterfactuals each are "
            f"{samples * explanations:,}; at most {MOST_COUNTERFACTUALS:,} are searched in one "
            "run. Give fewer samples, or a smaller num_explanations."
        )


def source_of(indices: Sequence[int] | None, samples: int) -> str:
    """How a person calls the samples."""
    if indices is None:
        return "latents" if samples == 1 else f"{samples} latents"
    named = ", ".join(str(index) for index in indices[:_NAMED])
    return f"world {named}" + (f" and {samples - _NAMED} more" if samples > _NAMED else "")


def array_of_file(path: Path) -> NDArray[Any]:
    """Read the array of a .npy file.

    Raises
    ------
    InputError
        There is no such file, it is too large, or no .npy file.
    """
    path = path.expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no file {str(path)!r}; expected latents: an array, the path of a .npy file, "
            "or of the world an index."
        )
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path.name} is larger than {_MOST_BYTES >> 20} MB.")
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
        array.ndim  # noqa: B018  # an archive has none
    except (ValueError, OSError, EOFError, AttributeError) as error:
        raise InputError(
            f"{path.name} is no .npy file of numbers ({type(error).__name__})."
        ) from None
    return array


def _check_some(given: Any) -> None:
    if not 1 <= len(given) <= MOST_SAMPLES:
        raise InputError(
            f"{len(given)} samples were given; expected 1 to {MOST_SAMPLES} in one run."
        )


def _said(given: Any) -> str:
    words = repr(given)
    return words if len(words) < 60 else f"a {type(given).__name__}"
