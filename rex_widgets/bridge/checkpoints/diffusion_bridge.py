"""An unconditional diffusion network with the face of a bridge's network, for inpainting.

A bridge's picture at a step is, in the region, x_t = a x_0 + b x_1 + s ε, where x_1 is Gaussian
noise: a, b and s are the weights and the standard deviation of q(x_t | x_0, x_1). In OT-ODE, s is
left out. To someone who does not know x_1 that is the picture with Gaussian noise of standard
deviation τ = sqrt(b² + s²), and so, divided by sqrt(a² + τ²), exactly what a diffusion network was
trained on, y = sqrt(ᾱ) x_0 + sqrt(1 - ᾱ) ε, at the level with

    ᾱ = a² / (a² + τ²).

The estimate of x_0 which the network gives for y is therefore the one that a bridge trained on the
same pictures would give for x_t; with OT-ODE the bridge's steps become those of DDIM (Song et al.,
arXiv 2010.02502, equation 12 with σ = 0), because x_t = a x_0 + b x_1 with x_1 fixed is its path.

Outside the region nothing was destroyed: the picture is known. The network expects noise of one
level everywhere, so it is shown sqrt(ᾱ) x_1 + sqrt(1 - ᾱ) z there (as in RePaint, Lugmayr et al.,
arXiv 2201.09865, equation 8a), and its answer there is left aside: x̂_0 is what is known. z is one
fixed field for OT-ODE, so that the known pixels go a straight path too, and another at each step
otherwise; it comes from a seed and is the same for every sample.

What that does not give: the network was never trained to fill holes. It sees the known pixels only
under noise, as RePaint does, and a bridge trained for inpainting agrees better with what surrounds
the region.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from rex_widgets.bridge.checkpoints.faces import asked, check_pictures
from rex_widgets.bridge.checkpoints.levels import DiffusionLevels, Level
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import InputError

Predicts = Literal["epsilon", "v_prediction", "sample"]

_ROUNDING = 1e-6


class DiffusionBridge(nn.Module):
    """A diffusion network that answers as a bridge's network does.

    Parameters
    ----------
    network : nn.Module
        Of (pictures (B, C, H, W), times (B,)); more channels than C in its answer, such as a
        learned variance, are left aside.
    schedule : Schedule
        The bridge's, which need not be the network's.
    levels : DiffusionLevels
        The network's.
    channels, size, multiple, name
        As in `BridgeNetwork`.
    predicts : {"epsilon", "v_prediction", "sample"}
        The noise; sqrt(ᾱ) ε - sqrt(1 - ᾱ) x_0; or the picture.
    ot_ode : bool
        Whether the sampler's bridge is drawn without noise; has to be the sampler's own setting.
    seed : int
        Of the noise on the known pixels.
    clip : bool
        x̂_0 is clipped to [-1, 1]: no gradient comes from where it is.
    """

    region: Tensor | None

    def __init__(
        self,
        network: nn.Module,
        schedule: Schedule,
        levels: DiffusionLevels,
        *,
        channels: int,
        size: tuple[int, int] | None,
        multiple: int,
        name: str,
        predicts: Predicts = "epsilon",
        ot_ode: bool = True,
        seed: int = 0,
        clip: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.schedule = schedule
        self.levels = levels
        self.channels = channels
        self.size = size
        self.multiple = multiple
        self.name = name
        self.predicts = predicts
        self.ot_ode = ot_ode
        self.seed = seed
        self.clip = clip
        self.region = None

    def for_region(self, region: Tensor, *, ot_ode: bool | None = None) -> DiffusionBridge:
        """The same network, told which pixels are unknown; weights are shared.

        Parameters
        ----------
        region : Tensor, bool, (H, W)
            True where x_1 is noise.
        ot_ode : bool, optional
            Another process than the one it was opened for.
        """
        told = DiffusionBridge(
            self.network,
            self.schedule,
            self.levels,
            channels=self.channels,
            size=self.size,
            multiple=self.multiple,
            name=self.name,
            predicts=self.predicts,
            ot_ode=self.ot_ode if ot_ode is None else ot_ode,
            seed=self.seed,
            clip=self.clip,
        )
        told.region = region
        return told.train(self.training)

    def level(self, step: int) -> Level:
        """Where the bridge's step stands among the network's levels."""
        signal, noise, std = self.schedule.marginal(step)
        whole = noise if self.ot_ode else float((noise**2 + std**2) ** 0.5)
        return self.levels.at(signal, whole)

    def forward(self, x: Tensor, step: int, x1: Tensor) -> Tensor:
        """(x_t - x̂_0) / σ_t, with x̂_0 from the diffusion network.

        Parameters
        ----------
        x, x1 : Tensor, float32, (B, C, H, W)
            Where they agree in every channel (but for rounding), a pixel is known, unless
            `for_region` has said what is; that holds for OT-ODE only.
        step : int
            Of the bridge.

        Raises
        ------
        InputError
            The pictures do not fit the network, or the region is needed and was not told.
        """
        check_pictures(self, x, x1)
        unknown = self._unknown(x, x1)
        level = self.level(step)
        signal, noise = level.alpha_bar**0.5, (1 - level.alpha_bar) ** 0.5
        known = signal * x1 + noise * self._field(x1, step)
        shown = torch.where(unknown, level.scale * x, known)
        answer = asked(self.network, shown, level.time, self.channels)
        if self.predicts == "epsilon":
            estimate = (shown - noise * answer) / signal
        elif self.predicts == "v_prediction":
            estimate = signal * shown - noise * answer
        else:
            estimate = answer
        if self.clip:
            estimate = estimate.clamp(-1, 1)
        estimate = torch.where(unknown, estimate, x1)
        return (x - estimate) / float(self.schedule.forward[step])

    def _unknown(self, x: Tensor, x1: Tensor) -> Tensor:
        if self.region is not None:
            if self.region.shape != x.shape[-2:]:
                raise InputError(
                    f"{self.name} was told a region of {tuple(self.region.shape)} for pictures of "
                    f"{tuple(x.shape[-2:])}"
                )
            return self.region.to(x.device)[None, None]
        if not self.ot_ode:
            raise InputError(
                f"{self.name} is a diffusion network: without OT-ODE it has to be told the region, "
                "by network.for_region(region)"
            )
        # What is known differs by the rounding of a x_0 + b x_0; what is not, by a (x_0 - x_1).
        apart = (x.detach() - x1).abs() > _ROUNDING * x1.abs().clamp(min=1)
        return apart.any(dim=1, keepdim=True)

    def _field(self, like: Tensor, step: int) -> Tensor:
        generator = torch.Generator().manual_seed(
            self.seed if self.ot_ode else (self.seed * 1_000_003 + step + 1) % 2**63
        )
        field = torch.randn(like.shape[1:], generator=generator)
        return field.to(like)[None]

    def extra_repr(self) -> str:
        """What is shown of it beside the network."""
        options: dict[str, Any] = {"predicts": self.predicts, "ot_ode": self.ot_ode}
        return ", ".join(f"{name}={value!r}" for name, value in options.items())
