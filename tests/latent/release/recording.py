"""What BEX 0.5.2 gave for made-up files; `record_release.py` says how it was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def recorded(name: str) -> NDArray[Any]:
    with np.load(Path(__file__).parent / "released.npz", allow_pickle=False) as file:
        array: NDArray[Any] = file[name]
    return array


def recorded_shapes(width: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the decoder's weights, in the release's order."""
    listed = json.loads(str(recorded(f"shapes_{width}")))
    return {name: tuple(shape) for name, shape in listed.items()}
