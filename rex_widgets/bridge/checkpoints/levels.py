"""The noise levels of a diffusion network, and which of them a bridge's step stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rex_widgets.errors import ModelError, SettingsError

_MOST_LEVELS = 100_000


@dataclass(frozen=True)
class Level:
    """The place of a signal with noise among a diffusion network's levels.

    Parameters
    ----------
    time : float
        What the network is told; between two trained levels, a fraction.
    alpha_bar : float
        ᾱ, the share of the signal in the variance, in (0, 1).
    scale : float
        What the signal with its noise is multiplied by before the network sees it.
    """

    time: float
    alpha_bar: float
    scale: float


@dataclass(frozen=True, eq=False)
class DiffusionLevels:
    """What a diffusion network was trained with: y_k = sqrt(ᾱ_k) x_0 + sqrt(1 - ᾱ_k) ε.

    Parameters
    ----------
    alpha_bars : ndarray, float64, (T,)
        ᾱ_k, strictly falling, in (0, 1). Source: Ho et al. (arXiv 2006.11239), equation 4.

    Raises
    ------
    SettingsError
        They are not so.
    """

    alpha_bars: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        bars = self.alpha_bars
        if bars.ndim != 1 or not 2 <= len(bars) <= _MOST_LEVELS:
            raise SettingsError(
                f"The diffusion's levels have shape {bars.shape}; one row of 2 to {_MOST_LEVELS:,} "
                "is needed"
            )
        inside = bool(np.all((bars > 0) & (bars < 1)) and np.all(np.diff(bars) < 0))
        if not (np.all(np.isfinite(bars)) and inside):
            raise SettingsError(
                "The diffusion's alpha_bar has to fall from level to level, between 0 and 1; "
                "schedules that end at zero signal cannot be used"
            )

    @classmethod
    def of_betas(cls, betas: npt.ArrayLike) -> DiffusionLevels:
        """From the variances that each level adds, (T,)."""
        shares: npt.NDArray[np.float64] = 1.0 - np.asarray(betas, dtype=np.float64)
        return cls(np.cumprod(shares, dtype=np.float64))

    @classmethod
    def linear(
        cls, steps: int = 1000, beta_start: float = 1e-4, beta_end: float = 0.02
    ) -> DiffusionLevels:
        """As Ho et al. and guided-diffusion's ImageNet networks from 128 pixels were trained."""
        return cls.of_betas(np.linspace(beta_start, beta_end, steps))

    @classmethod
    def of_scheduler(cls, config: Mapping[str, Any], what: str) -> DiffusionLevels:
        """From a ``scheduler_config.json`` of diffusers.

        Parameters
        ----------
        config : dict
            ``beta_schedule`` "linear", "scaled_linear", "squaredcos_cap_v2" or "sigmoid", or
            ``trained_betas``; with ``beta_start``, ``beta_end`` and ``num_train_timesteps``.
        what : str
            The file, for messages.

        Raises
        ------
        ModelError
            It says something else.
        """
        try:
            if config.get("trained_betas") is not None:
                return cls.of_betas(config["trained_betas"])
            steps = int(config.get("num_train_timesteps", 1000))
            start = float(config.get("beta_start", 1e-4))
            end = float(config.get("beta_end", 0.02))
            if not 2 <= steps <= _MOST_LEVELS:
                raise ModelError(f"{what}: num_train_timesteps={steps}; 2 to {_MOST_LEVELS:,}")
            if config.get("rescale_betas_zero_snr"):
                raise ModelError(f"{what}: rescale_betas_zero_snr is not supported")
            return cls.of_betas(_betas(config.get("beta_schedule", "linear"), steps, start, end))
        except (TypeError, ValueError, OverflowError, SettingsError) as error:
            raise ModelError(f"{what} does not describe a diffusion: {error}") from None

    def at(self, signal: float, noise: float) -> Level:
        """The level with the same ratio of signal to noise.

        A signal that is ``signal * x_0 + noise * ε`` becomes y of level ᾱ = signal² / (signal² +
        noise²) when it is divided by sqrt(signal² + noise²). Between two trained levels the
        logarithm of the ratio is interpolated linearly. Beyond the first and the last, the answer
        is theirs: more noise than the network ever saw is taken for the most that it saw.

        Parameters
        ----------
        signal, noise : float
            Not both zero; neither negative.
        """
        ratios = _log_ratio(self.alpha_bars)
        whole = signal**2 + noise**2
        if signal <= 0:
            ratio = -np.inf
        elif noise <= 0:
            ratio = np.inf
        else:
            ratio = 2 * (np.log(signal) - np.log(noise))
        inside = float(np.clip(ratio, ratios[-1], ratios[0]))
        time = float(np.interp(-inside, -ratios, np.arange(len(ratios))))
        alpha_bar = float(1 / (1 + np.exp(-inside)))
        # Less noise than was trained: the signal keeps its strength. More: the whole keeps unit
        # variance, for a signal next to nothing would be blown up.
        scale = np.sqrt(alpha_bar) / signal if ratio >= inside else 1 / np.sqrt(whole)
        return Level(time, alpha_bar, float(scale))


def _log_ratio(alpha_bars: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    ratios: npt.NDArray[np.float64] = np.log(alpha_bars) - np.log1p(-alpha_bars)
    return ratios


def _betas(kind: Any, steps: int, start: float, end: float) -> npt.NDArray[np.float64]:
    if kind == "linear":
        return np.linspace(start, end, steps)
    if kind == "scaled_linear":
        return np.asarray(np.linspace(start**0.5, end**0.5, steps) ** 2)
    if kind == "sigmoid":
        return np.asarray((end - start) / (1 + np.exp(-np.linspace(-6, 6, steps))) + start)
    if kind == "squaredcos_cap_v2":
        # Nichol and Dhariwal (arXiv 2102.09672), equation 17.
        bars = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
        return np.asarray(np.minimum(1 - bars[1:] / bars[:-1], 0.999), dtype=np.float64)
    raise ValueError(
        f"beta_schedule={kind!r}; linear, scaled_linear, squaredcos_cap_v2 or sigmoid is needed"
    )
