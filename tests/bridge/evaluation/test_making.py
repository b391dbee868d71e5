"""Samples of the method itself, in an evaluation: a random network and a linear classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.evaluation import evaluate, start_evaluation
from rex_widgets.bridge.evaluation.making import Making
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import SettingsError

SIDE = 16
SCHEDULE = Schedule.symmetric()
SETTINGS = RcsbSettings(
    nfe=4, n_inpaints=2, cell_size=4, noise=0.0, noise_samples=1, seed=3, scale=3.0
)


class FlatNetwork(torch.nn.Module):
    """Believes that the picture is what it sees, a little greyer."""

    schedule, channels, size, multiple, name = SCHEDULE, 1, None, 1, "flat"

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        """(x_t - x_0) / σ_t for x_0 = 0.8 x_t."""
        return 0.2 * x / float(SCHEDULE.forward[step])


class Bright(torch.nn.Module):
    """Dark, grey or bright."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits."""
        mean = pictures.mean((1, 2, 3))
        # a weight for every place, or attributions of the cells would all be the same
        slope = torch.linspace(0.5, 1.5, SIDE)
        tilted = (pictures * slope).mean((1, 2, 3))
        return 20 * torch.stack([0.5 - mean, torch.zeros_like(mean), tilted - 0.5], 1)


IMAGES = np.random.default_rng(0).integers(0, 90, (3, SIDE, SIDE), np.uint8)


def _making(**given: Any) -> Making:
    return Making(Bright(), FlatNetwork(), given.pop("settings", SETTINGS), **given)


def test_outside_the_region_nothing_changes_and_inside_it_turns_brighter() -> None:
    found = start_evaluation(
        IMAGES, Bright(), targets=2, settings=SETTINGS, network=FlatNetwork(), controls=("none",)
    )
    rows = [told.row for told in found]
    assert len(rows) == 3 and all(row.samples == 2 and not row.failure for row in rows)
    assert all(0.2 < row.area <= 0.3 for row in rows)
    assert all(row.p_target_after > row.p_target_before for row in rows)
    assert all(row.seconds > 0 and row.cout is not None for row in rows)


def test_samples_are_the_image_outside_the_region() -> None:
    making = _making()
    image = torch.from_numpy(IMAGES[0]).float()[None] / 255
    region = making.region(image, 0, 0)
    from rex_widgets.bridge.evaluation.rows import Question

    made = making.make(image, region, Question(0, "none", 0, 2))
    assert made.samples.shape == (2, 1, SIDE, SIDE)
    assert torch.equal(made.samples[:, :, ~region], image[:, ~region].expand(2, -1, -1))
    assert not torch.equal(made.samples[0], made.samples[1])
    again = making.make(image, region, Question(0, "none", 0, 2))
    assert torch.equal(made.samples, again.samples)


def test_controls_have_the_area_that_they_should() -> None:
    making = _making()
    image = torch.from_numpy(IMAGES[0]).float()[None] / 255
    region = making.region(image, 0, 0)
    other = making.controlled(region, 0, "random")
    assert int(other.sum()) == int(region.sum()) and not torch.equal(other, region)
    assert torch.equal(making.controlled(region, 0, "inverse"), ~region)
    assert making.controlled(region, 0, "none") is region


def test_own_regions() -> None:
    region = np.zeros((SIDE, SIDE), bool)
    region[:4] = True
    found = evaluate(
        IMAGES, Bright(), targets=2, settings=SETTINGS, network=FlatNetwork(), regions=region
    )
    areas = [row.area for row in found.rows]
    assert areas == [0.25, 0.75, 0.25] * 3
    several = _making(regions=np.stack([region, ~region]))
    image = torch.from_numpy(IMAGES[0]).float()[None] / 255
    assert several.region(image, 1, 0)[5, 5] and not several.region(image, 0, 0)[5, 5]
    by_class = _making(regions=lambda image, source: image[0] > source)
    assert torch.equal(by_class.region(image, 0, 0), image[0] > 0)


def test_a_model_without_gradient_is_asked_by_the_best_of_many() -> None:
    model = Bright()

    def black_box(pictures: torch.Tensor) -> np.ndarray[Any, Any]:
        return torch.softmax(model(pictures), 1).numpy()

    region = np.zeros((SIDE, SIDE), bool)
    region[:6] = True
    from dataclasses import replace

    settings = replace(SETTINGS, guidance="best_of", candidates=6, n_inpaints=2)
    found = evaluate(
        IMAGES[:1],
        black_box,
        targets=2,
        settings=settings,
        network=FlatNetwork(),
        regions=region,
        controls=("none",),
    )
    assert found.rows[0].samples == 2


@pytest.mark.parametrize(
    "wrong", [{"target": 1}, {"control": "inverse"}, {"area_from": "free_form"}]
)
def test_settings_of_one_image_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="give"):
        _making(settings=RcsbSettings(**wrong))


def test_a_network_must_be_given() -> None:
    with pytest.raises(SettingsError, match="No network was given"):
        evaluate(IMAGES, Bright())


def test_a_classifier_of_the_library_answers_as_its_module_does() -> None:
    from rex_widgets.bridge.evaluation.asking import answers_of, log_answers_of, pictured
    from rex_widgets.classifiers import as_classifier

    classifier = as_classifier(
        Bright(), input_shape=(None, 1, SIDE, SIDE), mean=0.0, std=1.0, runtime="eager"
    )
    made = pictured(classifier)
    pictures = torch.from_numpy(IMAGES).float()[:, None] / 255
    expected = torch.softmax(Bright()(pictures), 1)
    assert torch.allclose(answers_of(made)(pictures).float(), expected, atol=1e-6)
    assert torch.allclose(log_answers_of(made)(pictures).exp(), expected, atol=1e-6)
    given = {"targets": 2, "settings": SETTINGS, "network": FlatNetwork(), "controls": ("none",)}
    found = evaluate(IMAGES[:1], classifier, **given)
    plain = evaluate(IMAGES[:1], Bright(), **given)
    assert found.rows[0].area == plain.rows[0].area
    assert found.rows[0].p_target_after == pytest.approx(plain.rows[0].p_target_after, rel=1e-4)
