"""Which pictures a view of a change sends to the browser, and in which size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.widgets._counterfactual_table import small

Pictures = dict[tuple[int, int], NDArray[np.uint8]]

BEFORE = (-1, -1)
"""The place of the picture before; a sample's newest picture is (number, −1), and (number, m) that
of its moment m."""

MOST_BYTES = 4_000_000
"""Up to here all pictures are sent whole, so that choosing another sample asks nobody."""

SMALL_SIDE = 72


def bytes_of(pictures: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return pictures in [0, 1] as bytes."""
    return np.asarray(np.rint(255 * np.clip(pictures, 0, 1)), np.uint8)


def pictures_of(found: RegionCounterfactuals, chosen: int) -> Pictures:
    """Return pictures (H, W, C) by place: of all samples where they are small, else of one.

    The other samples' newest pictures are then thumbnails of 72 pixels a side.
    """
    moments = len(found.forming)
    all_of = found.before.size * found.samples * (1 + moments)
    shown: Pictures = {BEFORE: bytes_of(found.before)}
    for number in range(found.samples):
        whole = all_of <= MOST_BYTES or number == chosen
        newest = bytes_of(found.after[number])
        shown[number, -1] = newest if whole else small_of(newest)
        if whole and found.forming.shape[1:2] > (number,):
            shown |= {(number, m): found.forming[m, number] for m in range(moments)}
    return shown


def small_of(picture: NDArray[np.uint8], side: int = SMALL_SIDE) -> NDArray[np.uint8]:
    """Return a picture (H, W, C) of so many pixels a side at most, with three channels."""
    return small(in_colours(picture), side)


def in_colours(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (H, W, C) with three channels."""
    return np.repeat(picture, 3, -1) if picture.shape[-1] == 1 else picture


def of_one_size(pictures: Pictures) -> list[Pictures]:
    """Return the pictures in groups of one shape each."""
    groups: dict[tuple[int, ...], Pictures] = {}
    for place, picture in pictures.items():
        groups.setdefault(picture.shape, {})[place] = picture
    return list(groups.values())
