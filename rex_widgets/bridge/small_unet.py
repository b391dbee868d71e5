"""A bridge network small enough to be trained, and used, on a processor."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import SettingsError

_PATCH = 2
_GROUPS = 8
_EMBEDDED = 96
_LONGEST_PERIOD = 10_000.0


class SmallUNet(nn.Module):
    """A U-Net of three levels with 0.9 million weights; it predicts (x_t - x_0) / σ_t.

    Two by two pixels are read and written as one, so that nothing is computed at full size.
    It sees x_t and the step, and leaves x_1 aside: without noise (OT-ODE) x_t and x_1 together
    give x_0 away by plain arithmetic, and a network that has learnt that arithmetic returns
    the picture it was asked to change.

    Parameters
    ----------
    channels : int
        1 or 3.
    widths : (int, int, int)
        Channels at a half, a quarter and an eighth of the size; multiples of 8.
    schedule : Schedule, optional
        None: `Schedule.symmetric()`.
    size : (int, int) or None
        What it takes; None: every multiple of 8.
    name : str
        How it is called in messages.

    Raises
    ------
    SettingsError
        The channels, widths or size are none of these.
    """

    multiple = 8

    def __init__(
        self,
        channels: int = 1,
        widths: tuple[int, int, int] = (32, 64, 96),
        schedule: Schedule | None = None,
        size: tuple[int, int] | None = (32, 32),
        name: str = "digits",
    ) -> None:
        super().__init__()
        _check(channels, widths, size)
        self.schedule = Schedule.symmetric() if schedule is None else schedule
        self.channels, self.size, self.name = channels, size, name
        self.register_buffer("scales", _scales(self.schedule), persistent=False)
        wide, mid, deep = widths
        patch = channels * _PATCH**2
        self.time = nn.Sequential(
            nn.Linear(wide, _EMBEDDED), nn.SiLU(), nn.Linear(_EMBEDDED, _EMBEDDED), nn.SiLU()
        )
        self.stem = nn.Conv2d(patch, wide, 3, padding=1)
        self.down_wide = _Block(wide, wide)
        self.to_mid = nn.Conv2d(wide, wide, 3, stride=2, padding=1)
        self.down_mid = _Block(wide, mid)
        self.to_deep = nn.Conv2d(mid, mid, 3, stride=2, padding=1)
        self.down_deep = _Block(mid, deep)
        self.attention = _Attention(deep)
        self.middle = _Block(deep, deep)
        self.up_deep = _Block(2 * deep, deep)
        self.up_mid = _Block(deep + mid, mid)
        self.attention_mid = _Attention(mid)
        self.up_wide = _Block(mid + wide, wide)
        self.norm = nn.GroupNorm(_GROUPS, wide)
        self.head = nn.Conv2d(wide, patch, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, step: int | Tensor, x1: Tensor | None = None) -> Tensor:
        """Predict (x_t - x_0) / σ_t.

        Parameters
        ----------
        x : Tensor, (B, C, H, W)
            x_t in about [-1, 1].
        step : int or Tensor of int64, (B,)
            One step for all, or (for training) one for each.
        x1 : Tensor, optional
            Left aside.

        Returns
        -------
        Tensor
            Of the shape of `x`.
        """
        steps = torch.as_tensor(step, device=x.device).expand(len(x))
        embedded = self.time(_waves(steps, self.stem.out_channels).to(self.stem.weight.dtype))
        wide = self.down_wide(self.stem(functional.pixel_unshuffle(x, _PATCH)), embedded)
        mid = self.down_mid(self.to_mid(wide), embedded)
        deep = self.attention(self.down_deep(self.to_deep(mid), embedded))
        up = self.up_deep(torch.cat([self.middle(deep, embedded), deep], 1), embedded)
        up = self.up_mid(torch.cat([_doubled(up), mid], 1), embedded)
        up = self.attention_mid(up)
        up = self.up_wide(torch.cat([_doubled(up), wide], 1), embedded)
        flat = self.head(functional.silu(self.norm(up)))
        scales: Tensor = self.scales  # type: ignore[assignment]
        return functional.pixel_shuffle(flat, _PATCH) * scales[steps].view(-1, 1, 1, 1)


class _Block(nn.Module):
    """Two convolutions about a residual path; the step shifts and scales what lies between."""

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(_GROUPS, taken)
        self.conv_in = nn.Conv2d(taken, given, 3, padding=1)
        self.of_time = nn.Linear(_EMBEDDED, 2 * given)
        self.norm_out = nn.GroupNorm(_GROUPS, given)
        self.conv_out = nn.Conv2d(given, given, 3, padding=1)
        self.past = nn.Identity() if taken == given else nn.Conv2d(taken, given, 1)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x: Tensor, embedded: Tensor) -> Tensor:
        inner = self.conv_in(functional.silu(self.norm_in(x)))
        scale, shift = self.of_time(embedded)[:, :, None, None].chunk(2, dim=1)
        inner = functional.silu(self.norm_out(inner) * (1 + scale) + shift)
        given: Tensor = self.past(x) + self.conv_out(inner)
        return given


class _Attention(nn.Module):
    """Every place looks at every other, four heads."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.read = nn.Conv2d(width, 3 * width, 1)
        self.write = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.write.weight)

    def forward(self, x: Tensor) -> Tensor:
        count, width, height, across = x.shape
        parts = self.read(self.norm(x)).reshape(count, 3, self.heads, width // self.heads, -1)
        query, key, value = parts.transpose(-1, -2).unbind(1)
        seen = functional.scaled_dot_product_attention(query, key, value)
        flat = seen.transpose(-1, -2).reshape(count, width, height, across)
        given: Tensor = x + self.write(flat)
        return given


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _waves(steps: Tensor, width: int) -> Tensor:
    half = width // 2
    pace = torch.exp(torch.arange(half, device=steps.device) * (-math.log(_LONGEST_PERIOD) / half))
    angles = steps[:, None].float() * pace[None]
    return torch.cat([angles.cos(), angles.sin()], 1)


def _scales(schedule: Schedule) -> Tensor:
    """Size of the target at each step, so that what the layers give is of size 1 at all of them.

    (x_t - x_0) = weight_x1 (x_1 - x_0) + std · noise, with noise and picture both of size 1.
    """
    parts = np.array([schedule.marginal(step) for step in range(schedule.steps)])
    size = np.sqrt(2 * parts[:, 1] ** 2 + parts[:, 2] ** 2) / schedule.forward
    return torch.from_numpy(size.astype(np.float32))


def _check(channels: int, widths: tuple[int, int, int], size: tuple[int, int] | None) -> None:
    if channels not in (1, 3):
        raise SettingsError(f"channels={channels}: a picture has 1 or 3")
    if len(widths) != 3 or any(width < _GROUPS or width % _GROUPS for width in widths):
        raise SettingsError(f"widths={widths}: three multiples of {_GROUPS} are needed")
    multiple = SmallUNet.multiple
    if size is not None and any(side < multiple or side % multiple for side in size):
        raise SettingsError(f"size={size}: height and width have to be multiples of {multiple}")
