"""The world's generator: from attributes to a picture, exactly and differentiably."""

from __future__ import annotations

import torch
from torch.nn import functional

from rex_widgets.latent.world.atlas import SIDE, load_atlas

SHARPNESS = 10.0
"""How fast a glyph fades with the squared distance to its embedding. At an embedding itself its
own glyph has at least 0.96 of the weight, halfway between two neighbours each has a half."""

LATENTS = 11
"""Character embedding (3), font embedding (3), inversion, rotation, scale, x and y."""


class Renderer(torch.nn.Module):
    """Draws characters from attributes; nothing in it was trained.

    A glyph is the mean of the atlas, weighted by a softmax of the squared distances to the
    embeddings of characters and fonts; it is then turned, scaled and moved by sampling the atlas
    on an affine grid, and inverted. Gradients reach every attribute.

    The input is float ``(N, 11)``, not standardised: character and font embedding (3 each),
    inversion (0: white on black, 1: black on white), rotation (radians, positive turns to the
    left), logarithm of the scale, and translation to the right and down (1 is half the picture).
    The output is float ``(N, 3, 32, 32)`` in [-1, 1].
    """

    atlas: torch.Tensor
    characters: torch.Tensor
    fonts: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        atlas = load_atlas()
        pictures = torch.tensor(atlas.glyphs, dtype=torch.float32) / 255
        self.register_buffer("atlas", pictures.reshape(-1, SIDE * SIDE))
        self.register_buffer("characters", torch.tensor(atlas.characters))
        self.register_buffer("fonts", torch.tensor(atlas.fonts))

    def forward(self, attributes: torch.Tensor) -> torch.Tensor:
        """Draw; see the class."""
        character = _weights(attributes[:, 0:3], self.characters)
        font = _weights(attributes[:, 3:6], self.fonts)
        pairs = (character[:, :, None] * font[:, None, :]).flatten(1)
        glyphs = (pairs @ self.atlas).reshape(-1, 1, SIDE, SIDE)
        grid = functional.affine_grid(
            _inverse_placement(*attributes[:, 7:11].unbind(1)), list(glyphs.shape), False
        )
        ink = functional.grid_sample(glyphs, grid, "bilinear", "zeros", False)
        light = (2 * ink - 1) * (1 - 2 * attributes[:, 6])[:, None, None, None]
        return light.expand(-1, 3, -1, -1)


def _weights(places: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
    squared = ((places[:, None] - embedding[None]) ** 2).sum(-1)
    return torch.softmax(-SHARPNESS * squared, -1)


def _inverse_placement(
    rotation: torch.Tensor, log_scale: torch.Tensor, right: torch.Tensor, down: torch.Tensor
) -> torch.Tensor:
    """Where in the glyph each place of the picture is looked up, ``(N, 2, 3)``."""
    cos, sin = torch.cos(rotation), torch.sin(rotation)
    shrink = torch.exp(-log_scale)
    across = torch.stack((cos * shrink, -sin * shrink), -1)
    along = torch.stack((sin * shrink, cos * shrink), -1)
    turn = torch.stack((across, along), 1)
    moved = -(turn @ torch.stack((right, down), -1)[..., None])
    return torch.cat((turn, moved), -1)
