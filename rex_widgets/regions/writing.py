"""Writing masks to files: PNG, NPZ and COCO RLE in JSON."""

from __future__ import annotations

import io
import json
import os
import secrets
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.regions.coco import coco_of
from rex_widgets.regions.png import png_of

FORMATS = {".png": "png", ".npz": "npz", ".json": "coco"}
"""What each ending of a file's name means."""


def mask_bytes(mask: NDArray[np.bool_], format: str) -> bytes:
    """Return a mask as the content of a file.

    Parameters
    ----------
    mask
        Bool (H, W); for "npz", of any number of axes.
    format
        "png" (grey, 255 inside), "npz" (bool array "mask") or "coco" (JSON, counts as text).

    Raises
    ------
    InputError
        For another format, or a mask that is not of two axes where pictures are meant.
    """
    if format not in FORMATS.values():
        raise InputError(
            f"The format {format!r} was given; expected one of {', '.join(FORMATS.values())}."
        )
    mask = np.asarray(mask, np.bool_)
    if format == "npz":
        buffer = io.BytesIO()
        np.savez_compressed(buffer, mask=mask)
        return buffer.getvalue()
    if mask.ndim != 2 or not mask.size:
        raise InputError(
            f"A mask of the shape {mask.shape} cannot be written as {format}; expected rows and "
            "columns. Write it as .npz."
        )
    if format == "png":
        return png_of(mask)
    return (json.dumps(coco_of(mask)) + "\n").encode()


def write_mask(path: str | Path, mask: NDArray[np.bool_]) -> Path:
    """Write a mask to a file, whole or not at all.

    Parameters
    ----------
    path
        Ends in .png, .npz or .json (COCO RLE); a file that is there is replaced.
    mask
        Bool (H, W); for .npz, of any number of axes.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    InputError
        For another ending, a mask that this format cannot hold, or a place that cannot be
        written to; nothing is left behind.
    """
    target = Path(path).expanduser().absolute()
    format = FORMATS.get(target.suffix.lower())
    if format is None:
        raise InputError(
            f"{target.name!r} was given as the file for a mask; expected a name that ends in "
            ".png, .npz or .json (COCO RLE)."
        )
    content = mask_bytes(mask, format)
    # Not tempfile: its files can be read by their owner only, and masks are made to be shared.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        raise InputError(
            f"The mask cannot be written to {target}: {problem.strerror or problem}. Name a file "
            "in a folder that exists and that you may write to."
        ) from problem
    return target
