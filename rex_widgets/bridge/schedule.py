"""How much noise lies between the picture and its destroyed copy at every step of the bridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rex_widgets.errors import SettingsError

LEAST = 1e-4
"""Noise of the first step, where nothing else is said."""

_Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Schedule:
    """The noise of a Schrödinger bridge between a picture x_0 and its destroyed copy x_1.

    Steps are numbered 0 to T-1; step 0 is next to the picture. All arrays are float64, shape
    ``(T,)``, positive and finite. Source: I²SB (arXiv 2302.05872), equations 6, 7 and 11.

    Parameters
    ----------
    betas : ndarray
        The variance that each step adds.
    forward : ndarray
        σ, the standard deviation that has gathered from x_0 up to and with a step; ascending.
    backward : ndarray
        σ̄, the same from x_1 down to and with a step; descending. The step itself counts in both.

    Raises
    ------
    SettingsError
        The arrays are not of one length, or not positive, finite and monotonous.
    """

    betas: _Float64
    forward: _Float64
    backward: _Float64

    def __post_init__(self) -> None:
        arrays = {"betas": self.betas, "forward": self.forward, "backward": self.backward}
        for name, values in arrays.items():
            if values.ndim != 1 or values.shape != self.betas.shape or len(values) < 2:
                raise SettingsError(
                    f"{name} has shape {values.shape}: a schedule has betas, forward and backward "
                    "of one length, at least 2 steps"
                )
            if not (np.isfinite(values).all() and (values > 0).all()):
                raise SettingsError(f"{name} holds values that are not positive and finite")
        if (np.diff(self.forward) <= 0).any() or (np.diff(self.backward) >= 0).any():
            raise SettingsError("forward has to rise with every step, and backward to fall")

    @classmethod
    def of_betas(cls, betas: npt.ArrayLike) -> Schedule:
        """The schedule of given variances ``(T,)``: σ² and σ̄² are their sums from either end."""
        added = np.array(betas, dtype=np.float64)
        if added.ndim != 1:
            raise SettingsError(f"betas has shape {added.shape}: it has to be (steps,)")
        if not (np.isfinite(added).all() and (added > 0).all()):
            raise SettingsError("betas holds values that are not positive and finite")
        return cls(added, np.sqrt(np.cumsum(added)), np.sqrt(np.cumsum(added[::-1])[::-1]))

    @classmethod
    def symmetric(
        cls, steps: int = 1000, beta_max: float = 1.0, beta_min: float = LEAST
    ) -> Schedule:
        """The schedule of I²SB: most noise in the middle, the second half mirrors the first.

        β is the square of a line from ``sqrt(beta_min)`` to ``sqrt(beta_max / steps)`` that is
        drawn over all steps; its first half is taken, then mirrored (METHODS §4).

        Parameters
        ----------
        steps : int
            T, even, at least 4.
        beta_max : float
            End of the line, in variance times steps.
        beta_min : float
            Start of the line, in variance; at most ``beta_max / steps``.

        Raises
        ------
        SettingsError
            `steps` is odd or below 4, or the line does not rise.
        """
        if steps < 4 or steps % 2:
            raise SettingsError(f"steps={steps}: a mirrored schedule has an even number, 4 or more")
        if not 0 < beta_min <= beta_max / steps < np.inf:
            raise SettingsError(
                f"beta_min={beta_min:g}, beta_max={beta_max:g}: "
                f"0 < beta_min <= beta_max / steps (here {beta_max / steps:g}) is needed"
            )
        line = np.linspace(np.sqrt(beta_min), np.sqrt(beta_max / steps), steps)
        half = line[: steps // 2] ** 2
        return cls.of_betas(np.concatenate([half, half[::-1]]))

    @property
    def steps(self) -> int:
        """T, how many steps there are."""
        return len(self.betas)

    def marginal(self, step: int) -> tuple[float, float, float]:
        """Weights of x_0 and x_1 in the mean of q(x_t | x_0, x_1), and its standard deviation.

        N((σ̄² x_0 + σ² x_1) / (σ̄² + σ²), σ² σ̄² / (σ̄² + σ²)); the weights add up to 1.

        Raises
        ------
        SettingsError
            There is no such step.
        """
        at = self._checked(step)
        return _product(float(self.backward[at]), float(self.forward[at]))

    def posterior(self, step_from: int, step_to: int) -> tuple[float, float, float]:
        """Weights of x_0 and x_n in the mean of p(x_m | x_0, x_n), and its standard deviation.

        The Gaussian product with σ_m and sqrt(σ_n² - σ_m²), where n is `step_from` and m is
        `step_to`; the weights add up to 1. Drawing x_n from its marginal and then x_m from here
        gives the marginal of x_m, but for the β that σ² and σ̄² share: σ² + σ̄² is the whole
        variance plus β_t.

        Raises
        ------
        SettingsError
            There is no such step, or `step_to` is not below `step_from`.
        """
        high, low = self._checked(step_from), self._checked(step_to)
        if low >= high:
            raise SettingsError(
                f"from step {step_from} to step {step_to}: a bridge is walked down, "
                "to a smaller number"
            )
        between = float(np.sqrt(self.forward[high] ** 2 - self.forward[low] ** 2))
        return _product(between, float(self.forward[low]))

    def spaced(self, nfe: int, start_step: int) -> tuple[int, ...]:
        """Step numbers from ``start_step - 1`` down to 0, evenly spaced.

        Parameters
        ----------
        nfe : int
            How many times the network is asked: there are ``nfe + 1`` numbers, or `start_step`
            of them when there are no more.
        start_step : int
            2 to T. T starts from x_1 itself, less from a picture half destroyed.

        Raises
        ------
        SettingsError
            `nfe` is below 1, or `start_step` out of range.
        """
        if nfe < 1:
            raise SettingsError(f"nfe={nfe}: at least 1 step is needed")
        if not 2 <= start_step <= self.steps:
            raise SettingsError(f"start_step={start_step}: it has to be 2 to {self.steps}")
        borders = min(nfe + 1, start_step)
        return tuple(round(at) for at in np.linspace(start_step - 1, 0, borders).tolist())

    def _checked(self, step: int) -> int:
        if not 0 <= step < self.steps:
            raise SettingsError(f"step {step}: the steps are 0 to {self.steps - 1}")
        return int(step)


def _product(std_of_other: float, std_of_first: float) -> tuple[float, float, float]:
    """Product of two Gaussians: the weight of each centre is the other's variance share."""
    whole = std_of_other**2 + std_of_first**2
    weight = std_of_other**2 / whole
    return weight, 1.0 - weight, std_of_other * std_of_first / float(np.sqrt(whole))
