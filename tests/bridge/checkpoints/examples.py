"""Small networks with weights that come from their names, and files as others write them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from rex_widgets.bridge.checkpoints import AdmLayout, AdmUNet

TINY = AdmLayout(
    widths=(32, 64),
    model_channels=32,
    num_res_blocks=1,
    attention_rates=(2,),
    out_channels=3,
    num_head_channels=32,
)
HEADS = {"num_head_channels": 32}


def seeded(module: nn.Module) -> nn.Module:
    """Give every weight values that depend on its name and shape alone."""
    state = {}
    for name, weight in module.state_dict().items():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        values = random.standard_normal(tuple(weight.shape))
        if weight.ndim == 1:
            values = 0.3 * values + (1 if name.endswith("weight") else 0)
        else:
            values /= np.sqrt(np.prod(weight.shape[1:]))
        state[name] = torch.tensor(values, dtype=torch.float32)
    module.load_state_dict(state)
    return module.eval().requires_grad_(False)


def picture(channels: int = 3, side: int = 16, batch: int = 2, seed: int = 7) -> torch.Tensor:
    values = np.random.default_rng(seed).standard_normal((batch, channels, side, side))
    return torch.tensor(values, dtype=torch.float32)


def tiny(layout: AdmLayout = TINY) -> AdmUNet:
    network = AdmUNet(layout)
    seeded(network)
    return network


def i2sb_file(
    path: Path, network: nn.Module, prefix: str = "", extra: Mapping[str, Any] | None = None
) -> Path:
    """A checkpoint with the entries that I²SB's README names: network, ema, optimizer."""
    net = {prefix + name: weight for name, weight in network.state_dict().items()}
    means = [2 * weight for weight in network.state_dict().values()]
    optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 5e-5}]}
    torch.save(
        {
            "net": {**net, **(extra or {})},
            "ema": {"decay": 0.99, "num_updates": 3, "shadow_params": means},
            "optimizer": optimizer,
            "sched": None,
        },
        path,
    )
    return path
