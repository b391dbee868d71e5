"""What a file of weights does not say about its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from rex_widgets.bridge.checkpoints.reading import MOST_BYTES
from rex_widgets.bridge.checkpoints.timed_bridge import FIRST_TIME, INTERVAL, LAST_TIME
from rex_widgets.errors import SettingsError

PredictsOption = Literal["auto", "bridge", "epsilon", "v_prediction", "sample"]
Reader = Literal["auto", "diffusers", "own"]


@dataclass(frozen=True)
class NetworkOptions:
    """Options of `open_network`; the defaults are those of the published ImageNet-256 networks.

    Parameters
    ----------
    predicts : {"auto", "bridge", "epsilon", "v_prediction", "sample"}
        What the network answers: (x_t - x_0) / σ_t, or what a diffusion network answers. "auto":
        what the folder of diffusers says, else "epsilon" for a network of diffusers or one of
        ADM that learned a variance and is not packed as I²SB packs it, else "bridge".
    image_size : int, (int, int), "any" or None
        Height and width it takes. None: those of its config or of the published network of the
        same multipliers; "any": every size that its levels can halve.
    num_head_channels : int or None
        Channels of one attention head (ADM); None: `num_heads` heads.
    num_heads : int
        Where `num_head_channels` is None.
    new_attention_order : bool
        Of ADM; True for guided-diffusion's ImageNet-64 network.
    use_fp16 : bool
        Compute the torso in half precision. Half weights are read either way.
    recompute : bool
        Less memory for a gradient, a third more time (own U-Net only).
    first_time, last_time, interval : float
        What a bridge is told at its steps: see `bridge_times`.
    cond_x1 : bool or None
        A bridge also sees x_1. None: where it takes twice as many channels.
    channels, multiple : int or None
        Of a module of another kind: channels of a picture (3), what its side is divisible by (1).
    beta_schedule, beta_start, beta_end, train_steps
        How a diffusion network was trained, over what its folder says; linear, 1e-4 to 0.02 in
        1000 steps without either.
    ot_ode : bool
        The sampler's setting; only a diffusion network has to know.
    seed : int
        Of the noise that a diffusion network sees on known pixels.
    clip : bool
        A diffusion network's x̂_0 is clipped to [-1, 1].
    reader : {"auto", "diffusers", "own"}
        What builds a network of diffusers: "auto" is diffusers where it is installed.
    most_bytes : int
        Of a file, and of the weights in it.
    name : str or None
        How the network is called in messages; None: as its file.

    Raises
    ------
    SettingsError
        A value is not one of those named.
    """

    predicts: PredictsOption = "auto"
    image_size: int | tuple[int, int] | Literal["any"] | None = None
    num_head_channels: int | None = 64
    num_heads: int = 1
    new_attention_order: bool = False
    use_fp16: bool = False
    recompute: bool = False
    first_time: float = FIRST_TIME
    last_time: float = LAST_TIME
    interval: float = INTERVAL
    cond_x1: bool | None = None
    channels: int | None = None
    multiple: int | None = None
    beta_schedule: str | None = None
    beta_start: float | None = None
    beta_end: float | None = None
    train_steps: int | None = None
    ot_ode: bool = True
    seed: int = 0
    clip: bool = False
    reader: Reader = "auto"
    most_bytes: int = MOST_BYTES
    name: str | None = None

    def __post_init__(self) -> None:
        check_choice("predicts", self.predicts, get_args(PredictsOption))
        check_choice("reader", self.reader, get_args(Reader))
        if self.most_bytes < 1:
            raise SettingsError(f"most_bytes={self.most_bytes}: a positive number is needed")
        if not 0 <= self.seed < 2**32:
            raise SettingsError(f"seed={self.seed}: 0 to 2**32 - 1 is needed")
        _ = self.sides

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> NetworkOptions:
        """From keywords.

        Raises
        ------
        SettingsError
            One is unknown, or its value is.
        """
        known = [field.name for field in fields(cls)]
        unknown = [name for name in options if name not in known]
        if unknown:
            raise SettingsError(
                f"open_network has no option {', '.join(unknown)}; it has layout, "
                f"network_weights, schedule, beta_max, {', '.join(known)}"
            )
        return cls(**options)

    @property
    def sides(self) -> tuple[int, int] | Literal["any"] | None:
        """`image_size` as height and width."""
        size = self.image_size
        if size is None or size == "any":
            return None if size is None else "any"
        pair = (size, size) if isinstance(size, int) else tuple(size)
        if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
            raise SettingsError(f'image_size={size!r}: a side, (height, width) or "any" is needed')
        return pair[0], pair[1]

    @property
    def times_said(self) -> list[str]:
        """Which of a bridge's times are others than usual, by name."""
        usual = {"first_time": FIRST_TIME, "last_time": LAST_TIME, "interval": INTERVAL}
        return [name for name, value in usual.items() if getattr(self, name) != value]

    @property
    def scheduler(self) -> dict[str, Any]:
        """How a diffusion network was trained, as far as it is given, in diffusers' words."""
        given = {
            "beta_schedule": self.beta_schedule,
            "beta_start": self.beta_start,
            "beta_end": self.beta_end,
            "num_train_timesteps": self.train_steps,
        }
        return {name: value for name, value in given.items() if value is not None}


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Refuse what is not among the choices.

    Raises
    ------
    SettingsError
        With the choices.
    """
    if value not in choices:
        raise SettingsError(f"{name}={value!r}; {', '.join(map(repr, choices))} is needed")
