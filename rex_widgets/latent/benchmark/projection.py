"""How far a counterfactual may go: perturbations are brought back into L1 balls."""

from __future__ import annotations

import torch

from rex_widgets.latent.benchmark.space import Space

CONTINUOUS_RADIUS = 1.0

_RELEASED_ADDED = 1e-6


def project(
    counterfactuals: torch.Tensor, latents: torch.Tensor, space: Space, *, released: bool = False
) -> torch.Tensor:
    """Shorten perturbations that are too long; directions stay, and so do the short ones.

    The character and the font part may be as long as the largest distance between two embeddings,
    the continuous part has radius 1; all norms are L1.

    Parameters
    ----------
    counterfactuals
        Standardised ``(B, n, Z)``.
    latents
        Of the samples, ``(B, Z)``.
    space
        Whose embeddings give the radii.
    released
        As BEX 0.5.2: where the continuous part is too long the whole perturbation is shortened by
        the same factor once more, the continuous part thus twice.

    Returns
    -------
    Tensor
        ``(B, n, Z)``.
    """
    added = _RELEASED_ADDED if released else 0.0
    delta = counterfactuals - latents[:, None]
    character, font, continuous = (
        delta[..., part] for part in (space.character, space.font, space.continuous)
    )
    shorter = _factor(continuous, CONTINUOUS_RADIUS, added)
    continuous = continuous * shorter
    if released:
        character, font, continuous = (part * shorter for part in (character, font, continuous))
    character = character * _factor(character, space.character_radius, added)
    font = font * _factor(font, space.font_radius, added)
    return latents[:, None] + torch.cat((character, font, continuous), -1)


def _factor(delta: torch.Tensor, radius: float, added: float) -> torch.Tensor:
    size = delta.abs().sum(-1, keepdim=True) + added
    return torch.where(size > radius, radius / size, 1.0)
