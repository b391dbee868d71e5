"""The release's generator: a decoder whose batch norms are told the latents.

The names and shapes of the weights are those of BEX 0.5.2, whose decoder follows BigGAN (Brock et
al., 2019, arXiv 1809.11096): residual blocks that double the picture's side, batch norm whose
scale and shift are linear in the latents, and spectral norm (Miyato et al., 2018, arXiv 1802.05957)
on the convolutions of the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.checkpoints import fill, read_checkpoint
from rex_widgets.latent.release.places import MOST_WEIGHTS

ENTRIES = ("generator", "char_embedding", "font_embedding")


@dataclass(frozen=True)
class DecoderLayout:
    """Sizes of the decoder; the defaults are the release's.

    Parameters
    ----------
    characters, fonts
        How many of each have an embedding.
    embedding
        Coordinates of an embedding.
    continuous
        Number of continuous attributes.
    width
        The blocks have 64, 32 and 16 times as many channels.
    hidden
        Width of the perceptron before the first block.
    first_side
        Pixels each way before the first block; each of the three doubles them.
    """

    characters: int = 48
    fonts: int = 48
    embedding: int = 3
    continuous: int = 5
    width: int = 4
    hidden: int = 2
    first_side: int = 4

    @property
    def latents(self) -> int:
        """Number of coordinates, Z."""
        return 2 * self.embedding + self.continuous

    @property
    def channels(self) -> tuple[int, int, int]:
        """Channels after each of the three blocks."""
        return (64 * self.width, 32 * self.width, 16 * self.width)


class SpectralConv(nn.Module):
    """A convolution whose weight is divided by its spectral norm.

    The norm is u·(W v), with the vectors that were kept when the weights were trained; in training
    they would move, here nothing does. ``W`` is the weight as a matrix, a row for each channel out.
    """

    weight_u: torch.Tensor
    weight_v: torch.Tensor

    def __init__(self, into: int, out: int, size: int) -> None:
        super().__init__()
        self.padding = size // 2
        self.weight_orig = nn.Parameter(torch.zeros(out, into, size, size))
        self.register_buffer("weight_u", torch.zeros(out))
        self.register_buffer("weight_v", torch.zeros(into * size * size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve."""
        norm = self.weight_u @ (self.weight_orig.flatten(1) @ self.weight_v)
        return functional.conv2d(x, self.weight_orig / norm, padding=self.padding)


class ConditionalBatchNorm(nn.Module):
    """Batch norm with a scale and a shift that are linear in the latents."""

    def __init__(self, channels: int, latents: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, affine=False)
        self.condition = nn.Linear(latents, 2 * channels)

    def forward(self, x: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """Normalise."""
        scale, shift = self.condition(latents)[:, :, None, None].chunk(2, 1)
        normed: torch.Tensor = self.bn(x) * scale + shift
        return normed


class DecoderBlock(nn.Module):
    """A residual block that doubles the picture's side."""

    def __init__(self, into: int, out: int, latents: int) -> None:
        super().__init__()
        self.bn0 = ConditionalBatchNorm(into, latents)
        self.conv0 = SpectralConv(into, out, 3)
        self.bn1 = ConditionalBatchNorm(out, latents)
        self.conv1 = SpectralConv(out, out, 3)
        self.conv_short = SpectralConv(into, out, 1)

    def forward(self, x: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """Decode further."""
        inner = _doubled(torch.relu(self.bn0(x, latents)))
        inner = torch.relu(self.bn1(self.conv0(inner), latents))
        # A 1×1 convolution of copied pixels is the copy of the convolved ones, at a quarter's cost.
        summed: torch.Tensor = self.conv1(inner) + _doubled(self.conv_short(x))
        return summed


class _Group(nn.Module):
    def __init__(self, into: int, out: int, latents: int) -> None:
        super().__init__()
        self.block0 = DecoderBlock(into, out, latents)

    def forward(self, x: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        decoded: torch.Tensor = self.block0(x, latents)
        return decoded


class _Perceptron(nn.Module):
    def __init__(self, into: int, hidden: int, out: int) -> None:
        super().__init__()
        self.linear0 = nn.Linear(into, hidden, bias=False)
        self.bn0 = nn.BatchNorm1d(hidden)
        self.linear1 = nn.Linear(hidden, hidden, bias=False)
        self.bn1 = nn.BatchNorm1d(hidden)
        self.linear_out = nn.Linear(hidden, out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.leaky_relu(self.bn0(self.linear0(x)), 0.2)
        x = functional.leaky_relu(self.bn1(self.linear1(x)), 0.2)
        out: torch.Tensor = self.linear_out(x)
        return out


class Decoder(nn.Module):
    """Latents ``(N, Z)``, not standardised, to pictures ``(N, 3, 32, 32)`` in [-1, 1]."""

    def __init__(self, layout: DecoderLayout) -> None:
        super().__init__()
        self.side = layout.first_side
        latents = layout.latents
        self.mlp = _Perceptron(latents, layout.hidden, self.side**2)
        first, second, third = layout.channels
        self.group0 = _Group(1, first, latents)
        self.group1 = _Group(first, second, latents)
        self.group2 = _Group(second, third, latents)
        self.bn_out = nn.BatchNorm2d(third)
        self.conv_out = nn.Conv2d(third, 3, 3, padding=1)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode."""
        x = self.mlp(latents).reshape(-1, 1, self.side, self.side)
        for group in (self.group0, self.group1, self.group2):
            x = group(x, latents)
        return torch.tanh(self.conv_out(torch.relu(self.bn_out(x))))


class ReleaseDecoder(nn.Module):
    """The decoder and the embeddings of characters and fonts, as the release keeps them."""

    def __init__(self, layout: DecoderLayout | None = None) -> None:
        super().__init__()
        layout = layout or DecoderLayout()
        self.char_embedding = nn.Embedding(layout.characters, layout.embedding)
        self.font_embedding = nn.Embedding(layout.fonts, layout.embedding)
        self.decoder = Decoder(layout)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode latents ``(N, Z)`` that are not standardised."""
        pictures: torch.Tensor = self.decoder(latents)
        return pictures

    @torch.no_grad()
    def latents_of(
        self, characters: torch.Tensor, fonts: torch.Tensor, continuous: torch.Tensor
    ) -> torch.Tensor:
        """Embed attributes: int64 ``(N,)`` twice and float32 ``(N, 5)`` to float32 ``(N, Z)``."""
        parts = (self.char_embedding(characters), self.font_embedding(fonts), continuous)
        return torch.cat(parts, 1)


def load_generator(
    path: str | Path, layout: DecoderLayout | None = None, *, most_bytes: int = MOST_WEIGHTS
) -> ReleaseDecoder:
    """Load the release's ``generator.pth``.

    Parameters
    ----------
    path
        The file: a dictionary with the state dicts ``generator``, ``char_embedding`` and
        ``font_embedding``; the last two go before the same in the first.
    layout
        Sizes; by default the release's.
    most_bytes
        A larger file is refused.

    Returns
    -------
    ReleaseDecoder
        In evaluation mode, its weights fixed.

    Raises
    ------
    ModelError
        The file is not what is expected; weights are named.
    """
    path = Path(path)
    found = read_checkpoint(path, ENTRIES, most_bytes)
    module = ReleaseDecoder(layout)
    fill(module, found["generator"], f"{path}, entry 'generator',")
    fill(module.char_embedding, found["char_embedding"], f"{path}, entry 'char_embedding',")
    fill(module.font_embedding, found["font_embedding"], f"{path}, entry 'font_embedding',")
    _check_norms(module, path)
    return module.eval().requires_grad_(False)


@torch.no_grad()
def _check_norms(module: nn.Module, path: Path) -> None:
    for name, part in module.named_modules():
        if isinstance(part, SpectralConv):
            norm = float(part.weight_u @ (part.weight_orig.flatten(1) @ part.weight_v))
            if not abs(norm) > 1e-12:
                raise ModelError(
                    f"{path}: the spectral norm of {name} is {norm:g}, by which its weight is "
                    "divided; the file is damaged, or its weights were never trained."
                )


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
