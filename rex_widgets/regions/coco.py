"""COCO's run-length encoding of masks: column by column, zeros first, as numbers or as text.

The format is that of pycocotools (https://cocodataset.org/#format-data); text holds five bits a
character, and from the fourth count on the difference to the count before the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_pixels
from rex_widgets.regions.runs import mask_of_runs, runs_of

_MOST_CHARACTERS = 7
"""Of one count: 35 bits, more than any picture has pixels."""


def coco_of(mask: NDArray[np.bool_], *, compressed: bool = True) -> dict[str, Any]:
    """Return a mask, bool (H, W), as ``{"size": [H, W], "counts": text or numbers}``."""
    counts = runs_of(mask.T)
    size = [int(mask.shape[0]), int(mask.shape[1])]
    return {"size": size, "counts": _text(counts.tolist()) if compressed else counts.tolist()}


def mask_of_coco(
    given: Any, source: str, shape: tuple[int, ...] | None = None
) -> NDArray[np.bool_]:
    """Return the mask, bool (H, W), of a COCO RLE.

    Parameters
    ----------
    given
        ``{"size": [H, W], "counts": ...}`` with counts as numbers, text or bytes, or an
        annotation that has such a one as its "segmentation".
    source
        How messages call it.
    shape
        What the size has to be; checked before anything is unpacked.

    Raises
    ------
    InputError
        For anything else, another size, more than 100 megapixels, or counts that do not make up
        just the size.
    """
    if isinstance(given, Mapping) and "segmentation" in given and "counts" not in given:
        given = given["segmentation"]
    if isinstance(given, list):
        raise InputError(
            f"{source} holds polygons; expected a COCO RLE. Convert them with "
            "pycocotools.mask.frPyObjects(polygons, height, width)."
        )
    if not isinstance(given, Mapping) or not {"size", "counts"} <= set(given):
        raise InputError(
            f'{source} is no COCO RLE; expected {{"size": [height, width], "counts": ...}}.'
        )
    height, width = _size(given["size"], source)
    if shape is not None and tuple(shape) != (height, width):
        raise InputError(
            f"{source} is {height} x {width} (rows x columns); expected {_shown(shape)}. Use a "
            "mask made for this picture."
        )
    check_pixels(width, height, source)
    counts = _counts(given["counts"], height * width, source)
    mask = mask_of_runs(counts, height * width, f"The counts of {source}")
    return np.ascontiguousarray(mask.reshape(width, height).T)


def _size(given: Any, source: str) -> tuple[int, int]:
    good = isinstance(given, list | tuple) and len(given) == 2
    if not good or not all(isinstance(v, int) and not isinstance(v, bool) for v in given):
        raise InputError(
            f"{source} has the size {str(given)[:60]}; expected [height, width], two whole numbers."
        )
    return given[0], given[1]


def _counts(given: Any, pixels: int, source: str) -> NDArray[np.int64]:
    if isinstance(given, str | bytes):
        data = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else given
        if len(data) > _MOST_CHARACTERS * (pixels + 1):
            raise _damaged(source)
        return _numbers(data, source)
    if not isinstance(given, Sequence | np.ndarray) or len(given) > pixels + 2:
        raise InputError(
            f"{source} has counts that are no text and no list of at most {pixels + 2} numbers; "
            "save it again."
        )
    try:
        counts = np.asarray(given)
    except (ValueError, OverflowError):
        raise _damaged(source) from None
    if counts.size and (counts.ndim != 1 or counts.dtype.kind not in "iu"):
        raise _damaged(source)
    if counts.dtype == np.uint64 and counts.size and int(counts.max()) > pixels:
        raise _damaged(source)
    return counts.astype(np.int64)


def _text(counts: Sequence[int]) -> str:
    text = bytearray()
    for i, count in enumerate(counts):
        rest = count - counts[i - 2] if i > 2 else count
        while True:
            bits = rest & 31
            rest >>= 5
            done = rest == (-1 if bits & 16 else 0)
            text.append(48 + bits + (0 if done else 32))
            if done:
                break
    return text.decode("ascii")


def _numbers(data: bytes, source: str) -> NDArray[np.int64]:
    codes = np.frombuffer(data, np.uint8).astype(np.int64) - 48
    if not codes.size:
        return codes
    if codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise _damaged(source)
    ends = np.flatnonzero((codes & 32) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _MOST_CHARACTERS:
        raise _damaged(source)
    place = np.arange(codes.size) - np.repeat(starts, lengths)
    values = np.add.reduceat((codes & 31) << (5 * place), starts)
    values -= np.where(codes[ends] & 16, np.int64(1) << (5 * lengths), 0)
    # Differences to the count before the last: sums over every second one, each on its own.
    for first in (1, 2):
        values[first::2] = np.cumsum(values[first::2])
    if values.min() < 0:
        raise _damaged(source)
    return values


def _damaged(source: str) -> InputError:
    return InputError(f"{source} has counts that cannot be read; save it again.")


def _shown(shape: tuple[int, ...]) -> str:
    return " x ".join(str(int(length)) for length in shape)
