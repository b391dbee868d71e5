"""Visibility masks in their travelling form: packed bits with a digest.

A mask says which pixels of the input a mutant keeps. Everything that asks the
evaluator for an answer sends masks in this form, so that equal masks are
recognised whatever produced them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b, sha1

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, ...]
"""Half-open ranges, one after the other for every axis: ``(r0, r1, c0, c1)`` in 2D,
``(l0, l1)`` in 1D, ``(a0, a1, b0, b1, c0, c1)`` in 3D."""

Shape = tuple[int, ...]
"""Shape of an input without its channels: ``(H, W)``, ``(L,)``, ``(D1, D2, D3)``."""

LARGE = 16 * 1024
"""Bytes of a packed mask from which speed decides how it is hashed."""


@lru_cache(maxsize=4096)
def slices_of(box: Box) -> tuple[slice, ...]:
    """A box as an index, one slice per axis."""
    return tuple(slice(box[i], box[i + 1]) for i in range(0, len(box), 2))


def extent_of(box: Box) -> Shape:
    """Lengths of a box along every axis."""
    return tuple(box[i + 1] - box[i] for i in range(0, len(box), 2))


def box_of(shape: Shape) -> Box:
    """The box that holds a whole input."""
    return tuple(edge for length in shape for edge in (0, length))


@dataclass(frozen=True)
class Mask:
    """A boolean mask, bit-packed.

    Parameters
    ----------
    bits
        ``numpy.packbits`` of the flattened mask (big-endian bit order).
    shape
        Of the mask: the input's without channels.
    boxes
        The boxes whose union the mask is, where they are known: a quicker way
        to fill a mutant, and no part of what a mask is.
    """

    bits: bytes = field(repr=False)
    shape: tuple[int, ...]
    boxes: tuple[Box, ...] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that identify the mask's content."""
        if len(self.bits) >= LARGE:
            # nobody makes masks collide on purpose, and processors have instructions for SHA-1
            return sha1(self.bits, usedforsecurity=False).digest()[:16]
        return blake2b(self.bits, digest_size=16).digest()

    @cached_property
    def area(self) -> int:
        """Number of kept pixels."""
        return int.from_bytes(self.bits, "big").bit_count()

    def array(self) -> NDArray[np.bool_]:
        """The mask as a boolean array of ``shape``."""
        count = int(np.prod(self.shape))
        bits = np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8), count=count)
        return bits.view(np.bool_).reshape(self.shape)


def mask_of(array: NDArray[np.bool_]) -> Mask:
    """Pack a boolean array."""
    return Mask(np.packbits(array).tobytes(), tuple(array.shape))


def mask_of_boxes(boxes: Iterable[Box], shape: Shape) -> Mask:
    """Pack the union of boxes."""
    boxes = tuple(boxes)
    array = np.zeros(shape, dtype=np.bool_)
    for box in boxes:
        array[slices_of(box)] = True
    return Mask(np.packbits(array).tobytes(), tuple(shape), boxes)


def full_mask(shape: Shape) -> Mask:
    """The mask that keeps everything."""
    return mask_of(np.ones(shape, dtype=np.bool_))


def empty_mask(shape: Shape) -> Mask:
    """The mask that hides everything."""
    return mask_of(np.zeros(shape, dtype=np.bool_))
