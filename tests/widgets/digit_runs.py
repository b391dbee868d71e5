"""Short runs of the method rcsb on the package's digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import rex_widgets as rw
from rex_widgets.run import Run

LONG = 400
"""Steps that no test waits for."""


def box(top: int = 6, left: int = 6, side: int = 20) -> NDArray[np.bool_]:
    """Return a square region of the picture of 32 × 32."""
    region = np.zeros((32, 32), np.bool_)
    region[top : top + side, left : left + side] = True
    return region


def digit_run(**settings: Any) -> Run[Any]:
    """Return a run that asks digit 3, a seven, to become an eight, and has not begun."""
    given = {"target": 8, "region": box(), "nfe": 6, "n_inpaints": 2, "seed": 0, **settings}
    return rw.start(3, "digits", method="rcsb", **given)
