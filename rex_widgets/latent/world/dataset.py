"""Samples of the world: attributes, labels, and fonts that go with the label by chance alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.world.atlas import load_atlas

CORRELATIONS = ((6, 0.5), (6, 0.95), (10, 0.5), (10, 0.95))
"""Settings of the benchmark: correlated fonts, and how often such a font tells the class."""

TRAINING, VALIDATION = 20_000, 10_000
SHARE = 0.5
"""Share of the samples that have one of the correlated fonts."""

ROTATION, LOG_SCALE, SHIFT = 0.5, 0.25, 0.2
"""Largest rotation (radians), logarithm of the scale, and translation, either way; uniform."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples by their attributes.

    Parameters
    ----------
    latents
        Float32 ``(N, 11)``, not standardised; see `rex_widgets.latent.world.renderer.Renderer`.
    characters, fonts
        Int64 ``(N,)``.
    labels
        Int64 ``(N,)``: 1 where the character's number is odd.
    """

    latents: NDArray[np.float32]
    characters: NDArray[np.int64]
    fonts: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def correlated_fonts(n_corr: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the fonts that go with even and with odd characters, ``n_corr / 2`` each.

    They are the same in every training, spread over the atlas, and nested: the fonts of
    ``n_corr=6`` are among those of ``n_corr=10``.
    """
    order = np.random.default_rng(48).permutation(len(load_atlas().fonts))[:n_corr]
    return tuple(int(font) for font in order[0::2]), tuple(int(font) for font in order[1::2])


def draw_samples(count: int, n_corr: int, corr_level: float, seed: int) -> Samples:
    """Draw samples; half of them have a font that tells the class with ``corr_level``.

    Parameters
    ----------
    count
        How many.
    n_corr, corr_level
        See `correlated_fonts`; at a level of 0.5 the font says nothing of the class.
    seed
        Of the draw.
    """
    random = np.random.default_rng(seed)
    atlas = load_atlas()
    kinds = len(atlas.characters)
    characters = random.integers(0, kinds, count)
    labels = characters % 2
    even, odd = (np.array(fonts) for fonts in correlated_fonts(n_corr))
    others = np.setdiff1d(np.arange(len(atlas.fonts)), np.concatenate((even, odd)))
    told = np.where(random.random(count) < corr_level, labels, 1 - labels)
    which = random.integers(0, len(even), count)
    correlated = np.where(told == 1, odd[which], even[which])
    free = others[random.integers(0, len(others), count)]
    fonts = np.where(random.random(count) < SHARE, correlated, free)
    inverted = random.integers(0, 2, count)[:, None]
    reach = np.array([ROTATION, LOG_SCALE, SHIFT, SHIFT])
    placed = random.uniform(-1, 1, (count, 4)) * reach
    latents = np.concatenate(
        (atlas.characters[characters], atlas.fonts[fonts], inverted, placed), axis=1
    )
    return Samples(latents.astype(np.float32), characters, fonts, labels)
