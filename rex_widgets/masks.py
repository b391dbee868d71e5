"""Visibility masks in their travelling form: packed bits with a digest.

A mask says which pixels of the input a mutant keeps. Everything that asks the
evaluator for an answer sends masks in this form, so that equal masks are
recognised whatever produced them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Rows ``[r0, r1)`` and columns ``[c0, c1)`` as ``(r0, r1, c0, c1)``."""


@dataclass(frozen=True)
class Mask:
    """A boolean mask, bit-packed.

    Parameters
    ----------
    bits
        ``numpy.packbits`` of the flattened mask (big-endian bit order).
    shape
        ``(H, W)`` of the mask.
    """

    bits: bytes = field(repr=False)
    shape: tuple[int, ...]

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that identify the mask's content."""
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


def mask_of_boxes(boxes: Iterable[Box], shape: tuple[int, int]) -> Mask:
    """Pack the union of boxes."""
    array = np.zeros(shape, dtype=np.bool_)
    for r0, r1, c0, c1 in boxes:
        array[r0:r1, c0:c1] = True
    return mask_of(array)


def full_mask(shape: tuple[int, int]) -> Mask:
    """The mask that keeps everything."""
    return mask_of(np.ones(shape, dtype=np.bool_))


def empty_mask(shape: tuple[int, int]) -> Mask:
    """The mask that hides everything."""
    return mask_of(np.zeros(shape, dtype=np.bool_))
