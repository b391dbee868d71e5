"""How many different things the successful explanations of a sample show."""

from __future__ import annotations

import torch
from torch.nn import functional

from rex_widgets.latent.benchmark.space import Space

TOLERANCE = 0.15
"""Two explanations are orthogonal where their cosine is nearer to zero than this, and opposite
where it is nearer to -1."""

_LEAST_NORM = 1e-8


def orthogonal(
    latents: torch.Tensor,
    counterfactuals: torch.Tensor,
    successful: torch.Tensor,
    space: Space,
    *,
    released: bool = False,
) -> torch.Tensor:
    """Keep successful explanations that are mutually orthogonal, or opposite to one kept.

    Each is described as in `Space.described`, with the sample's own character and font left out,
    and by how the continuous attributes differ. The cosine of two is the sum of the cosines of
    these two parts. Going from the nearest to the farthest (L1 distance of the descriptions, the
    sample's own being one character and one font), one is kept if it is orthogonal to all that are
    kept or opposite to any.

    Parameters
    ----------
    latents, counterfactuals
        Standardised ``(B, Z)`` and ``(B, n, Z)``.
    successful
        Bool ``(B, n)``.
    space
        Whose characters and fonts describe.
    released
        As BEX 0.5.2: the order was found among the successes, but is looked up among all
        explanations, so that with s successes the first s explanations are compared, whatever
        became of them.

    Returns
    -------
    Tensor
        Bool ``(B, n)``; their number in a row is S# of that sample.
    """
    own = _own(latents, space)[:, None]
    mixture, continuous = space.described(counterfactuals)
    moved = latents[:, None, space.continuous] - continuous
    distance = (own - mixture).abs().sum(-1) + moved.abs().sum(-1)
    order = torch.where(successful, distance, torch.inf).argsort(stable=True, dim=1)
    read = order
    if released:
        among_successes = (successful.cumsum(1) - 1).clamp_min(0)
        read = among_successes.gather(1, order)
    cosines = _cosines(mixture * (1 - own), read) + _cosines(moved, read)
    kept = torch.zeros_like(successful)
    counts = successful.sum(1)
    for place in range(successful.shape[1]):
        cosine = cosines[:, place]
        apart = (~kept | (cosine.abs() < TOLERANCE)).all(1)
        opposite = (kept & (cosine < TOLERANCE - 1)).any(1)
        kept[:, place] = (place < counts) & (apart | opposite)
    return torch.zeros_like(successful).scatter(1, order, kept)


def _own(latents: torch.Tensor, space: Space) -> torch.Tensor:
    """Describe samples as one character and one font, ``(B, characters + fonts)``."""
    mixture, _ = space.described(latents)
    halves = torch.split(mixture, [len(space.characters), len(space.fonts)], -1)
    ones = [functional.one_hot(half.argmax(-1), half.shape[-1]) for half in halves]
    return torch.cat(ones, -1).to(mixture.dtype)


def _cosines(rows: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Cosines between the rows of ``(B, n, D)``, taken in an order ``(B, n)``: ``(B, n, n)``."""
    sorted_rows = rows.gather(1, order[..., None].expand(-1, -1, rows.shape[-1]))
    directions = functional.normalize(sorted_rows, dim=-1, eps=_LEAST_NORM)
    return directions @ directions.mT
