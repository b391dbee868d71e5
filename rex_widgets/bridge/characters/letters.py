"""The letters of the colour world: which, in which fonts, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rex_widgets.bridge.characters.drawing import coloured, placed, thickened
from rex_widgets.bridge.train.source import Reach, Split
from rex_widgets.glyphs.atlas import load_atlas
from rex_widgets.glyphs.characters import CHARACTERS

LETTERS = "ACEFHLOPTU"
"""The classes, in order: ten capitals that no font of the atlas draws alike."""

HELD_OUT_EACH, VALIDATION_EACH = 3, 10
"""Pictures of each letter in each font that is kept back."""

LEFT_OUT = frozenset(
    {"Dancing Script", "Isabella", "Le Murmure", "Leckerli One", "Lobster Two"}
    | {"Solide Mirage", "Stick"}
)
"""Fonts whose capitals are swung, broken, hollow or a few pixels wide: not told apart at 32
pixels by a person either."""

_RELATED = ("CMU ", "Courier ")
"""Families with several fonts in the atlas, which are all trained with: a font kept back is no
cousin of one that was learnt."""
_AS_DRAWN = Reach(degrees=5, stretch=0.06, pixels=1.5)
_SEEDS = {"training": 21, "validation": 22, "held out": 23}


@dataclass(frozen=True, eq=False)
class Letters:
    """Letters, drawn anew in other colours each time that they are asked for.

    Parameters
    ----------
    glyphs : ndarray of uint8, (N, 32, 32)
        255 is ink.
    labels : ndarray of uint8, (N,)
        Places in `LETTERS`.
    fonts : tuple of str, N
        Families.
    seed : int
        Of the colours and places that `as_input` gives.
    """

    glyphs: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    fonts: tuple[str, ...]
    seed: int

    def __len__(self) -> int:
        return len(self.labels)

    def as_input(self) -> Tensor:
        """One picture of each, float32 ``(N, 3, 32, 32)`` in [0, 1]; always the same."""
        drawn = torch.Generator().manual_seed(self.seed)
        return coloured(placed(self._ink(), drawn, _AS_DRAWN), drawn)

    def varied(self, chosen: Tensor, drawn: torch.Generator, reach: Reach) -> Tensor:
        """Those with the given numbers, in new colours, thicker, leaning, wider and moved."""
        ink = placed(self._ink(chosen.numpy()), drawn, reach, lean=0.12, widen=0.15)
        return coloured(thickened(ink, drawn), drawn)

    def _ink(self, chosen: npt.NDArray[np.int64] | None = None) -> Tensor:
        glyphs = self.glyphs if chosen is None else self.glyphs[chosen]
        return torch.from_numpy(glyphs.astype(np.float32) / 255)[:, None]


def fonts_of_parts() -> dict[str, tuple[str, ...]]:
    """Which fonts are trained with, tuned with and held out; by their place in the alphabet."""
    names = [name for name in load_atlas().font_names if name not in LEFT_OUT]
    single = [name for name in names if not name.startswith(_RELATED)]
    held_out, validation = tuple(single[1::4]), tuple(single[3::8])
    training = tuple(name for name in names if name not in (*held_out, *validation))
    return {"training": training, "validation": validation, "held out": held_out}


def split_letters() -> Split[Letters]:
    """The letters, dealt out by their fonts."""
    return Split(
        training=letters_of("training"),
        validation=letters_of("validation", VALIDATION_EACH),
        held_out=letters_of("held out", HELD_OUT_EACH),
    )


def letters_of(part: str, each: int = 1) -> Letters:
    """Every letter in every font of a part, `each` times, in an order that shows all soon.

    Parameters
    ----------
    part
        ``"training"``, ``"validation"`` or ``"held out"``.
    each
        How often.
    """
    atlas, fonts = load_atlas(), fonts_of_parts()[part]
    rows = [CHARACTERS.index(letter) for letter in LETTERS]
    columns = [atlas.font_names.index(font) for font in fonts]
    glyphs = atlas.glyphs[np.ix_(rows, columns)]
    labels = np.arange(len(rows), dtype=np.uint8)[:, None].repeat(len(columns), 1)
    places = np.arange(len(columns))[None].repeat(len(rows), 0)
    order = np.random.default_rng(_SEEDS[part]).permutation(
        np.arange(labels.size * each) % labels.size
    )
    return Letters(
        glyphs.reshape(-1, *glyphs.shape[2:])[order],
        labels.reshape(-1)[order],
        tuple(fonts[place] for place in places.reshape(-1)[order]),
        _SEEDS[part],
    )
