"""Masks as lengths of runs of equal pixels, zeros first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.regions.shapes import MOST_NUMBERS, OPS, Shape


def runs_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the lengths of the runs of a mask, in row-major order, zeros first (may be 0)."""
    flat = np.ascontiguousarray(mask, np.bool_).ravel()
    borders = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(borders, prepend=0, append=flat.size)
    return np.concatenate([[0], runs]) if flat.size and flat[0] else runs


def mask_of_runs(
    runs: Sequence[int] | NDArray[np.int64], pixels: int, what: str
) -> NDArray[np.bool_]:
    """Return the flat mask of runs.

    Parameters
    ----------
    runs
        Zeros first.
    pixels
        How many the runs have to make up.
    what
        How a message calls them.

    Raises
    ------
    InputError
        If a run is negative, or they make up another number of pixels; nothing is allocated then.
    """
    lengths = np.asarray(runs, np.int64)
    if lengths.size and (int(lengths.min()) < 0 or int(lengths.max()) > pixels):
        raise InputError(
            f"{what} hold lengths from {int(lengths.min())} to {int(lengths.max())}; expected "
            f"numbers from 0 to {pixels}, the number of pixels."
        )
    total = int(lengths.sum())
    if total != pixels:
        raise InputError(
            f"{what} make up {total} pixels; expected {pixels}, height times width. Check that "
            "they belong to this picture."
        )
    return np.repeat(np.arange(lengths.size) % 2 == 1, lengths)


def pixels_shape(mask: NDArray[np.bool_], op: str = "add") -> Shape:
    """Return a mask, bool (H, W), as one shape of the kind "pixels".

    Raises
    ------
    InputError
        If it has more than 4 million runs, or `op` is unknown.
    """
    if op not in OPS:
        raise InputError(f"op={op!r} was given; expected one of {', '.join(OPS)}.")
    runs = runs_of(mask)
    if len(runs) > MOST_NUMBERS:
        raise InputError(
            f"The mask has {len(runs)} runs of equal pixels; at most {MOST_NUMBERS} are kept as a "
            "region. Smooth it first."
        )
    return {"kind": "pixels", "op": op, "runs": runs.tolist()}
