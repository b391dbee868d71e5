"""The world with the classifiers that come with the package."""

from __future__ import annotations

import pytest

from rex_widgets.latent.world.dataset import CORRELATIONS
from tests.latent.runs import bits, explained, started


@pytest.mark.parametrize(("n_corr", "corr_level"), CORRELATIONS)
def test_a_sample_is_explained(n_corr: int, corr_level: float) -> None:
    result = explained(
        "growing_spheres",
        [0, 1],
        "world",
        generator="world",
        n_corr=n_corr,
        corr_level=corr_level,
    )
    assert result.oracle
    assert result.found.all()
    assert result.own.tolist() == (1 - result.target).tolist()
    assert f"n_corr={n_corr} and corr_level={corr_level:g}" in " ".join(result.choices)


def test_steps_of_dice_lower_the_margin_that_is_missing() -> None:
    run = started("dice", [3], "world", generator="world", num_iters=2)
    first = run.wait()
    run.extend(steps=18)
    second = run.wait()
    assert (second.margins > first.margins).all()
    other = explained("dice", [3], "world", generator="world", num_iters=20)
    assert bits(other) == bits(second)
