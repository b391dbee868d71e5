"""The U-Net of Dhariwal and Nichol (ADM), in which I²SB's bridges and RCSB's are published.

Written from the description in "Diffusion Models Beat GANs on Image Synthesis" (arXiv 2105.05233,
section 3 and appendix) so that the weights of guided-diffusion (MIT) load by name, in the same
order.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from rex_widgets.bridge.checkpoints.adm_blocks import (
    AttentionBlock,
    Downsample,
    FirstConvolution,
    FullNorm,
    ResBlock,
    Step,
    Steps,
    Upsample,
    time_embedding,
)
from rex_widgets.bridge.checkpoints.adm_layout import AdmLayout


class AdmUNet(nn.Module):
    """An unconditional U-Net over (pictures, times).

    Parameters
    ----------
    layout : AdmLayout
        Its sizes.

    Attributes
    ----------
    recompute : bool
        Activations are computed again on the way back instead of being kept: less memory, a
        third more time. Numbers stay the same.
    """

    def __init__(self, layout: AdmLayout) -> None:
        super().__init__()
        self.layout = layout
        self.recompute = False
        self.torso = torch.float32
        self.time_embed = nn.Sequential(
            nn.Linear(layout.model_channels, layout.time_channels),
            nn.SiLU(),
            nn.Linear(layout.time_channels, layout.time_channels),
        )
        skips: list[int] = []
        self.input_blocks = nn.ModuleList(_way_down(layout, skips))
        self.middle_block = Steps(_middle(layout))
        self.output_blocks = nn.ModuleList(_way_up(layout, skips))
        self.out = nn.Sequential(
            FullNorm(layout.norm_groups, layout.widths[0], eps=layout.norm_eps),
            nn.SiLU(),
            nn.Conv2d(layout.widths[0], layout.out_channels, 3, padding=1),
        )

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """The network's answer.

        Parameters
        ----------
        x : Tensor, float32, (B, in_channels, H, W)
            H and W divisible by ``layout.multiple``.
        times : Tensor, (B,)
            As it was trained; fractions are meant.

        Returns
        -------
        Tensor, float32, (B, out_channels, H, W)
        """
        time = self.time_embed(time_embedding(times, self.layout))
        kept: list[Tensor] = []
        inner = x.to(self.torso)
        for block in self.input_blocks:
            inner = self._through(block, inner, time)
            kept.append(inner)
        inner = self._through(self.middle_block, inner, time)
        for block in self.output_blocks:
            inner = self._through(block, torch.cat([inner, kept.pop()], dim=1), time)
        answer: Tensor = self.out(inner.to(x.dtype))
        return answer

    def in_half_precision(self) -> AdmUNet:
        """Change the convolutions of the torso to float16, as ``use_fp16`` does; returns itself.

        Normalisations, the embedding of time and the last convolution stay float32.
        """
        for part in (self.input_blocks, self.middle_block, self.output_blocks):
            for module in part.modules():
                if isinstance(module, nn.Conv1d | nn.Conv2d):
                    module.half()
        self.torso = torch.float16
        return self

    def _through(self, block: nn.Module, x: Tensor, time: Tensor) -> Tensor:
        if self.recompute and torch.is_grad_enabled():
            answer: Tensor = checkpoint(block, x, time, use_reentrant=False)
        else:
            answer = block(x, time)
        return answer


def _way_down(layout: AdmLayout, skips: list[int]) -> Iterator[Steps]:
    width = layout.widths[0]
    skips.append(width)
    yield Steps([FirstConvolution(layout.in_channels, width, 3, padding=1)])
    for level, wanted in enumerate(layout.widths):
        for _ in range(layout.num_res_blocks):
            parts: list[Step] = [ResBlock(layout, width, wanted)]
            width = wanted
            if layout.attends(level):
                parts.append(AttentionBlock(layout, width))
            skips.append(width)
            yield Steps(parts)
        if level + 1 < layout.levels:
            skips.append(width)
            halving = (
                ResBlock(layout, width, width, "down")
                if layout.resblock_updown
                else Downsample(layout, width)
            )
            yield Steps([halving])


def _middle(layout: AdmLayout) -> Iterator[Step]:
    width = layout.widths[-1]
    yield ResBlock(layout, width, width)
    if layout.middle_attention:
        yield AttentionBlock(layout, width)
    yield ResBlock(layout, width, width)


def _way_up(layout: AdmLayout, skips: list[int]) -> Iterator[Steps]:
    width = layout.widths[-1]
    for level in reversed(range(layout.levels)):
        for number in range(layout.num_res_blocks + 1):
            wanted = layout.widths[level]
            parts: list[Step] = [ResBlock(layout, width + skips.pop(), wanted)]
            width = wanted
            if layout.attends(level):
                parts.append(AttentionBlock(layout, width))
            if level and number == layout.num_res_blocks:
                parts.append(
                    ResBlock(layout, width, width, "up")
                    if layout.resblock_updown
                    else Upsample(width)
                )
            yield Steps(parts)
