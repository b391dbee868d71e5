"""A network of any kind, given the face of a bridge's network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from rex_widgets.bridge.checkpoints.adm import AdmUNet
from rex_widgets.bridge.checkpoints.diffusion_bridge import DiffusionBridge
from rex_widgets.bridge.checkpoints.levels import DiffusionLevels
from rex_widgets.bridge.checkpoints.options import NetworkOptions, PredictsOption
from rex_widgets.bridge.checkpoints.timed_bridge import TimedBridge, bridge_times
from rex_widgets.bridge.checkpoints.weights import listed
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import ModelError, SettingsError


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a network without asking anyone.

    Parameters
    ----------
    name : str
    in_channels, out_channels : int
        out_channels 0: not known.
    size : (int, int) or None
        It was trained at; None: any.
    multiple : int
        What height and width have to be divisible by.
    predicts : str
        Where the options say "auto".
    scheduler : dict
        How it was trained as a diffusion network, in diffusers' words.
    times : ndarray or None
        What it is told at a bridge's steps.
    """

    name: str
    in_channels: int
    out_channels: int
    size: tuple[int, int] | None
    multiple: int
    predicts: PredictsOption
    scheduler: dict[str, Any] = field(default_factory=dict)
    times: npt.NDArray[np.float64] | None = None


def with_face(
    network: nn.Module, known: Known, options: NetworkOptions, schedule: Schedule
) -> TimedBridge | DiffusionBridge:
    """Wrap a network of (pictures, times); both are put in evaluation.

    Raises
    ------
    ModelError
        Its channels are not those of pictures.
    SettingsError
        The options contradict each other or the schedule.
    """
    if isinstance(network, AdmUNet):
        network.recompute = options.recompute
        if options.use_fp16:
            network.in_half_precision()
    elif options.use_fp16 or options.recompute:
        raise SettingsError(
            "use_fp16 and recompute are for the library's own U-Net; for a network of diffusers "
            'give reader="own", and prepare another module yourself'
        )
    predicts = known.predicts if options.predicts == "auto" else options.predicts
    cond_x1 = known.in_channels in (2, 6) if options.cond_x1 is None else options.cond_x1
    name = options.name or known.name
    channels = known.in_channels // 2 if cond_x1 else known.in_channels
    if channels not in (1, 3) or channels * (1 + cond_x1) != known.in_channels:
        raise ModelError(
            f"{name} takes {known.in_channels} channels; expected 1 or 3, or twice as many for "
            "a bridge that also sees x_1"
        )
    if 0 < known.out_channels < channels:
        raise ModelError(f"{name} gives {known.out_channels} channels for {channels}")
    sides = options.sides
    size = known.size if sides is None else None if sides == "any" else sides
    if size is not None and any(side % known.multiple for side in size):
        raise SettingsError(
            f"image_size={size}: {name} needs height and width divisible by {known.multiple}"
        )
    said = options.times_said
    if said and (predicts != "bridge" or known.times is not None):
        why = (
            "carries the times that it was trained with"
            if known.times is not None
            else "is a diffusion network, which is told its own times"
        )
        raise SettingsError(f"{listed(said)} given, and {name} {why}; leave it out")
    made: TimedBridge | DiffusionBridge
    if predicts == "bridge":
        times = known.times
        if times is None:
            times = bridge_times(
                schedule.steps, options.first_time, options.last_time, options.interval
            )
        made = TimedBridge(
            network,
            schedule,
            times,
            cond_x1=cond_x1,
            channels=channels,
            size=size,
            multiple=known.multiple,
            name=name,
        )
        return made.eval()
    if cond_x1:
        raise ModelError(
            f"{name} takes {known.in_channels} channels: a diffusion network has to be "
            'unconditional. If it is a bridge that also sees x_1, give predicts="bridge"'
        )
    if predicts == "auto":
        raise SettingsError(
            f'What {name} predicts is not known; give predicts="bridge", "epsilon", ...'
        )
    made = DiffusionBridge(
        network,
        schedule,
        DiffusionLevels.of_scheduler({**known.scheduler, **options.scheduler}, name),
        channels=channels,
        size=size,
        multiple=known.multiple,
        name=name,
        predicts=predicts,
        ot_ode=options.ot_ode,
        seed=options.seed,
        clip=options.clip,
    )
    return made.eval()
