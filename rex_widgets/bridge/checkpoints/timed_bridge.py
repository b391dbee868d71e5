"""A network that was trained as a bridge, such as I²SB's and RCSB's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rex_widgets.bridge.checkpoints.faces import asked, check_pictures
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import SettingsError

FIRST_TIME, LAST_TIME, INTERVAL = 1e-4, 1.0, 1000.0


def bridge_times(
    steps: int,
    first: float = FIRST_TIME,
    last: float = LAST_TIME,
    interval: float = INTERVAL,
) -> npt.NDArray[np.float64]:
    """What a network of I²SB is told at each step.

    An even row from `first` to `last`, times `interval`: 0.1 at step 0, 1000 at the last of 1000.
    I²SB's paper (arXiv 2302.05872, section 2) has the time in [0, 1]; its README discretises it
    into 1000 steps and starts from ADM's weights, which were trained on times up to 1000. That
    the row starts at 1e-4 and not at 0 is how I²SB is commonly run; no file says so, and a network
    that was trained otherwise needs its own numbers. A checkpoint that carries its row
    ("noise_levels") is taken at its word instead.

    Returns
    -------
    ndarray, float64, (steps,)

    Raises
    ------
    SettingsError
        The times are not finite, or do not rise.
    """
    row = np.linspace(first, last, steps) * interval
    if not np.all(np.isfinite(row)) or np.any(np.diff(row) <= 0):
        raise SettingsError(
            f"Times from {first:g} to {last:g} by {interval:g}: they have to be finite and rise"
        )
    return row


class TimedBridge(nn.Module):
    """A network of (pictures, times) that predicts (x_t - x_0) / σ_t.

    Parameters
    ----------
    network : nn.Module
        Of (B, C or 2C, H, W) and (B,); more channels than C in its answer are left aside, as are
        those of the variance in a network that grew out of one with a learned variance.
    schedule : Schedule
        The one that it was trained with.
    times : ndarray, (T,)
        What the network is told at each step of the schedule.
    cond_x1 : bool
        It also sees x_1, behind x_t.
    channels, size, multiple, name
        As in `BridgeNetwork`.
    """

    def __init__(
        self,
        network: nn.Module,
        schedule: Schedule,
        times: npt.NDArray[np.float64],
        *,
        cond_x1: bool,
        channels: int,
        size: tuple[int, int] | None,
        multiple: int,
        name: str,
    ) -> None:
        super().__init__()
        if len(times) != schedule.steps:
            raise SettingsError(
                f"{name} has times for {len(times)} steps and the schedule {schedule.steps} steps; "
                "give the schedule that it was trained with"
            )
        self.network = network
        self.schedule = schedule
        self.times = times
        self.cond_x1 = cond_x1
        self.channels = channels
        self.size = size
        self.multiple = multiple
        self.name = name

    def forward(self, x: Tensor, step: int, x1: Tensor) -> Tensor:
        """(x_t - x_0) / σ_t as the network predicts it.

        Raises
        ------
        InputError
            The pictures do not fit the network.
        SettingsError
            There is no such step.
        """
        check_pictures(self, x, x1)
        if not 0 <= step < len(self.times):
            raise SettingsError(f"step {step}: the steps are 0 to {len(self.times) - 1}")
        given = torch.cat([x, x1], dim=1) if self.cond_x1 else x
        return asked(self.network, given, float(self.times[step]), self.channels)
