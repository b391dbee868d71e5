"""The named regions of one picture, and what a message of the browser makes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.regions import Region, checked_shapes
from rex_widgets.regions.shapes import MOST_NUMBERS

MAX_REGIONS = 256
MAX_NAME = 64
MAX_FEATHER = 1024
_MAX_SHAPES = 10_000
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# The same, in the same order, as the front end gives (js/src/region-store.ts).
COLOURS = (
    "#2f9bff",
    "#ff9f1c",
    "#21c78b",
    "#e85fb0",
    "#f4d63a",
    "#9b7bff",
    "#ff5a4f",
    "#63d9e8",
)

Regions = Mapping[str, Region]


def checked_name(given: Any) -> str:
    """Return a region's name without surrounding space, or raise `InputError`."""
    name = given.strip() if isinstance(given, str) else ""
    # Half a surrogate pair, such as of an emoji that was cut, cannot be sent to any page again.
    whole = not any("\ud800" <= character <= "\udfff" for character in name)
    if not 1 <= len(name) <= MAX_NAME or not whole:
        raise InputError(
            f"A region's name is text of 1 to {MAX_NAME} characters; given was {given!r:.80}."
        )
    return name


def fresh_region(name: Any, others: Regions, shape: tuple[int, int]) -> Region:
    """Return an empty region with a colour that no other has, or raise `InputError`."""
    checked = checked_name(name)
    if checked in others:
        raise InputError(f"There already is a region {checked!r}; choose another name.")
    if len(others) >= MAX_REGIONS:
        raise InputError(f"A picture has at most {MAX_REGIONS} regions; remove one first.")
    used = {region.colour for region in others.values()}
    free = [colour for colour in COLOURS if colour not in used]
    colour = free[0] if free else COLOURS[len(others) % len(COLOURS)]
    return Region(checked, np.zeros(shape, dtype=np.bool_), colour=colour)


def edited(
    content: Mapping[str, Any], buffers: Sequence[Any], known: Regions, shape: tuple[int, int]
) -> tuple[dict[str, Region], str]:
    """Return all regions after an edit in the browser, and the name of the active one.

    Parameters
    ----------
    content
        A message of the kind "edit". Each of its regions keeps the first shapes of a known one
        and adds others; the pixels of the changed rectangle come as bits.
    buffers
        The bits, one buffer for each region that names a rectangle.
    known
        The regions before.
    shape
        Height and width of the picture.

    Raises
    ------
    InputError
        If anything does not fit; nothing has been changed then.
    """
    if (content.get("height"), content.get("width")) != shape:
        raise _refused(f"it was drawn on {content.get('height')!r} × {content.get('width')!r}")
    entries = content.get("regions")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_REGIONS:
        raise _refused(f"expected 1 to {MAX_REGIONS} regions")
    bits = iter(buffers)
    regions: dict[str, Region] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise _refused("a region is no object")
        region = _entry(entry, bits, known, shape)
        if region.name in regions:
            raise _refused(f"two regions are named {region.name!r}")
        regions[region.name] = region
    active = content.get("active")
    known_one = isinstance(active, str) and active in regions
    return regions, str(active) if known_one else next(iter(regions))


def _entry(entry: Mapping[str, Any], bits: Any, known: Regions, shape: tuple[int, int]) -> Region:
    name = checked_name(entry.get("name"))
    base = known.get(str(entry.get("of")))
    keep = _whole(entry.get("keep"), 0, _MAX_SHAPES, "keep")
    kept = base.shapes[:keep] if base else ()
    if len(kept) != keep:
        raise _refused("it follows on shapes that are not known here")
    shapes = (*kept, *checked_shapes(entry.get("shapes")))
    if len(shapes) > _MAX_SHAPES:
        raise _refused(f"more than {_MAX_SHAPES} shapes")
    # Each message is bounded by itself; a region grows over many.
    if sum(len(s.get("points", ())) + len(s.get("runs", ())) for s in shapes) > MOST_NUMBERS:
        raise _refused(f"its shapes hold more than {MOST_NUMBERS} numbers")
    feather = _whole(entry.get("feather"), 0, MAX_FEATHER, "feather")
    colour = entry.get("colour")
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise _refused("a colour is no #rrggbb")
    rect = entry.get("rect")
    if base and rect is None and keep == len(base.shapes) == len(shapes):
        if base.name == name and (base.feather, base.colour) == (feather, colour):
            return base
        return Region(name, base.mask, base.shapes, feather, colour)
    mask = base.mask.copy() if base else np.zeros(shape, dtype=np.bool_)
    if rect is not None:
        _put(mask, rect, next(bits, b""))
    return Region(name, mask, shapes, feather, colour)


def _put(mask: NDArray[np.bool_], rect: Any, packed: Any) -> None:
    height, width = mask.shape
    if not isinstance(rect, list) or len(rect) != 4:
        raise _refused("a rectangle is four numbers")
    x0, x1 = (_whole(v, 0, width, "a column") for v in rect[0::2])
    y0, y1 = (_whole(v, 0, height, "a row") for v in rect[1::2])
    if x1 <= x0 or y1 <= y0:
        raise _refused("a rectangle is empty")
    count = (x1 - x0) * (y1 - y0)
    data = np.frombuffer(bytes(packed), dtype=np.uint8)
    if data.size != (count + 7) // 8:
        raise _refused(f"{data.size} bytes came for {count} pixels")
    mask[y0:y1, x0:x1] = np.unpackbits(data, count=count).reshape(y1 - y0, x1 - x0)


def _whole(given: Any, least: int, most: int, what: str) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
        return given
    raise _refused(f"{what} is a whole number from {least} to {most}, not {given!r:.40}")


def _refused(why: str) -> InputError:
    return InputError(
        f"An edit in the browser was refused: {why}. Run the cell again to show the region anew."
    )
