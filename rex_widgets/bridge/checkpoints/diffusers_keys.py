"""UNet2DModel of diffusers, read into our own U-Net: its config, and what its weights are called.

Read are networks of ``DownBlock2D``, ``AttnDownBlock2D`` and ``ResnetDownsampleBlock2D`` (and the
blocks up that belong to them), resized everywhere by convolutions or everywhere by residual
blocks, with positional embedding of time, SiLU, one number of groups, and no classes: the networks
of Ho et al., of Dhariwal and Nichol and those that diffusers' own training scripts make. Others
need diffusers itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rex_widgets.bridge.checkpoints.adm_layout import AdmLayout
from rex_widgets.errors import ModelError, SettingsError

_DOWN = {"DownBlock2D": "conv", "AttnDownBlock2D": "", "ResnetDownsampleBlock2D": "resnet"}
_UP = {"UpBlock2D": "conv", "AttnUpBlock2D": "", "ResnetUpsampleBlock2D": "resnet"}
_PARTS = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
    "group_norm": "norm",
    "to_out.0": "proj_out",
}
_FIXED = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_PLACE = re.compile(
    r"(down_blocks|up_blocks|mid_block)(?:\.(\d+))?"
    r"\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)\.(weight|bias)"
)


def with_new_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights, with the names that diffusers gives since 0.14 to those of attention."""
    renamed = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        if "attentions" in parts and parts[-2] in _OLD_ATTENTION:
            parts[-2] = _OLD_ATTENTION[parts[-2]]
        renamed[".".join(parts)] = tensor
    return renamed


def layout_of_config(config: Mapping[str, Any], what: str) -> AdmLayout:
    """Our layout of a UNet2DModel.

    Parameters
    ----------
    config : dict
        Its ``config.json``; what is absent has the default of diffusers.
    what : str
        The file, for messages.

    Raises
    ------
    ModelError
        Our network has no such parts; all that stands in the way is listed.
    """
    try:
        return _layout(config, what)
    except (KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{what} does not describe a UNet2DModel: {error}") from None


def in_our_names(tensors: Mapping[str, Tensor], layout: AdmLayout, what: str) -> dict[str, Tensor]:
    """The weights under the names of `AdmUNet`.

    Parameters
    ----------
    tensors : dict
        By their names in diffusers, as `with_new_names` gives them.
    layout : AdmLayout
        From `layout_of_config`.
    what : str
        The file, for messages.

    Returns
    -------
    dict
        What has no place keeps its name, so that it is listed as too many.

    Raises
    ------
    ModelError
        Queries, keys and values of an attention are not all there, or not of one shape.
    """
    ours: dict[str, Tensor] = {}
    joined: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        module, _, kind = name.rpartition(".")
        if module in _FIXED:
            ours[f"{_FIXED[module]}.{kind}"] = tensor
            continue
        place = _PLACE.fullmatch(name)
        at = _place(place, layout) if place else ""
        if place is None or not at:
            ours[name] = tensor
        elif place[5] in ("to_q", "to_k", "to_v"):
            joined.setdefault(f"{at}.qkv.{kind}", {})[place[5]] = tensor
        elif place[3] in ("downsamplers", "upsamplers") and place[5] == "conv":
            ours[f"{at}.{'op' if place[3] == 'downsamplers' else 'conv'}.{kind}"] = tensor
        else:
            part = _PARTS.get(place[5], place[5])
            ours[f"{at}.{part}.{kind}"] = _as_convolution(tensor) if part == "proj_out" else tensor
    for name, three in joined.items():
        parts = [three[key] for key in ("to_q", "to_k", "to_v") if key in three]
        if len(parts) < 3 or len({part.shape for part in parts}) > 1:
            raise ModelError(f"{what}: queries, keys and values of {name} do not belong together")
        ours[name] = _as_convolution(torch.cat(parts))
    return ours


def _layout(config: Mapping[str, Any], what: str) -> AdmLayout:
    widths = tuple(int(width) for width in config.get("block_out_channels", (224, 448, 672, 896)))
    default_down = ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D")
    default_up = ("AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D")
    down = tuple(config.get("down_block_types", default_down))
    up = tuple(config.get("up_block_types", default_up))
    groups = config.get("norm_num_groups", 32)
    scale_shift = config.get("resnet_time_scale_shift", "default")
    mid_groups = config.get("attn_norm_num_groups")
    if mid_groups is None and scale_shift == "default":
        mid_groups = groups
    middle = bool(config.get("add_attention", True))
    known = len(down) == len(up) == len(widths) and set(down) <= set(_DOWN) and set(up) <= set(_UP)
    attended = tuple(level for level, kind in enumerate(down) if kind.startswith("Attn"))
    resizing = {
        *(_DOWN.get(kind) or config.get("downsample_type", "conv") for kind in down[:-1]),
        *(_UP.get(kind) or config.get("upsample_type", "conv") for kind in up[:-1]),
    }
    refused = {
        "down_block_types, up_block_types": not known
        or attended != tuple(lv for lv, kind in enumerate(up[::-1]) if kind.startswith("Attn")),
        "downsample_type, upsample_type": len(resizing - {None}) > 1
        or not resizing <= {"conv", "resnet"},
        "mid_block_type": config.get("mid_block_type", "UNetMidBlock2D") != "UNetMidBlock2D",
        "mid_block_scale_factor": config.get("mid_block_scale_factor", 1) != 1,
        "attn_norm_num_groups": middle and mid_groups != groups,
        "time_embedding_type": config.get("time_embedding_type", "positional") != "positional",
        "time_embedding_dim": config.get("time_embedding_dim") not in (None, 4 * widths[0]),
        "act_fn": config.get("act_fn", "silu") not in ("silu", "swish"),
        "center_input_sample": bool(config.get("center_input_sample", False)),
        "class_embed_type": config.get("class_embed_type") is not None,
        "num_class_embeds": config.get("num_class_embeds") is not None,
        "resnet_time_scale_shift": scale_shift not in ("default", "scale_shift"),
        "downsample_padding": config.get("downsample_padding", 1) not in (0, 1),
        "attention_legacy_order": bool(config.get("attention_legacy_order", False)),
    }
    if any(refused.values()):
        names = [name for name, bad in refused.items() if bad]
        raise ModelError(
            f"{what} describes a network that cannot be read without diffusers, because of "
            f"{', '.join(names)}"
        )
    head = config.get("attention_head_dim", 8)
    return AdmLayout(
        widths=widths,
        model_channels=widths[0],
        num_res_blocks=int(config.get("layers_per_block", 2)),
        attention_rates=tuple(2**level for level in attended),
        in_channels=int(config.get("in_channels", 3)),
        out_channels=int(config.get("out_channels", 3)),
        num_head_channels=None if head is None else int(head),
        num_heads=1,
        scale_shift=scale_shift == "scale_shift",
        resblock_updown=resizing == {"resnet"},
        new_attention_order=True,
        middle_attention=middle,
        norm_groups=int(groups),
        norm_eps=float(config.get("norm_eps", 1e-5)),
        time_shift=int(config.get("freq_shift", 0)),
        sine_first=not config.get("flip_sin_to_cos", True),
        pad_end_only=config.get("downsample_padding", 1) == 0,
    )


def _place(place: re.Match[str], layout: AdmLayout) -> str:
    blocks, number, kind, index = place[1], int(place[2] or 0), place[3], int(place[4])
    each = layout.num_res_blocks + 1
    if blocks == "mid_block":
        middle = {("resnets", 0): 0, ("attentions", 0): 1}
        last = 1 + layout.middle_attention
        at = {**middle, ("resnets", 1): last}.get((kind, index))
        return "" if at is None else f"middle_block.{at}"
    if number >= layout.levels or index >= each:
        return ""
    level = number if blocks == "down_blocks" else layout.levels - 1 - number
    attended = layout.attends(level)
    first = 1 + number * each if blocks == "down_blocks" else number * each
    side = "input_blocks" if blocks == "down_blocks" else "output_blocks"
    if kind == "resnets":
        return f"{side}.{first + index}.0"
    if kind == "attentions":
        return f"{side}.{first + index}.1" if attended else ""
    last_block = first + each - 1
    return f"{side}.{last_block}.{0 if kind == 'downsamplers' else 1 + attended}"


def _as_convolution(tensor: Tensor) -> Tensor:
    return tensor[..., None] if tensor.ndim == 2 else tensor
