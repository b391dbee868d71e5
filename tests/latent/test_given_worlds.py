"""A world itself in place of its name, as generator and as classifier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import RexWidgetsError, SettingsError
from rex_widgets.latent.settings import DiceSettings
from rex_widgets.latent.world.world import load_world
from tests.latent.runs import bits
from tests.latent.worlds import toy_world

__all__ = ["toy_world"]

pytestmark = pytest.mark.usefixtures("toy_world")
FEW: dict[str, Any] = {"method": "stylex", "num_explanations": 2, "seed": 0}


def test_there_is_one_world_of_a_setting() -> None:
    assert load_world() is load_world(10, 0.95) is load_world(n_corr=10)


def test_a_world_is_as_good_as_its_name() -> None:
    world = load_world()
    named = rw.explain(17, "world", generator="world", **FEW)
    for model, options in (
        ("world", {"generator": world}),
        (world, {"generator": world}),
        (world, {"generator": "world"}),
        (world, {}),
    ):
        given = rw.explain(17, model, **options, **FEW)
        assert bits(given) == bits(named)
        assert given.choices == named.choices
        assert given.settings == named.settings


def test_another_world_brings_its_correlation(tmp_path: Path) -> None:
    world = load_world(6, 0.5)
    run = rw.start(17, world, **FEW)
    found = run.wait()
    assert (found.settings.n_corr, found.settings.corr_level) == (6, 0.5)
    assert bits(found) == bits(rw.explain(17, "world", n_corr=6, corr_level=0.5, **FEW))
    assert bits(found) == bits(rw.explain(17, "world", generator=world, **FEW))
    run.save(tmp_path / "run.rex")
    assert bits(rw.load_run(tmp_path / "run.rex", world).result()) == bits(found)
    with pytest.raises(RexWidgetsError, match="both of the same world"):
        rw.load_run(tmp_path / "run.rex", load_world())


def test_an_own_classifier_of_the_worlds_pictures() -> None:
    def judge(pictures: torch.Tensor) -> torch.Tensor:
        light = pictures.mean((1, 2, 3))
        return torch.stack((-light, light), 1)

    named = rw.explain(17, judge, generator="world", **FEW)
    assert bits(rw.explain(17, judge, generator=load_world(), **FEW)) == bits(named)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_corr": 6}, "n_corr was 6, and a world with n_corr=10"),
        ({"corr_level": 0.5}, "corr_level was 0.5"),
        ({"latents": torch.zeros(3, 11)}, "latents was given"),
    ],
)
def test_what_contradicts_a_world(options: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        DiceSettings(generator=load_world(), **options)


def test_worlds_that_do_not_come_with_the_package() -> None:
    parts = ("n_corr", "corr_level", "generator", "classifier", "validation")
    for other in (replace(load_world(), n_corr=6), SimpleNamespace(**dict.fromkeys(parts, 0))):
        with pytest.raises(SettingsError, match=r"generator=world\.generator"):
            DiceSettings(generator=other)
        with pytest.raises(SettingsError, match=r"world\.latents"):
            rw.explain(17, other, generator="world", **FEW)


def test_a_message_shows_no_page_of_what_was_given() -> None:
    with pytest.raises(SettingsError) as told:
        DiceSettings(latents=torch.nn.Sequential(*[torch.nn.Linear(3, 3)] * 50))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400
