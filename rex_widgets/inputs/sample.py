"""One input: what the model sees and what a person sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes


@dataclass(frozen=True, eq=False)
class Sample:
    """One input at the model's resolution.

    Attributes
    ----------
    data
        (C, H, W) float32, what the unmasked model sees; read-only. (C, L) for tables, signals
        and sound, (C, D1, D2, D3) for volumes; a model without a channel axis has it taken away
        by its classifier.
    picture
        (H, W, 3) uint8, what a person sees; read-only. A volume's middle slice along its last
        axis; a strip of one row for one axis.
    source
        A short name for people: a file's name without its folder, or "array".
    notes
        What was done to it on the way, e.g. "EXIF orientation applied".
    kind
        One of `rex_widgets.axes.KINDS`.
    axes
        What the axes mean; None for pictures.
    values
        (C, …) float32 as a person reads it, before normalisation; None for pictures.
    """

    data: NDArray[np.float32]
    picture: NDArray[np.uint8]
    source: str
    notes: tuple[str, ...] = ()
    kind: str = "image"
    axes: Axes | None = None
    values: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        for array in (self.data, self.picture, self.values):
            if array is not None:
                array.setflags(write=False)

    def digest(self) -> str:
        """Return the SHA-256 of what the model sees, as 64 hexadecimal digits."""
        digest = sha256(repr(self.data.shape).encode())
        digest.update(np.ascontiguousarray(self.data).tobytes())
        return digest.hexdigest()
