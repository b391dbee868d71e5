"""Maps of the part of a picture that a classifier sees, laid over the whole picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rex_widgets.classifiers import Preprocessing

Floats = NDArray[np.float32]


def is_of_crop(values: Floats, seen: Preprocessing, size: tuple[int, int]) -> bool:
    """Whether a map is of the centre that a classifier cuts out, and not of the whole picture.

    Parameters
    ----------
    values
        ``(H, W)``.
    seen
        How the classifier reads pictures.
    size
        The picture's own.
    """
    return seen.crop < 1 and values.shape == seen.size and values.shape != size


def over_whole(values: Floats, seen: Preprocessing, size: tuple[int, int]) -> Floats:
    """Lay the map of a centre, as explanations by a classifier that crops have it, over the whole.

    Parameters
    ----------
    values
        Of the shape ``seen.size``.
    seen
        Resizes the shorter side, and keeps a share ``crop`` of it.
    size
        Height and width of the picture before.

    Returns
    -------
    ndarray
        Float32, of the picture's proportions, 0 where the classifier does not look; read-only.
    """
    need = [math.floor(side / seen.crop + 1e-6) for side in values.shape]
    ratio = max(need[axis] / size[axis] for axis in (0, 1))
    full = [max(round(size[axis] * ratio), need[axis]) for axis in (0, 1)]
    top, left = (round((full[axis] - values.shape[axis]) / 2) for axis in (0, 1))
    whole = np.zeros(full, np.float32)
    whole[top : top + values.shape[0], left : left + values.shape[1]] = values
    whole.flags.writeable = False
    return whole
