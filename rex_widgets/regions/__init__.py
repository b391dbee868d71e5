"""Regions drawn on a picture: shapes in whole numbers, masks, and the files that hold masks.

Nothing here knows a screen. The front end has the same geometry (``js/src/region-*.ts``), equal
bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

Shape = dict[str, Any]


def checked_shapes(given: Any) -> tuple[Shape, ...]:
    """Return what was given as shapes, each a new plain dict; InputError for anything else."""
    raise NotImplementedError


def rasterise(shapes: Sequence[Shape], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of checked shapes, bool (H, W)."""
    raise NotImplementedError


def feathered(mask: NDArray[np.bool_], n: int) -> NDArray[np.float32]:
    """Return the soft mask, float32 (H, W), 0..1, with a border of n pixels on either side."""
    raise NotImplementedError


def pixels_shape(mask: NDArray[np.bool_], op: str = "add") -> Shape:
    """Return a mask (H, W) as one shape of the kind "pixels"."""
    raise NotImplementedError


def read_mask(source: Any, shape: tuple[int, ...] | None = None) -> NDArray[np.bool_]:
    """Read a mask from a file's path or its bytes (PNG, NPZ, NPY, COCO RLE in JSON, NIfTI)."""
    raise NotImplementedError


def write_mask(path: str | Path, mask: NDArray[np.bool_]) -> Path:
    """Write a mask, whole or not at all; the ending (.png, .npz, .json) says the format."""
    raise NotImplementedError


def mask_bytes(mask: NDArray[np.bool_], format: str) -> bytes:
    """Return a mask as the content of a file: "png", "npz" or "coco"."""
    raise NotImplementedError


def as_mask(given: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a mask of just this shape from an array, a path, a COCO RLE or what has ``.mask``."""
    raise NotImplementedError
