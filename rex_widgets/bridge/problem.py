"""What a sampler is asked: a picture, where it may change, and for which class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from rex_widgets.errors import InputError

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork

LogProbabilities = Callable[[torch.Tensor], torch.Tensor]
"""Pictures ``(B, C, H, W)`` in [0, 1] to log-probabilities ``(B, K)``."""

Distance = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Two batches of pictures ``(B, C, H, W)`` in [-1, 1] to distances, B numbers in any shape."""

_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Problem:
    """A picture that wants another class, by a change inside a region.

    Parameters
    ----------
    image : Tensor, float32 or float64, (C, H, W)
        In [-1, 1]. What is sampled has this type.
    region : Tensor, bool, (H, W)
        True where the picture may change.
    target : int
        The class that is asked for.
    source : int
        The class that the picture has.
    log_probabilities : callable
        Log-probabilities ``(B, K)`` of pictures in [0, 1] (`SamplingSettings.rescale` says how
        far they can lie beyond); each row from its own picture alone.
    network : BridgeNetwork
        What estimates the picture from its half destroyed copy.
    differentiable : bool
        Whether a gradient comes through `log_probabilities`.
    lpips : callable, optional
        Distance between two batches in [-1, 1], for the term of that name.
    modules : sequence of torch.nn.Module
        What `log_probabilities` calls. While a step is taken they are in evaluation mode and
        their parameters ask for no gradient (which spares memory); both are put back at its end.
        Network and classifier are found by themselves where they are modules.

    Raises
    ------
    InputError
        The picture is no such tensor; the region has another shape, is empty or leaves no pixel
        as it is; the classes are the same, or negative; the network takes other pictures.
    """

    image: torch.Tensor
    region: torch.Tensor
    target: int
    source: int
    log_probabilities: LogProbabilities
    network: BridgeNetwork
    differentiable: bool = True
    lpips: Distance | None = None
    modules: tuple[torch.nn.Module, ...] = ()

    def __post_init__(self) -> None:
        _check_image(self.image)
        _check_region(self.region, self.image)
        _check_classes(self.source, self.target)
        _check_network(self.network, self.image)

    @property
    def device(self) -> torch.device:
        """Where the network is; the image's own where that cannot be seen."""
        for module in self.used_modules:
            for held in (*module.parameters(), *module.buffers()):
                return held.device
        return self.image.device

    def on(self, device: torch.device) -> Problem:
        """Return the problem with picture and region on a device."""
        if self.image.device == device and self.region.device == device:
            return self
        return replace(self, image=self.image.to(device), region=self.region.to(device))

    @property
    def used_modules(self) -> tuple[torch.nn.Module, ...]:
        """Network and classifier as far as they are modules, the network first."""
        found = [*modules_in(self.network), *modules_in(self.log_probabilities), *self.modules]
        return tuple(dict.fromkeys(found))


def modules_in(thing: object) -> list[torch.nn.Module]:
    """Return the module that something is, or the ones that are its attributes."""
    if isinstance(thing, torch.nn.Module):
        return [thing]
    held = getattr(thing, "__dict__", {})
    return [value for value in held.values() if isinstance(value, torch.nn.Module)]


def _check_image(image: torch.Tensor) -> None:
    if image.ndim != 3 or not image.is_floating_point():
        raise InputError(
            f"The picture is {image.dtype} of shape {tuple(image.shape)}; expected floating-point "
            "numbers of shape (C, H, W)."
        )
    low, high = float(image.min()), float(image.max())
    # Written so that NaN fails too.
    if not (low >= -1 - _SLACK and high <= 1 + _SLACK):
        raise InputError(
            f"The picture's values lie from {low:g} to {high:g}; expected finite ones from -1 to 1."
        )


def _check_region(region: torch.Tensor, image: torch.Tensor) -> None:
    if region.dtype != torch.bool or region.shape != image.shape[1:]:
        raise InputError(
            f"The region is {region.dtype} of shape {tuple(region.shape)}; expected a bool tensor "
            f"of shape {tuple(image.shape[1:])}, as the picture's height and width."
        )
    if not bool(region.any()):
        raise InputError(
            "The region is empty, so nothing may change; mark the pixels that may change."
        )
    if bool(region.all()):
        raise InputError(
            "The region is the whole picture, so nothing of it would be kept; leave at least one "
            "pixel outside."
        )


def _check_classes(source: int, target: int) -> None:
    if target < 0 or source < 0:
        raise InputError(f"target was {target!r}, source {source!r}; classes count from 0.")
    if target == source:
        raise InputError(f"The picture is of class {target} already; ask for another class.")


def _check_network(network: BridgeNetwork, image: torch.Tensor) -> None:
    channels, height, width = image.shape
    if channels != network.channels:
        raise InputError(
            f"The picture has {channels} channels; the network {network.name!r} takes "
            f"{network.channels}."
        )
    if network.size is not None and (height, width) != tuple(network.size):
        raise InputError(
            f"The picture is {height} × {width}; the network {network.name!r} takes "
            f"{network.size[0]} × {network.size[1]}. Resize it before."
        )
    if height % network.multiple or width % network.multiple:
        raise InputError(
            f"The picture is {height} × {width}; the network {network.name!r} takes heights and "
            f"widths that are multiples of {network.multiple}. Crop or pad it before."
        )
