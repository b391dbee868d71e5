"""From a file, a folder or a module to a network that a sampler can use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from torch import nn

from rex_widgets.bridge.checkpoints.adm import AdmUNet
from rex_widgets.bridge.checkpoints.adm_layout import infer_adm_layout
from rex_widgets.bridge.checkpoints.diffusers_folder import (
    known_of_config,
    network_folder,
    open_folder,
)
from rex_widgets.bridge.checkpoints.facing import Known, with_face
from rex_widgets.bridge.checkpoints.options import NetworkOptions, check_choice
from rex_widgets.bridge.checkpoints.reading import read_weights
from rex_widgets.bridge.checkpoints.weights import Weights, Which, fill, listed, weights_of
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.schedule import LEAST, Schedule
from rex_widgets.bridge.settings import STEPS
from rex_widgets.errors import ModelError, SettingsError

Layout = Literal["auto", "adm", "diffusers"]

_OF_WEIGHTS = ("num_head_channels", "num_heads", "new_attention_order")


@dataclass(frozen=True, eq=False)
class Noise:
    """With which noise a bridge was trained, as far as a person said it."""

    schedule: Schedule | None
    beta_max: float | None

    def of(self, steps: int = STEPS, what: str = "") -> Schedule:
        """Return the schedule of so many steps; `what` carries their number."""
        if self.schedule is not None:
            return self.schedule
        largest = 1.0 if self.beta_max is None else self.beta_max
        if not LEAST * steps <= largest < inf:
            raise SettingsError(
                f"beta_max={largest:g}: a schedule of {steps} steps needs at least "
                f"{LEAST * steps:g}, and a finite one"
            )
        try:
            return Schedule.symmetric(steps, largest)
        except SettingsError as error:
            told = f"{what} has {steps} noise levels: {error}. Give the schedule"
            raise ModelError(told) from None


def open_network(
    given: str | os.PathLike[str] | nn.Module | BridgeNetwork,
    *,
    schedule: Schedule | None = None,
    layout: Layout = "auto",
    network_weights: Which = "net",
    beta_max: float | None = None,
    **options: Any,
) -> BridgeNetwork:
    """A bridge's network from what a person has.

    Parameters
    ----------
    given : path, nn.Module or BridgeNetwork
        - A checkpoint of I²SB or RCSB (``.pt``, with "net" and, where wanted, "ema"), or the
          weights of such a network or of guided-diffusion by themselves (``.pt``, ``.pth``,
          ``.safetensors``). Sizes are read off the weights.
        - A folder of diffusers with a ``UNet2DModel``, or the pipeline's folder around it.
        - A module of (pictures (B, C, H, W) in [-1, 1], times (B,)). It is put in evaluation.
        - A BridgeNetwork, which is returned as it is.
    schedule : Schedule, optional
        With which a bridge was trained; `Schedule.symmetric()` without.
    layout : {"auto", "adm", "diffusers"}
        Whose names the weights have.
    network_weights : {"net", "ema"}
        Those trained last, or their running mean.
    beta_max : float, optional
        In place of `schedule`: of `Schedule.symmetric`, 1 without.
    **options
        Those of `NetworkOptions`: `predicts`, `num_head_channels`, `image_size`, `use_fp16`...

    Returns
    -------
    BridgeNetwork
        `TimedBridge` or `DiffusionBridge`, an ``nn.Module`` on the CPU (``.to("cuda")`` moves it),
        without gradients to its weights.

    Raises
    ------
    ModelError
        The file cannot be read safely, is too large, or its weights do not fit: missing and
        extra names and wrong shapes are listed.
    SettingsError
        An option is unknown or contradicts the weights.

    Notes
    -----
    Nothing in a file is executed: safetensors, or ``torch.load(weights_only=True)``. What makes a
    diffusion network a bridge's is told in `rex_widgets.bridge.checkpoints.diffusion_bridge`.
    """
    chosen = NetworkOptions.of(options)
    check_choice("layout", layout, get_args(Layout))
    check_choice("network_weights", network_weights, get_args(Which))
    if schedule is not None and beta_max is not None:
        raise SettingsError("schedule and beta_max were given; give one of the two")
    noise = Noise(schedule, beta_max)
    if isinstance(given, str | os.PathLike):
        return _open_path(Path(given).expanduser(), noise, layout, network_weights, chosen)
    of_file = ["network_weights"] if network_weights != "net" else []
    of_file += [name for name in _OF_WEIGHTS if name in options]
    if isinstance(given, BridgeNetwork):
        said = [*of_file, *(name for name in options if name not in of_file)]
        said += ["beta_max"] if beta_max is not None else []
        if schedule is not None and schedule is not given.schedule:
            raise SettingsError(f"{given.name} has a schedule of its own; give none")
        if said:
            raise SettingsError(f"{given.name} is ready; it takes no options ({listed(said)})")
        return given
    if not isinstance(given, nn.Module):
        raise ModelError(
            f"A {type(given).__name__} is no network; expected a file, a folder of diffusers, a "
            "torch module of (pictures, times), or a BridgeNetwork"
        )
    if of_file:
        raise SettingsError(
            f"{listed(of_file)} was given, which is for a file of weights, and the network is a "
            f"{type(given).__name__}, which has its own. Leave it out"
        )
    return with_face(given, _known_of_module(given, chosen), chosen, noise.of())


def _open_path(
    path: Path, noise: Noise, layout: Layout, which: Which, options: NetworkOptions
) -> BridgeNetwork:
    if path.is_dir():
        folder = network_folder(path)
        if folder is None or layout == "adm":
            raise ModelError(
                f"{path} is a folder"
                + (" without config.json. " if folder is None else ' and layout="adm". ')
                + "Expected one of diffusers, or the path of a file of weights"
            )
        _check_unsaid(path, options)
        network, known = open_folder(folder, options, which=which)
        return with_face(network, _renamed(known, path), options, noise.of())
    found = read_weights(path, options.most_bytes)
    weights = weights_of(found, which, str(path), options.most_bytes)
    layout = _named(weights, path, layout)
    if layout == "diffusers":
        _check_unsaid(path, options)
        if not (path.parent / "config.json").is_file():
            raise ModelError(
                f"{path} has weights of diffusers, but there is no config.json beside it; it "
                "says how the network is built"
            )
        network, known = open_folder(path.parent, options, path, which)
    else:
        network, known = _open_adm(weights, path, options)
    steps = STEPS if weights.times is None else len(weights.times)
    return with_face(network, known, options, noise.of(steps, str(path)))


def _open_adm(weights: Weights, path: Path, options: NetworkOptions) -> tuple[nn.Module, Known]:
    layout = infer_adm_layout(
        weights.shapes,
        num_head_channels=options.num_head_channels,
        num_heads=options.num_heads,
        new_attention_order=options.new_attention_order,
    )
    with torch.device("meta"):
        network = AdmUNet(layout)
    fill(network, weights.tensors, str(path))
    learned_variance = layout.out_channels == 2 * layout.in_channels
    known = Known(
        name=path.stem,
        in_channels=layout.in_channels,
        out_channels=layout.out_channels,
        size=layout.trained_size,
        multiple=layout.multiple,
        predicts="epsilon" if learned_variance and not weights.nested else "bridge",
        times=weights.times,
    )
    return network, known


def _check_unsaid(path: Path, options: NetworkOptions) -> None:
    usual = NetworkOptions()
    said = [name for name in _OF_WEIGHTS if getattr(options, name) != getattr(usual, name)]
    if said:
        raise SettingsError(
            f"{listed(said)} given, and {path} is of diffusers, whose config.json says how its "
            "attention is split; leave it out"
        )


def _known_of_module(module: nn.Module, options: NetworkOptions) -> Known:
    name = type(module).__name__
    if isinstance(module, AdmUNet):
        layout = module.layout
        return Known(
            name=name,
            in_channels=layout.in_channels,
            out_channels=layout.out_channels,
            size=layout.trained_size,
            multiple=layout.multiple,
            predicts="bridge",
        )
    config = getattr(module, "config", None)
    if name == "UNet2DModel" and isinstance(config, Mapping):
        return known_of_config(cast("Mapping[str, Any]", config), name, {})
    channels = 3 if options.channels is None else options.channels
    return Known(
        name=name,
        in_channels=channels * (2 if options.cond_x1 else 1),
        out_channels=0,
        size=None,
        multiple=options.multiple or 1,
        predicts="bridge",
    )


def _named(weights: Weights, path: Path, asked: Layout) -> Layout:
    """Whose names the weights have; an answer that contradicts what was asked for is refused."""
    names = weights.tensors
    found: Layout = "auto"
    if "input_blocks.0.0.weight" in names or "time_embed.0.weight" in names:
        found = "adm"
    elif "conv_in.weight" in names or "time_embedding.linear_1.weight" in names:
        found = "diffusers"
    if asked == found == "auto":
        raise ModelError(
            f"{path} has weights of an unknown layout: {listed(names)}. Expected those of "
            "guided-diffusion (input_blocks...), which I²SB and RCSB use, or of a UNet2DModel of "
            "diffusers (conv_in...)"
        )
    if "auto" not in (asked, found) and asked != found:
        raise ModelError(
            f'layout was "{asked}", and {path} has the names of "{found}": {listed(names)}. '
            f'Give layout="{found}", or leave it out'
        )
    return found if asked == "auto" else asked


def _renamed(known: Known, path: Path) -> Known:
    return replace(known, name=path.name or known.name)
