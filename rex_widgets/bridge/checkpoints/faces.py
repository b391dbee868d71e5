"""What a network has to be asked and how its answer is read, whatever made it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rex_widgets.errors import InputError, ModelError

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork


def check_pictures(network: BridgeNetwork, x: Tensor, x1: Tensor) -> None:
    """Refuse pictures that the network cannot take.

    Raises
    ------
    InputError
        Another number of channels, or a height or width that is not its own.
    """
    expected = (
        f"height and width divisible by {network.multiple}"
        if network.size is None
        else f"{network.size[0]} by {network.size[1]} pixels"
    )
    side = tuple(x.shape[-2:])
    fits = (
        all(length % network.multiple == 0 and length > 0 for length in side)
        if network.size is None
        else side == tuple(network.size)
    )
    if x.ndim != 4 or x.shape[1] != network.channels or not fits:
        raise InputError(
            f"{network.name} was given {tuple(x.shape)}; expected (batch, {network.channels}, "
            f"height, width), {expected}"
        )
    if x1.shape != x.shape:
        raise InputError(f"x is {tuple(x.shape)} and x1 {tuple(x1.shape)}; they have to agree")


def asked(network: nn.Module, pictures: Tensor, time: float, channels: int) -> Tensor:
    """Ask a network about pictures of one time, in the type of its weights.

    Parameters
    ----------
    network : nn.Module
        Of (pictures, times).
    pictures : Tensor, (B, ..., H, W)
        float32 or float64.
    time : float
        For all.
    channels : int
        How many of the answer's are kept.

    Returns
    -------
    Tensor, (B, channels, H, W)
        In the type of the pictures.

    Raises
    ------
    ModelError
        It takes other arguments, or gives something else.
    """
    held = next(chain(network.parameters(), network.buffers()), pictures)
    # A network whose torso is in half precision takes and gives float32.
    kind = torch.float64 if held.dtype == torch.float64 else torch.float32
    times = torch.full((len(pictures),), time, dtype=kind, device=pictures.device)
    try:
        answer = network(pictures.to(kind), times)
    except TypeError as error:
        raise ModelError(
            f"The network {type(network).__name__} cannot be asked about pictures "
            f"{tuple(pictures.shape)} and times ({len(pictures)},): {error}. Expected a module of "
            "(pictures, times), or a BridgeNetwork"
        ) from error
    return answer_of(answer, channels).to(pictures.dtype)


def answer_of(answer: Any, channels: int) -> Tensor:
    """The first channels of what a network gave, which may be wrapped as diffusers does.

    Raises
    ------
    ModelError
        It gave no tensor, or fewer channels.
    """
    tensor = getattr(answer, "sample", answer)
    if isinstance(tensor, tuple | list) and tensor:
        tensor = tensor[0]
    if not isinstance(tensor, Tensor) or tensor.ndim != 4 or tensor.shape[1] < channels:
        raise ModelError(
            f"The network gave {getattr(tensor, 'shape', type(tensor).__name__)}; expected a "
            f"tensor (batch, {channels} or more, height, width)"
        )
    return tensor[:, :channels]
