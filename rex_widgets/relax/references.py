"""Inputs that masked inputs are compared with, brought to the encoder's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.inputs import Sample

THUMBNAIL = 96
"""Longer side of a thumbnail, in pixels."""


@dataclass(frozen=True, eq=False)
class Reference:
    """One input, as the encoder takes it.

    Parameters
    ----------
    name
        For people: a file's name without its folder, or "gallery 3".
    data
        Float32 ``(C, *space)``.
    thumbnail
        Uint8 ``(H, W, 3)``, at most `THUMBNAIL` pixels a side.
    """

    name: str
    data: NDArray[np.float32] = field(repr=False)
    thumbnail: NDArray[np.uint8] = field(repr=False)

    @classmethod
    def of(cls, sample: Sample, given: Any, name: str) -> Reference:
        """Keep of a sample what is needed.

        Parameters
        ----------
        sample
            What was read.
        given
            What a person named; a path or a sample has a name of its own.
        name
            Stands for those that have none.
        """
        named = isinstance(given, str | Sample) and sample.source not in ("", "array")
        return cls(sample.source if named else name, sample.data, thumbnail_of(sample.picture))


@dataclass(frozen=True, eq=False)
class References:
    """Several inputs that are read when they are needed, so that they need not fit into memory.

    Parameters
    ----------
    given
        What a person named: paths, arrays, pictures.
    read
        Makes a sample of one of them; ``None`` in a loaded run, which keeps their
        representations and not the inputs.
    what
        "corpus" or "gallery", for the names of those that have none.
    count
        How many there are.
    """

    given: tuple[Any, ...] = field(repr=False)
    read: Callable[[Any], Sample] | None = field(repr=False)
    what: str
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Reference]:
        assert self.read is not None
        for number, one in enumerate(self.given, 1):
            if isinstance(one, Reference):
                yield one
            else:
                yield Reference.of(self.read(one), one, f"{self.what} {number}")


def thumbnail_of(picture: NDArray[np.uint8], side: int = THUMBNAIL) -> NDArray[np.uint8]:
    """Shrink a picture, uint8 ``(H, W, 3)``, until its longer side is at most ``side`` pixels."""
    picture = np.ascontiguousarray(picture)
    if max(picture.shape[:2]) <= side:
        return picture
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image, np.uint8)
