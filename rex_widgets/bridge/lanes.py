"""Networks asked in batches of one size, so that a sample's numbers do not depend on its company.

On a processor the kernels for a batch of four and of two round differently. Small pictures are
therefore asked in lanes of four, the last one filled up, and large ones one by one, which costs
them nothing. On a graphics card whole batches go at once: there a sample is the same up to
rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from rex_widgets.bridge.network import checked_prediction, told

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork

SMALL = 64 * 64
"""Pixels up to which a picture counts as small."""

LANE = 4

Call = Callable[..., torch.Tensor]


def in_lanes(call: Call, batch: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
    """Ask about the rows of batches, in parts of one size.

    Parameters
    ----------
    call
        Takes as many batches as are given here.
    batch, *others
        ``(N, C, H, W)`` each.

    Returns
    -------
    Tensor
        The answers ``(N, …)``.
    """
    given = (batch, *others)
    if batch.device.type != "cpu":
        return call(*given)
    lane = LANE if _small(batch) else 1
    found = []
    for start in range(0, len(batch), lane):
        parts = [one[start : start + lane] for one in given]
        rows = len(parts[0])
        if rows < lane:
            parts = [torch.cat((one, one[-1:].expand(lane - rows, -1, -1, -1))) for one in parts]
        found.append(call(*parts)[:rows])
    return found[0] if len(found) == 1 else torch.cat(found)


def fitting(batch_size: int, pictures: torch.Tensor) -> int:
    """Return how many pictures are worth a call: no more than one where they are asked singly.

    What a gradient needs is kept for all pictures of a call, and takes gigabytes for large ones.

    Parameters
    ----------
    batch_size
        As many at most.
    pictures
        ``(N, C, H, W)``.
    """
    return batch_size if pictures.device.type != "cpu" or _small(pictures) else 1


def _small(pictures: torch.Tensor) -> bool:
    return pictures.shape[-1] * pictures.shape[-2] <= SMALL


class LanedNetwork:
    """A bridge network that is asked in lanes; everything else is the network's own.

    Parameters
    ----------
    network
        Asked.
    """

    def __init__(self, network: BridgeNetwork) -> None:
        self.network: Any = network
        self.schedule = network.schedule
        self.channels, self.size, self.multiple = network.channels, network.size, network.multiple
        self.name = network.name

    def __call__(self, x: torch.Tensor, step: int, x1: torch.Tensor, /) -> torch.Tensor:
        """Predict (x_t - x_0) / σ_t; see `BridgeNetwork`.

        Raises
        ------
        ModelError
            What comes back has not the shape of the pictures.
        """

        def asked(part: torch.Tensor, destroyed: torch.Tensor) -> torch.Tensor:
            found = self.network(part, step, destroyed)
            # before the parts are joined, where it would only be an error of torch's
            return checked_prediction(found, part, self.name)

        return in_lanes(asked, x, x1)

    def for_region(self, region: torch.Tensor, *, ot_ode: bool) -> LanedNetwork:
        """The same network, told of region and process if it asks for that; see `told`."""
        known = told(self.network, region, ot_ode=ot_ode)
        return self if known is self.network else LanedNetwork(known)
