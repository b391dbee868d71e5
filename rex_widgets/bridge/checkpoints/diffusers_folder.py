"""A folder in which diffusers keeps an unconditional network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rex_widgets.bridge.checkpoints.adm import AdmUNet
from rex_widgets.bridge.checkpoints.diffusers_keys import (
    in_our_names,
    layout_of_config,
    with_new_names,
)
from rex_widgets.bridge.checkpoints.facing import Known
from rex_widgets.bridge.checkpoints.options import NetworkOptions, PredictsOption
from rex_widgets.bridge.checkpoints.reading import first_sentence, read_config, read_weights
from rex_widgets.bridge.checkpoints.weights import Which, fill, listed, weights_of
from rex_widgets.errors import ModelError, SettingsError

FILES = (
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.bin",
)
"""What the weights may be called, the first that is there is read."""

_PREDICTIONS: dict[Any, PredictsOption] = {
    "epsilon": "epsilon",
    "v_prediction": "v_prediction",
    "sample": "sample",
}
_MOST_LEVELS, _MOST_LAYERS, _MOST_WIDTH = 12, 64, 16384


def network_folder(folder: Path) -> Path | None:
    """The folder with the network's config: the given one, or "unet" in it; None: neither."""
    for place in (folder, folder / "unet"):
        if (place / "config.json").is_file():
            return place
    return None


def open_folder(
    folder: Path,
    options: NetworkOptions,
    file: Path | None = None,
    which: Which = "net",
) -> tuple[nn.Module, Known]:
    """Read a UNet2DModel, with diffusers or without.

    Parameters
    ----------
    folder : Path
        With ``config.json``, the weights and, there or in "scheduler" beside it,
        ``scheduler_config.json``.
    options : NetworkOptions
        `reader`, `most_bytes`.
    file : Path, optional
        The weights; one of `FILES` without.
    which : {"net", "ema"}
        Diffusers keeps one set of weights in a folder; "ema" needs a file with both.

    Raises
    ------
    ModelError
        The folder is not complete, or holds another network.
    """
    config_path = folder / "config.json"
    config = read_config(config_path)
    _check_config(config, str(config_path))
    path = file or next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise ModelError(f"{folder} has config.json but no weights; expected {listed(FILES)}")
    found = read_weights(path, options.most_bytes)
    weights = weights_of(found, which, str(path), options.most_bytes)
    network = _built(config, with_new_names(weights.tensors), str(config_path), str(path), options)
    return network, known_of_config(config, folder.name, _scheduler(folder))


def known_of_config(config: Mapping[str, Any], name: str, scheduler: dict[str, Any]) -> Known:
    """What a UNet2DModel's config tells of it."""
    size = config.get("sample_size")
    pair = (size, size) if isinstance(size, int) else size
    levels = len(config.get("block_out_channels", (0, 0, 0, 0)))
    return Known(
        name=name,
        in_channels=int(config.get("in_channels", 3)),
        out_channels=int(config.get("out_channels", 3)),
        size=(int(pair[0]), int(pair[1])) if pair else None,
        multiple=int(2 ** (levels - 1)),
        predicts=_PREDICTIONS.get(scheduler.get("prediction_type", "epsilon"), "auto"),
        scheduler=scheduler,
    )


def diffusers_installed() -> bool:
    """Whether diffusers can be imported; it is not imported for this."""
    return find_spec("diffusers") is not None


def _built(
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    config_name: str,
    file_name: str,
    options: NetworkOptions,
) -> nn.Module:
    own_only = options.use_fp16 or options.recompute
    with_diffusers = options.reader == "diffusers" or (
        options.reader == "auto" and not own_only and diffusers_installed()
    )
    with torch.device("meta"):
        if with_diffusers:
            network = _from_diffusers(config, config_name)
        else:
            layout = layout_of_config(config, config_name)
            network = AdmUNet(layout)
            tensors = in_our_names(tensors, layout, file_name)
    fill(network, tensors, file_name)
    return network


def _from_diffusers(config: Mapping[str, Any], what: str) -> nn.Module:
    try:
        from diffusers import UNet2DModel
    except (ImportError, RuntimeError) as error:
        raise ModelError(
            f'{what} was to be read by diffusers, which is not there: {error}. Give reader="own", '
            "or install it"
        ) from None
    try:
        kind: Any = UNet2DModel
        network: nn.Module = kind.from_config(dict(config))
    except Exception as error:
        raise ModelError(f"{what} was refused by diffusers: {first_sentence(error)}") from None
    return network


def _check_config(config: Mapping[str, Any], what: str) -> None:
    kind = config.get("_class_name", "UNet2DModel")
    if kind != "UNet2DModel":
        raise ModelError(
            f"{what} describes a {str(kind)[:80]}; expected an unconditional UNet2DModel over "
            "pixels. Networks over latents or with a text cannot be used"
        )
    conditional = [
        name for name in ("class_embed_type", "num_class_embeds") if config.get(name) is not None
    ]
    if conditional:
        raise ModelError(f"{what} is conditional on classes ({conditional[0]}); expected none")
    # A name that diffusers passes over in silence, and then computes something else.
    if config.get("attention_legacy_order") or config.get("time_embedding_type") == "adm":
        raise ModelError(
            f"{what} was written for a changed diffusers (attention_legacy_order, "
            "time_embedding_type adm); give the original checkpoint of guided-diffusion instead"
        )
    widths = config.get("block_out_channels", ())
    layers = config.get("layers_per_block", 2)
    try:
        bounded = (
            len(widths) <= _MOST_LEVELS
            and all(0 < int(width) <= _MOST_WIDTH for width in widths)
            and 0 < int(layers) <= _MOST_LAYERS
        )
    except (TypeError, ValueError):
        bounded = False
    if not bounded:
        told = listed(widths) if isinstance(widths, list) else str(widths)[:80]
        raise ModelError(
            f"{what} describes {told} channels in {str(layers)[:80]!r} layers each; "
            f"{_MOST_LEVELS} levels of {_MOST_WIDTH} channels and {_MOST_LAYERS} layers are the "
            "most that is built"
        )


def _scheduler(folder: Path) -> dict[str, Any]:
    for place in (folder, folder / "scheduler", folder.parent / "scheduler"):
        path = place / "scheduler_config.json"
        if path.is_file():
            config = read_config(path)
            if config.get("prediction_type", "epsilon") not in _PREDICTIONS:
                raise SettingsError(
                    f"{path} has prediction_type {config['prediction_type']!r}; expected "
                    f"{listed(_PREDICTIONS)}"
                )
            return config
    return {}
