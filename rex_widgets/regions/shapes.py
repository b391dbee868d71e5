"""What a region is made of, and the bounds of what is taken.

Coordinates are whole numbers in 1/256 pixel, x to the right and y down: (0, 0) is the outer corner
of the first pixel, the middle of pixel (c, r) lies at (256c + 128, 256r + 128).
``js/src/region-shapes.ts`` holds the same kinds and limits.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rex_widgets.errors import InputError

Shape = dict[str, Any]
"""One shape, with plain whole numbers:

- ``{"kind": "brush", "op", "size", "points": [x0, y0, x1, y1, ...]}``: a line drawn by a round
  brush of the diameter ``size``;
- ``{"kind": "box" | "ellipse", "op", "points": [x0, y0, x1, y1]}``: two opposite corners;
- ``{"kind": "polygon", "op", "points": [...]}``: closed, filled by the even-odd rule;
- ``{"kind": "pixels", "op", "runs": [...], "at": [columns, rows]}``: lengths of row-major runs,
  zeros first, moved by whole pixels (``at`` may be absent);
- ``{"kind": "invert"}``, ``{"kind": "clear"}``;
- ``{"kind": "grow" | "shrink", "by": n}``: by a disc of n pixels.

``op`` is "add", "subtract" or "intersect".
"""

UNIT = 256
"""Parts of a pixel."""
MOST_COORDINATE = 2**21
"""Coordinates lie within ± this: 8192 pixels."""
MOST_SIDE = 8192
MOST_SIZE = 2**20
"""Largest diameter of a brush, in 1/256 pixel."""
MOST_PIXELS = 1024
"""Largest disc of grow and shrink, and widest feather, in pixels."""
MOST_SHAPES = 10_000
MOST_NUMBERS = 4_000_000
"""Coordinates and runs in all shapes of one region."""
OPS = ("add", "subtract", "intersect")
DRAWN = ("brush", "box", "ellipse", "polygon", "pixels")
WHOLE = ("invert", "clear")
MORPH = ("grow", "shrink")


def checked_shapes(given: Any) -> tuple[Shape, ...]:
    """Return what was given as shapes, each a new dict with nothing but its own fields.

    Parameters
    ----------
    given
        A sequence of mappings, as `Shape` describes them; whole numbers of any type.

    Raises
    ------
    InputError
        For anything else, unknown kinds, coordinates beyond ±8192 pixels, or more than 10 000
        shapes or 4 million numbers.
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Sequence):
        raise InputError(
            f"Shapes were given as {type(given).__name__}; expected a list of dicts such as "
            '{"kind": "box", "op": "add", "points": [0, 0, 2560, 2560]} (1/256 pixel).'
        )
    if len(given) > MOST_SHAPES:
        raise InputError(
            f"{len(given)} shapes were given; at most {MOST_SHAPES} make up a region. Set the "
            "region's mask instead."
        )
    shapes = []
    left = MOST_NUMBERS
    for index, item in enumerate(given):
        shape = _checked(item, f"Shape {index}")
        left -= len(shape.get("points", ())) + len(shape.get("runs", ()))
        if left < 0:
            raise InputError(
                f"The shapes hold more than {MOST_NUMBERS} numbers; set the region's mask instead."
            )
        shapes.append(shape)
    return tuple(shapes)


def _checked(given: Any, what: str) -> Shape:
    if not isinstance(given, Mapping):
        raise InputError(f"{what} is {type(given).__name__}; expected a dict.")
    kind = given.get("kind")
    if kind in WHOLE:
        return {"kind": kind}
    if kind in MORPH:
        return {"kind": kind, "by": _whole(given.get("by"), 0, MOST_PIXELS, f"{what}: by")}
    if kind not in DRAWN:
        raise InputError(
            f"{what} is of the kind {str(kind)[:40]!r}; expected one of "
            f"{', '.join((*DRAWN, *WHOLE, *MORPH))}."
        )
    op = given.get("op")
    if op not in OPS:
        raise InputError(f"{what} has op {str(op)[:40]!r}; expected one of {', '.join(OPS)}.")
    if kind == "pixels":
        most = MOST_SIDE * MOST_SIDE
        shape = {"kind": kind, "op": op, "runs": _list(given.get("runs"), 0, most, f"{what}: runs")}
        if given.get("at") is not None:
            shape["at"] = _list(given["at"], -MOST_SIDE, MOST_SIDE, f"{what}: at")
            if len(shape["at"]) != 2:
                raise InputError(f"{what} has at={shape['at']}; expected [columns, rows].")
        return shape
    points = _list(given.get("points"), -MOST_COORDINATE, MOST_COORDINATE, f"{what}: points")
    if not points or len(points) % 2 or (kind in ("box", "ellipse") and len(points) != 4):
        expected = "[x0, y0, x1, y1]" if kind in ("box", "ellipse") else "pairs [x0, y0, ...]"
        raise InputError(
            f"{what} ({kind}) has {len(points)} coordinates; expected {expected} in 1/256 pixel."
        )
    if kind == "brush":
        size = _whole(given.get("size"), 0, MOST_SIZE, f"{what}: size")
        return {"kind": kind, "op": op, "size": size, "points": points}
    return {"kind": kind, "op": op, "points": points}


def _whole(given: Any, least: int, most: int, what: str) -> int:
    try:
        value = operator.index(given)
    except TypeError:
        value = least - 1
    if isinstance(given, bool) or not least <= value <= most:
        raise InputError(
            f"{what} is {str(given)[:40]}; expected a whole number from {least} to {most}."
        )
    return value


def _list(given: Any, least: int, most: int, what: str) -> list[int]:
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str | bytes):
        raise InputError(
            f"{what} were given as {type(given).__name__}; expected a list of whole numbers."
        )
    if len(given) > MOST_NUMBERS:
        raise InputError(f"{what}: {len(given)} numbers; at most {MOST_NUMBERS} are taken.")
    if len(given) == 0:
        return []
    try:
        array = np.asarray(given)
    except (ValueError, TypeError, OverflowError):
        array = np.empty(0, object)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(f"{what} hold something else than whole numbers; expected a flat list.")
    if array.min() < least or array.max() > most:
        raise InputError(
            f"{what} reach from {array.min()} to {array.max()}; expected numbers from {least} to "
            f"{most}."
        )
    return [int(value) for value in array.tolist()]
