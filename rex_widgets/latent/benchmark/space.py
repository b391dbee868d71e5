"""The latent space as the benchmark reads it: a character, a font, and what is continuous."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch


@dataclass(frozen=True, eq=False)
class Space:
    """Latents ``(…, Z)`` are a character embedding, a font embedding, and continuous attributes.

    Parameters
    ----------
    characters, fonts
        All embeddings, standardised, float32 ``(48, 3)`` each; the width of each says how many
        coordinates of a latent it takes.
    """

    characters: torch.Tensor
    fonts: torch.Tensor

    @property
    def character(self) -> slice:
        """Coordinates of the character embedding."""
        return slice(0, self.characters.shape[1])

    @property
    def font(self) -> slice:
        """Coordinates of the font embedding."""
        start = self.characters.shape[1]
        return slice(start, start + self.fonts.shape[1])

    @property
    def continuous(self) -> slice:
        """Coordinates of the continuous attributes: the rest."""
        return slice(self.characters.shape[1] + self.fonts.shape[1], None)

    @cached_property
    def character_radius(self) -> float:
        """Largest L1 distance between two characters."""
        return _diameter(self.characters)

    @cached_property
    def font_radius(self) -> float:
        """Largest L1 distance between two fonts."""
        return _diameter(self.fonts)

    def to(self, device: torch.device | str) -> Space:
        """Return the space on a device."""
        return Space(self.characters.to(device), self.fonts.to(device))

    def nearest_character(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the characters that latents ``(…, Z)`` show, int64 ``(…)``."""
        return _distances(latents[..., self.character], self.characters).argmin(-1)

    def described(self, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Describe latents by how much of every character and font is in them.

        Parameters
        ----------
        latents
            Standardised ``(…, Z)``.

        Returns
        -------
        tuple of Tensor
            ``(…, characters + fonts)``, the softmax of -3 times the L2 distance to each embedding
            (each half sums to one), and the continuous attributes ``(…, rest)``.
        """
        halves = [
            torch.softmax(_SHARPNESS * _distances(latents[..., part], known), -1)
            for part, known in ((self.character, self.characters), (self.font, self.fonts))
        ]
        return torch.cat(halves, -1), latents[..., self.continuous]


_SHARPNESS = -3


def _distances(places: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    apart: torch.Tensor = torch.linalg.vector_norm(places[..., None, :] - known, dim=-1)
    return apart


def _diameter(embeddings: torch.Tensor) -> float:
    return float(torch.cdist(embeddings, embeddings, p=1).max())
