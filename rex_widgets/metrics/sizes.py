"""How large an explanation is, and in how many pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError


@dataclass(frozen=True)
class Components:
    """The pieces of a mask.

    Attributes
    ----------
    count
        How many there are; 0 for an empty mask.
    sizes
        Places in each of them, largest first.
    """

    count: int
    sizes: tuple[int, ...]


def area(mask: NDArray[np.bool_]) -> float:
    """Share of the input that a mask keeps.

    Parameters
    ----------
    mask
        Bool, one value per place (no channels), any number of axes.

    Returns
    -------
    float
        In [0, 1]. Every channel of a place is kept or hidden with it, so that the share does not
        depend on the number of channels.

    Raises
    ------
    InputError
        If the mask has no places.
    """
    checked = boolean_mask(mask)
    return float(np.count_nonzero(checked) / checked.size)


def connected_components(mask: NDArray[np.bool_], *, corners: bool = False) -> Components:
    """Count the connected pieces of a mask.

    Parameters
    ----------
    mask
        Bool, any number of axes.
    corners
        Places that only share a corner (or, in a volume, an edge) are neighbours too: 8 in a
        picture instead of 4, 26 in a volume instead of 6.

    Returns
    -------
    Components

    Raises
    ------
    InputError
        If the mask has no places.

    Notes
    -----
    Labelled by `scipy.ndimage.label`; A. Rosenfeld and J. L. Pfaltz, Sequential operations in
    digital picture processing, J. ACM 13 (1966) 471.
    """
    from scipy.ndimage import generate_binary_structure, label

    checked = boolean_mask(mask)
    neighbours = generate_binary_structure(checked.ndim, checked.ndim if corners else 1)
    labels, count = label(checked, neighbours)
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)[1:]
    return Components(int(count), tuple(int(size) for size in sorted(sizes, reverse=True)))


def boolean_mask(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """Return a mask as a bool array; refuse what is not one."""
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise InputError(
            f"The mask has values of type {array.dtype}; expected true and false: "
            "compare it with a number first, as in mask > 0."
        )
    if array.ndim == 0 or array.size == 0:
        raise InputError(f"The mask has shape {array.shape}; expected at least one place.")
    return array
