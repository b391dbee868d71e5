"""The atlas: every character in every font, and how alike they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Pixels of a glyph's picture, each way."""

DATA = Path(__file__).with_name("data")
ATLAS_FILE = DATA / "atlas.npz"
FONTS_FILE = DATA / "fonts.json"


@dataclass(frozen=True, eq=False)
class Atlas:
    """Glyphs and embeddings.

    Parameters
    ----------
    glyphs
        Uint8 ``(48 characters, 48 fonts, SIDE, SIDE)``; 255 is ink.
    characters, fonts
        Float32 ``(48, 3)``: the embeddings; each coordinate has mean 0 and variance 1.
    font_names
        Families, in order.
    """

    glyphs: NDArray[np.uint8]
    characters: NDArray[np.float32]
    fonts: NDArray[np.float32]
    font_names: tuple[str, ...]


@cache
def load_atlas() -> Atlas:
    """Return the atlas that comes with the package; its arrays cannot be written to."""
    with np.load(ATLAS_FILE, allow_pickle=False) as file:
        packed = file["glyphs"]
        glyphs = np.cumsum(packed, axis=-1, dtype=np.uint8)
        characters, fonts = file["characters"], file["fonts"]
    for array in (glyphs, characters, fonts):
        array.flags.writeable = False
    names = tuple(str(font["family"]) for font in json.loads(FONTS_FILE.read_text("utf-8")))
    return Atlas(glyphs, characters, fonts, names)


def write_atlas(
    path: Path,
    glyphs: NDArray[np.uint8],
    characters: NDArray[np.float32],
    fonts: NDArray[np.float32],
) -> None:
    """Write an atlas; differences along the rows pack into half the space of the values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = np.diff(glyphs, axis=-1, prepend=np.uint8(0))
    np.savez_compressed(path, glyphs=steps, characters=characters, fonts=fonts)
