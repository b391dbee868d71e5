"""The world as one object: its classifiers know their trade, and lean on the font."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.world.dataset import CORRELATIONS, draw_samples
from rex_widgets.latent.world.renderer import Renderer
from rex_widgets.latent.world.train import pictures_of, reliance, train
from rex_widgets.latent.world.world import load_world


@pytest.mark.parametrize(("n_corr", "level"), CORRELATIONS)
def test_a_classifier_is_right_nine_times_of_ten(n_corr: int, level: float) -> None:
    world = load_world(n_corr, level)
    logits = world.logits(world.latents(slice(0, 400)))
    right = (logits.argmax(1).numpy() == world.validation.labels[:400]).mean()
    assert right > 0.9


def test_what_correlates_is_relied_upon_more() -> None:
    samples = draw_samples(600, 10, 0.5, seed=9)
    relied = []
    for level in (0.5, 0.95):
        world = load_world(10, level)
        pictures = pictures_of(samples, world.generator.renderer)
        given = torch.cat([world.classifier(part).argmax(1) for part in pictures.split(200)])
        relied.append(reliance(world.classifier, samples, world.generator.renderer, 10, given))
    assert relied[1] > relied[0]


def test_the_generator_clamps_and_makes_the_inversion_black_or_white() -> None:
    world = load_world()
    latent = world.latents([5])
    far = latent.clone()
    far[:, 7:] = 100.0
    edge = latent.clone()
    edge[:, 7:] = world.statistics.maximum[7:]
    assert torch.equal(world.generator(far), world.generator(edge))
    grey = latent.clone()
    grey[:, 6] = (0.4 - world.statistics.mean[6]) / world.statistics.std[6]
    white = latent.clone()
    white[:, 6] = (0.0 - world.statistics.mean[6]) / world.statistics.std[6]
    assert torch.equal(world.generator(grey), world.generator(white))


def test_names_are_those_of_the_samples() -> None:
    world = load_world()
    assert world.names_of(world.latents([17])) == ["N in Caladea"]


def test_there_are_four_settings() -> None:
    with pytest.raises(SettingsError, match=r"expected 6 or 10, and 0\.5 or 0\.95"):
        load_world(7, 0.95)


def test_training_depends_on_the_seed_alone() -> None:
    samples = draw_samples(256, 6, 0.95, seed=0)
    pictures = pictures_of(samples, Renderer())
    state = torch.random.get_rng_state()
    one, same = (train(samples, pictures, seed=1, steps=3) for _ in range(2))
    other = train(samples, pictures, seed=2, steps=3)
    torch.random.set_rng_state(state)
    weights = [module.head.weight.detach().numpy() for module in (one, same, other)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
