"""The parts of an ADM U-Net; the attributes are called as in guided-diffusion's weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from rex_widgets.bridge.checkpoints.adm_layout import AdmLayout


class FullNorm(nn.GroupNorm):
    """Group normalisation that is computed in float32 whatever it is given."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalised, in the type that it came in."""
        return super().forward(input.float()).to(input.dtype)


class Step(nn.Module):
    """A part that is given the embedding of time, and may leave it aside."""

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Of pictures (B, C, H, W) and embedded times (B, D)."""
        raise NotImplementedError


class ResBlock(Step):
    """A residual block, told the time between its two convolutions.

    Parameters
    ----------
    layout : AdmLayout
        Of the whole network.
    channels, out_channels : int
        Before and after.
    resize : {"", "up", "down"}
        Doubles the side by repetition, or halves it by averaging, before the first convolution.
    """

    def __init__(
        self, layout: AdmLayout, channels: int, out_channels: int, resize: str = ""
    ) -> None:
        super().__init__()
        self.resize = resize
        self.scale_shift = layout.scale_shift
        self.in_layers = nn.Sequential(
            _norm(layout, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1)
        )
        told = 2 * out_channels if layout.scale_shift else out_channels
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(layout.time_channels, told))
        # The identity stands where training had its dropout: it keeps the number of what follows.
        self.out_layers = nn.Sequential(
            _norm(layout, out_channels),
            nn.SiLU(),
            nn.Identity(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
        )
        self.skip_connection: nn.Module = (
            nn.Identity() if channels == out_channels else nn.Conv2d(channels, out_channels, 1)
        )

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Of (B, channels, H, W); gives (B, out_channels, H, W), resized."""
        inner = self.in_layers[1](self.in_layers[0](x))
        inner, x = (_resized(value, self.resize) for value in (inner, x))
        inner = self.in_layers[2](inner)
        told = self.emb_layers(time).to(inner.dtype)[..., None, None]
        if self.scale_shift:
            scale, shift = told.chunk(2, dim=1)
            inner = self.out_layers[0](inner) * (1 + scale) + shift
            inner = self.out_layers[3](self.out_layers[1](inner))
        else:
            inner = self.out_layers(inner + told)
        skipped: Tensor = self.skip_connection(x)
        summed: Tensor = skipped + inner
        return summed


class AttentionBlock(Step):
    """Every place attends to every other; two orders of the weights are in use."""

    def __init__(self, layout: AdmLayout, channels: int) -> None:
        super().__init__()
        self.heads = layout.heads(channels)
        self.new_order = layout.new_attention_order
        self.norm = _norm(layout, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Of (B, channels, H, W); gives the same shape."""
        batch, channels, height, width = x.shape
        flat = x.reshape(batch, channels, height * width)
        qkv = self.qkv(self.norm(flat))
        per_head = channels // self.heads
        if self.new_order:
            split = qkv.reshape(batch, 3, self.heads, per_head, -1).movedim(1, 0)
        else:
            split = qkv.reshape(batch, self.heads, 3, per_head, -1).movedim(2, 0)
        query, key, value = (part.reshape(batch * self.heads, per_head, -1) for part in split)
        # Each side is scaled by the root of the root, so that half precision does not overflow.
        scale = 1 / math.sqrt(math.sqrt(per_head))
        weight = torch.einsum("bct,bcs->bts", query * scale, key * scale)
        weight = torch.softmax(weight.float(), dim=-1).to(weight.dtype)
        seen = torch.einsum("bts,bcs->bct", weight, value).reshape(batch, channels, -1)
        summed: Tensor = (flat + self.proj_out(seen)).reshape(x.shape)
        return summed


class Downsample(Step):
    """Halves the side by a convolution."""

    def __init__(self, layout: AdmLayout, channels: int) -> None:
        super().__init__()
        self.pad_end_only = layout.pad_end_only
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=0 if self.pad_end_only else 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Of (B, channels, H, W); gives half the side."""
        halved: Tensor = self.op(functional.pad(x, (0, 1, 0, 1)) if self.pad_end_only else x)
        return halved


class Upsample(Step):
    """Doubles the side by repetition, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Of (B, channels, H, W); gives twice the side."""
        doubled: Tensor = self.conv(_resized(x, "up"))
        return doubled


class FirstConvolution(nn.Conv2d):
    """From the picture's channels to the network's."""

    def forward(self, input: Tensor, time: Tensor | None = None) -> Tensor:
        """Of the picture; the time is left aside."""
        return super().forward(input)


class Steps(nn.ModuleList):
    """Parts in a row, each told the time."""

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Through all parts."""
        for part in self:
            x = part(x, time)
        return x


def time_embedding(times: Tensor, layout: AdmLayout) -> Tensor:
    """Sines and cosines of times, in geometrically spaced frequencies from 1 down to 1e-4.

    Parameters
    ----------
    times : Tensor, (B,)
        In steps; fractions are meant.
    layout : AdmLayout
        Gives the length, the order and the spacing.

    Returns
    -------
    Tensor, float32, (B, model_channels)
    """
    half = layout.model_channels // 2
    places = torch.arange(half, dtype=torch.float32, device=times.device)
    frequencies = torch.exp(-math.log(10000) * places / (half - layout.time_shift))
    angles = times.float()[:, None] * frequencies[None]
    waves = (torch.sin(angles), torch.cos(angles))
    embedding = torch.cat(waves if layout.sine_first else waves[::-1], dim=1)
    return functional.pad(embedding, (0, layout.model_channels % 2))


def _norm(layout: AdmLayout, channels: int) -> FullNorm:
    return FullNorm(layout.norm_groups, channels, eps=layout.norm_eps)


def _resized(x: Tensor, resize: str) -> Tensor:
    if resize == "up":
        return functional.interpolate(x, scale_factor=2, mode="nearest")
    return functional.avg_pool2d(x, 2) if resize == "down" else x
