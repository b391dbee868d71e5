"""Make the world's atlas of glyphs from font files: ``python -m …build_atlas FOLDER``.

The folder is searched for TrueType and OpenType files that hold all characters and whose own
licence entry names the SIL Open Font License. Of every family one upright face is taken; of the
families the 48 that look most different from each other are kept, so that the font is a property
one can see.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rex_widgets.latent.world.atlas import ATLAS_FILE, FONTS_FILE, SIDE, write_atlas
from rex_widgets.latent.world.characters import CHARACTERS
from rex_widgets.latent.world.embeddings import embed

FONTS = 48
GLYPH = 24
"""Longer side of a glyph, of the `SIDE` pixels of its picture."""

_DRAWN = 64
_USUAL = ("regular", "book", "roman", "medium")
_LICENCE = ("ofl", "open font license")
_LEFT_OUT = frozenset(
    {"Linux Biolinum Keyboard O", "Kristi", "Lemonada", "Bebas Neue", "Cabin Sketch"}
    | {"CabinSketch", "Rampart One", "Solide Mirage Mono"}
)
"""Keys in frames, outlines, and faces without lower case."""


@dataclass(frozen=True)
class Face:
    """A font file that can be used: its family, style, path and licence, as it names them."""

    family: str
    style: str
    path: Path
    licence: str
    copyright: str


def faces_in(folder: Path) -> list[Face]:
    """Return one face of every family that may be used, sorted by family."""
    families: dict[str, list[Face]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".ttf", ".otf"):
            face = _face(path)
            if face is not None and face.family not in _LEFT_OUT:
                families.setdefault(face.family, []).append(face)
    return [min(faces, key=_plainness) for _, faces in sorted(families.items())]


def _plainness(face: Face) -> tuple[bool, int, str]:
    return (face.style.lower() not in _USUAL, len(face.style), str(face.path))


def _face(path: Path) -> Face | None:
    from fontTools.ttLib import (  # type: ignore[import-untyped]  # it ships no types
        TTFont,
        TTLibError,
    )

    try:
        font = TTFont(path, lazy=True)
        names, characters = font["name"], font.getBestCmap() or {}
    except (TTLibError, KeyError, OSError):
        return None

    def name(*numbers: int) -> str:
        found = (names.getDebugName(number) for number in numbers)
        return " ".join(next((text for text in found if text), "").split())

    licence = f"{name(13)} {name(14)}"
    if not any(word in licence.lower() for word in _LICENCE):
        return None
    if not all(ord(character) in characters for character in CHARACTERS):
        return None
    return Face(name(16, 1), name(17, 2), path, licence.strip(), name(0))


def glyphs_of(face: Face) -> NDArray[np.uint8] | None:
    """Draw all characters, uint8 ``(48, SIDE, SIDE)``; ``None`` if one leaves no mark."""
    font = ImageFont.truetype(str(face.path), _DRAWN)
    drawn = [_glyph(font, character) for character in CHARACTERS]
    marked = [one for one in drawn if one is not None]
    return np.stack(marked) if len(marked) == len(drawn) else None


def _glyph(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8] | None:
    sheet = Image.new("L", (_DRAWN * 3, _DRAWN * 3), 0)
    middle = (sheet.width // 2, sheet.height // 2)
    ImageDraw.Draw(sheet).text(middle, character, font=font, fill=255, anchor="mm")
    box = sheet.getbbox()
    if box is None:
        return None
    cut = sheet.crop(box)
    scale = GLYPH / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    cut = cut.resize(size, Image.Resampling.LANCZOS)
    out = Image.new("L", (SIDE, SIDE), 0)
    out.paste(cut, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(out)


def most_different(glyphs: NDArray[np.uint8], count: int) -> list[int]:
    """Choose fonts by farthest point sampling, from the one that is nearest to the mean.

    Parameters
    ----------
    glyphs
        Uint8 ``(fonts, characters, SIDE, SIDE)``.
    count
        How many to choose.

    Returns
    -------
    list of int
        In the order of choice.
    """
    flat = glyphs.reshape(len(glyphs), -1).astype(np.float32) / 255
    chosen = [int(((flat - flat.mean(0)) ** 2).sum(1).argmin())]
    nearest = ((flat - flat[chosen[0]]) ** 2).sum(1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((flat - flat[chosen[-1]]) ** 2).sum(1))
    return chosen


def _drawable(faces: list[Face]) -> Iterator[tuple[Face, NDArray[np.uint8]]]:
    for face in faces:
        glyphs = glyphs_of(face)
        if glyphs is not None:
            yield face, glyphs


def main() -> None:
    """Read the arguments, make the atlas, and write it with the list of fonts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder with font files, searched through")
    parser.add_argument("--out", type=Path, default=ATLAS_FILE, help="the atlas")
    folder, out = vars(parser.parse_args()).values()
    found = list(_drawable(faces_in(folder)))
    if len(found) < FONTS:
        raise SystemExit(
            f"{folder} has {len(found)} families under the Open Font License with all characters; "
            f"{FONTS} are needed."
        )
    chosen = most_different(np.stack([glyphs for _, glyphs in found]), FONTS)
    chosen.sort(key=lambda index: found[index][0].family.lower())
    atlas = np.stack([found[index][1] for index in chosen], axis=1)
    write_atlas(out, atlas, embed(atlas.mean(1)), embed(atlas.mean(0)))
    fonts = [
        {"family": f.family, "style": f.style, "licence": "OFL-1.1", "copyright": f.copyright}
        for f in (found[index][0] for index in chosen)
    ]
    out.with_name(FONTS_FILE.name).write_text(
        json.dumps(fonts, indent=1, ensure_ascii=False) + "\n"
    )
    print(f"{len(found)} families, {FONTS} kept; {out} {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
