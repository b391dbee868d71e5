"""Walking the bridge: from a picture to a step, from a step to an earlier one, and the estimate.

Pictures are tensors of one shape, in [-1, 1]. Without noise each formula gives its mean, which is
the OT-ODE variant of I²SB (arXiv 2302.05872, section 3.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from rex_widgets.bridge.schedule import Schedule


def q_sample(
    schedule: Schedule, step: int, x0: Tensor, x1: Tensor, noise: Tensor | None = None
) -> Tensor:
    """Draw x_t between `x0` and `x1`.

    Parameters
    ----------
    schedule : Schedule
        The bridge.
    step : int
        Where on it.
    x0, x1 : Tensor
        The picture and its destroyed copy.
    noise : Tensor, optional
        Standard normal values of the same shape; none: the mean.

    Returns
    -------
    Tensor
        Of the shape of `x0`.

    Raises
    ------
    SettingsError
        There is no such step.
    """
    of_x0, of_x1, std = schedule.marginal(step)
    mean = of_x0 * x0 + of_x1 * x1
    return mean if noise is None else mean + std * noise


def p_posterior(
    schedule: Schedule, n: int, m: int, x_n: Tensor, x0: Tensor, noise: Tensor | None = None
) -> Tensor:
    """Draw x_m from x_n and (an estimate of) `x0`, with m below n.

    Parameters
    ----------
    schedule : Schedule
        The bridge.
    n, m : int
        Step left, and step reached.
    x_n, x0 : Tensor
        The picture at step n, and what lies at the end of the bridge.
    noise : Tensor, optional
        Standard normal values of the same shape; none: the mean.

    Returns
    -------
    Tensor
        Of the shape of `x_n`.

    Raises
    ------
    SettingsError
        There is no such step, or m is not below n.
    """
    of_x0, of_x_n, std = schedule.posterior(n, m)
    mean = of_x0 * x0 + of_x_n * x_n
    return mean if noise is None else mean + std * noise


def estimate_x0(schedule: Schedule, step: int, x_t: Tensor, prediction: Tensor) -> Tensor:
    """The picture that a network's `prediction` of (x_t - x_0) / σ_t points at.

    Raises
    ------
    SettingsError
        There is no such step.
    """
    return x_t - _sigma(schedule, step) * prediction


def target_of(schedule: Schedule, step: int, x_t: Tensor, x0: Tensor) -> Tensor:
    """What a network is trained to predict, (x_t - x_0) / σ_t: the inverse of `estimate_x0`.

    Raises
    ------
    SettingsError
        There is no such step.
    """
    return (x_t - x0) / _sigma(schedule, step)


def _sigma(schedule: Schedule, step: int) -> float:
    schedule.marginal(step)
    return float(schedule.forward[step])
