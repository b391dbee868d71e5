"""The sizes of an ADM U-Net, given or read off the names and shapes of its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rex_widgets.errors import ModelError, SettingsError

Shapes = Mapping[str, tuple[int, ...]]
"""Shape by name, of all weights of a network."""

_MOST_LEVELS, _MOST_BLOCKS, _MOST_WIDTH = 12, 64, 16384
_PUBLISHED_MULTIPLIERS = {
    512: (0.5, 1, 1, 2, 2, 4, 4),
    256: (1, 1, 2, 2, 4, 4),
    128: (1, 1, 2, 3, 4),
    64: (1, 2, 3, 4),
}


@dataclass(frozen=True)
class AdmLayout:
    """What has to be known to build the network.

    The defaults are those of the unconditional ImageNet-256 network of Dhariwal and Nichol
    (arXiv 2105.05233), on which I²SB is built.

    Parameters
    ----------
    widths : tuple of int
        Channels at each level, from full resolution down; each level has half the side.
    model_channels : int
        Length of the sinusoidal embedding of time; four times as long when it is learned.
    num_res_blocks : int
        Residual blocks at each level on the way down; one more on the way up.
    attention_rates : tuple of int
        Powers of two: attention stands where the side is divided by one of them.
    in_channels, out_channels : int
        Channels of the picture that goes in (twice as many when the network also sees x_1), and
        of what comes out (twice as many when it also learned a variance).
    num_head_channels : int or None
        Channels of one attention head; None: `num_heads` heads everywhere. Not in the weights.
    num_heads : int
        Attention heads, where `num_head_channels` is None.
    scale_shift : bool
        Time scales and shifts the normalised values (``use_scale_shift_norm``); False: is added.
    resblock_updown : bool
        Residual blocks change the resolution; False: a convolution does.
    new_attention_order : bool
        Queries, keys and values are separated before the heads are. Not in the weights.
    middle_attention : bool
        Attention in the middle.
    norm_groups, norm_eps
        Of every group normalisation.
    time_shift : int
        Subtracted from the number of frequencies where they are spaced; 1 in Ho et al.'s networks.
    sine_first : bool
        The embedding of time has its sines before its cosines.
    pad_end_only : bool
        Convolutions that halve the side pad at the right and bottom only.

    Raises
    ------
    SettingsError
        A number is out of range, or the widths cannot be split into heads or groups.
    """

    widths: tuple[int, ...] = (256, 256, 512, 512, 1024, 1024)
    model_channels: int = 256
    num_res_blocks: int = 2
    attention_rates: tuple[int, ...] = (8, 16, 32)
    in_channels: int = 3
    out_channels: int = 6
    num_head_channels: int | None = 64
    num_heads: int = 1
    scale_shift: bool = True
    resblock_updown: bool = True
    new_attention_order: bool = False
    middle_attention: bool = True
    norm_groups: int = 32
    norm_eps: float = 1e-5
    time_shift: int = 0
    sine_first: bool = False
    pad_end_only: bool = False

    def __post_init__(self) -> None:
        _check_range("levels", len(self.widths), 1, _MOST_LEVELS)
        for name, value in (
            ("model_channels", self.model_channels),
            ("in_channels", self.in_channels),
            ("out_channels", self.out_channels),
            *(("widths", width) for width in self.widths),
        ):
            _check_range(name, value, 1, _MOST_WIDTH)
        _check_range("num_res_blocks", self.num_res_blocks, 1, _MOST_BLOCKS)
        for width in self.widths:
            if width % self.norm_groups:
                raise SettingsError(
                    f"{width} channels cannot be normalised in {self.norm_groups} groups; "
                    "norm_groups has to divide the width of every level"
                )
        for width in self.attended_widths:
            self.heads(width)

    @classmethod
    def published(
        cls,
        image_size: int = 256,
        *,
        model_channels: int = 256,
        channel_mult: tuple[float, ...] | None = None,
        attention_resolutions: tuple[int, ...] = (32, 16, 8),
        **others: object,
    ) -> AdmLayout:
        """The layout as guided-diffusion's command line describes it.

        Parameters
        ----------
        image_size : int
            Side of the pictures; `attention_resolutions` are sides too.
        channel_mult : tuple of float, optional
            Widths in multiples of `model_channels`; None: those published for 64, 128, 256, 512.
        """
        if channel_mult is None:
            if image_size not in _PUBLISHED_MULTIPLIERS:
                raise SettingsError(
                    f"image_size={image_size}: give channel_mult; without it only "
                    f"{', '.join(map(str, sorted(_PUBLISHED_MULTIPLIERS)))} are known"
                )
            channel_mult = _PUBLISHED_MULTIPLIERS[image_size]
        return cls(
            widths=tuple(int(times * model_channels) for times in channel_mult),
            model_channels=model_channels,
            attention_rates=tuple(sorted(image_size // side for side in attention_resolutions)),
            **others,  # type: ignore[arg-type]
        )

    @property
    def levels(self) -> int:
        """How many resolutions there are."""
        return len(self.widths)

    @property
    def multiple(self) -> int:
        """What height and width have to be divisible by."""
        return int(2 ** (self.levels - 1))

    @property
    def time_channels(self) -> int:
        """Length of the learned embedding of time."""
        return 4 * self.model_channels

    @property
    def attended_widths(self) -> tuple[int, ...]:
        """Widths at which there is attention, the middle last."""
        found = [w for level, w in enumerate(self.widths) if self.attends(level)]
        return tuple(found + ([self.widths[-1]] if self.middle_attention else []))

    @property
    def trained_size(self) -> tuple[int, int] | None:
        """Height and width that the published networks of these multipliers were trained at."""
        multipliers = tuple(width / self.model_channels for width in self.widths)
        for size, published in _PUBLISHED_MULTIPLIERS.items():
            if multipliers == published:
                return (size, size)
        return None

    def attends(self, level: int) -> bool:
        """Whether there is attention at a level."""
        return 2**level in self.attention_rates

    def heads(self, width: int) -> int:
        """How many attention heads there are at a width.

        Raises
        ------
        SettingsError
            The width cannot be split so.
        """
        if self.num_head_channels is None:
            if self.num_heads < 1 or width % self.num_heads:
                raise SettingsError(
                    f"num_heads={self.num_heads}: attention over {width} channels cannot be split "
                    "into so many heads"
                )
            return self.num_heads
        if self.num_head_channels < 1 or width % self.num_head_channels:
            raise SettingsError(
                f"num_head_channels={self.num_head_channels}: attention over {width} channels "
                "cannot be split so. The weights do not tell the number; give num_head_channels "
                "(64 in the published ImageNet networks) or num_heads as it was in training"
            )
        return width // self.num_head_channels


def infer_adm_layout(
    shapes: Shapes,
    *,
    num_head_channels: int | None = 64,
    num_heads: int = 1,
    new_attention_order: bool = False,
) -> AdmLayout:
    """Read the layout off the weights' names and shapes.

    What leaves no trace there is given: into how many heads attention is split, and in which order.

    Raises
    ------
    ModelError
        These are not the weights of an unconditional ADM U-Net.
    SettingsError
        The widths cannot be split into such heads.
    """
    if "label_emb.weight" in shapes:
        raise ModelError(
            f"This network is conditional on {shapes['label_emb.weight'][0]} classes "
            "(label_emb.weight). A counterfactual needs an unconditional one, so that the change "
            "comes from the classifier alone; guided-diffusion's is 256x256_diffusion_uncond.pt"
        )
    model_channels = _shape(shapes, "time_embed.0.weight", 2)[1]
    ups = [
        index
        for index in range(_count(shapes, "output_blocks"))
        if any(
            f"output_blocks.{index}.{place}.{rest}" in shapes
            for place in (1, 2)
            for rest in ("in_layers.2.weight", "conv.weight")
        )
    ]
    outputs = _count(shapes, "output_blocks")
    per_level = ups[0] + 1 if ups else outputs
    if per_level < 2 or outputs % per_level or outputs // per_level > _MOST_LEVELS:
        raise ModelError(
            f"The weights have {outputs} output blocks, the first of which that doubles the side "
            f"is {ups[0] if ups else 'none'}: no ADM U-Net has that. Networks whose levels have "
            "different numbers of blocks, or that resize without weights, cannot be read"
        )
    levels = outputs // per_level
    firsts = [1 + level * per_level for level in range(levels)]
    widths = tuple(_shape(shapes, f"input_blocks.{at}.0.in_layers.2.weight", 4)[0] for at in firsts)
    first_time = _shape(shapes, "input_blocks.1.0.emb_layers.1.weight", 2)[0]
    return AdmLayout(
        widths=widths,
        model_channels=model_channels,
        num_res_blocks=per_level - 1,
        attention_rates=tuple(
            2**level
            for level, at in enumerate(firsts)
            if f"input_blocks.{at}.1.qkv.weight" in shapes
        ),
        in_channels=_shape(shapes, "input_blocks.0.0.weight", 4)[1],
        out_channels=_shape(shapes, "out.2.weight", 4)[0],
        num_head_channels=num_head_channels,
        num_heads=num_heads,
        scale_shift=first_time == 2 * widths[0],
        resblock_updown=levels == 1 or f"input_blocks.{per_level}.0.op.weight" not in shapes,
        new_attention_order=new_attention_order,
    )


def _shape(shapes: Shapes, name: str, dimensions: int) -> tuple[int, ...]:
    if name not in shapes:
        raise ModelError(
            f"The weights lack {name}, which every ADM U-Net has. Expected the names of "
            "guided-diffusion: time_embed, input_blocks, middle_block, output_blocks, out"
        )
    if len(shapes[name]) != dimensions:
        raise ModelError(
            f"{name} has shape {tuple(shapes[name])}; expected {dimensions} dimensions"
        )
    return shapes[name]


def _count(shapes: Shapes, blocks: str) -> int:
    pattern = re.compile(rf"{blocks}\.(\d{{1,4}})\.")
    found = {int(match[1]) for name in shapes if (match := pattern.match(name))}
    return max(found, default=-1) + 1


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise SettingsError(f"{name}={value}: {least} to {most} is needed")
