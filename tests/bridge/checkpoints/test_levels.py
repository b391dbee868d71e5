"""Noise levels of diffusion networks."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.bridge.checkpoints import DiffusionLevels
from rex_widgets.errors import ModelError, SettingsError

LINEAR = DiffusionLevels.linear()


def test_linear_levels_are_those_of_ho_et_al() -> None:
    assert LINEAR.alpha_bars[0] == pytest.approx(1 - 1e-4)
    assert LINEAR.alpha_bars[1] == pytest.approx((1 - 1e-4) * (1 - (1e-4 + 0.0199 / 999)))
    # the document's 4e-5 left at the end
    assert LINEAR.alpha_bars[-1] == pytest.approx(4.04e-5, rel=1e-2)


@pytest.mark.skipif(not importlib.util.find_spec("diffusers"), reason="needs diffusers")
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
        {"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 50},
        {"beta_schedule": "sigmoid", "num_train_timesteps": 200},
        {"trained_betas": [0.1, 0.2, 0.3]},
    ],
)
def test_levels_are_those_of_diffusers(config: dict[str, Any]) -> None:
    from diffusers import DDPMScheduler

    kind: Any = DDPMScheduler
    theirs = kind(**config).alphas_cumprod.numpy()
    assert DiffusionLevels.of_scheduler(config, "x").alpha_bars == pytest.approx(
        theirs, rel=2e-4, abs=1e-9
    )


@given(st.integers(0, 999), st.floats(0.01, 100))
def test_a_trained_level_is_found_whatever_the_scale(step: int, factor: float) -> None:
    bar = LINEAR.alpha_bars[step]
    level = LINEAR.at(factor * bar**0.5, factor * (1 - bar) ** 0.5)
    assert level.time == pytest.approx(step, abs=1e-6)
    assert level.alpha_bar == pytest.approx(bar)
    assert level.scale == pytest.approx(1 / factor)


def test_between_two_levels_the_log_ratio_is_interpolated() -> None:
    # signal to noise in variance: 8, 4, 1, so their logarithms to base 2 are 3, 2, 0
    levels = DiffusionLevels(np.array([8 / 9, 4 / 5, 1 / 2]))
    level = levels.at(2.0**0.5, 1.0)
    assert (level.time, level.alpha_bar) == (pytest.approx(1.5), pytest.approx(2 / 3))
    assert level.scale == pytest.approx(3**-0.5)


def test_beyond_the_ends_the_last_level_is_taken() -> None:
    levels = DiffusionLevels(np.array([8 / 9, 4 / 5, 1 / 2]))
    more = levels.at(0.1, 2.0)
    assert (more.time, more.alpha_bar) == (2, pytest.approx(0.5))
    assert more.scale == pytest.approx(4.01**-0.5)
    none = levels.at(0.0, 1.0)
    assert (none.time, none.scale) == (2, pytest.approx(1))
    less = levels.at(0.5, 0.0)
    assert (less.time, less.alpha_bar) == (0, pytest.approx(8 / 9))
    assert less.scale * 0.5 == pytest.approx((8 / 9) ** 0.5)


@pytest.mark.parametrize("bars", [[0.5, 0.5], [0.4, 0.5], [0.5, 0.0], [1.0, 0.5], [0.5], [[0.5]]])
def test_levels_that_do_not_fall_are_refused(bars: list[Any]) -> None:
    with pytest.raises(SettingsError, match=r"levels have shape|has to fall"):
        DiffusionLevels(np.array(bars))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"beta_schedule": "exotic"}, "beta_schedule='exotic'"),
        ({"num_train_timesteps": 10**9}, "num_train_timesteps=1000000000"),
        ({"rescale_betas_zero_snr": True}, "rescale_betas_zero_snr is not supported"),
        ({"beta_start": "a"}, "could not convert"),
        ({"trained_betas": [0.1, 2.0]}, "has to fall"),
    ],
)
def test_other_schedulers_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        DiffusionLevels.of_scheduler(config, "scheduler_config.json")
