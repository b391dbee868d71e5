"""Runs of latent counterfactuals: what they find, how they go on, and what they tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.latent import procedure
from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.explainers.dice import Dice
from rex_widgets.latent.knowledge import NEED_GRADIENTS
from rex_widgets.latent.settings import SETTINGS
from tests.latent.runs import FEW, SIZE, Decoder, Judge, bits, explained, latents, started

METHODS = [name for name in SETTINGS if name != "is"]
ITERATIVE = list(NEED_GRADIENTS)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_something_and_verifies_it(method: str) -> None:
    result = explained(method, **({"num_iters": 60} if method in ITERATIVE else {}))
    assert (result.method, result.stage, result.verified) == (method, "verified", True)
    assert result.counterfactuals.shape == (3, 3, SIZE)
    assert result.pictures.shape == (3, 3, 2, 4, 3)
    assert result.found.sum() >= 2
    # told by hand: the class is the sign of the first coordinate
    sign = result.counterfactuals[..., 0] > 0
    np.testing.assert_array_equal(sign != (result.latents[:, :1] > 0), result.changed)
    own = Judge()(Decoder()(torch.tensor(result.latents))).argmax(1)
    np.testing.assert_array_equal(result.own, own)
    np.testing.assert_array_equal(result.target, 1 - own)
    np.testing.assert_array_equal(result.verdict == "changed", result.changed)
    far = np.abs(result.counterfactuals - latents()[:, None]).sum(2)
    np.testing.assert_allclose(result.distance, far, rtol=1e-5)
    assert [bool(text) for text in result.diagnosis] == (~result.found).tolist()
    assert result.evaluations.breakdown["verify"] == 9
    assert result.evaluations == sum(result.evaluations.breakdown.values())
    # Dice may have moved what crossed back; a miss is never one that gives the class
    for row, miss in enumerate(result.nearest_miss):
        assert (miss == -1) == result.changed[row].all()
        assert miss == -1 or not result.changed[row, miss]


def test_the_same_seed_gives_the_same_and_another_not() -> None:
    assert bits(explained("dive")) == bits(explained("dive"))
    assert bits(explained("dive")) != bits(explained("dive", seed=1))
    free = explained("growing_spheres", seed=None)
    assert bits(explained("growing_spheres", seed=free.seed)) == bits(free)
    assert free.settings.seed == free.seed


def test_it_is_what_the_explainer_gives_when_called_alone() -> None:
    explainer: ExplainerBase = Dice(3, num_iters=12)
    generator, classifier, given = Decoder().eval(), Judge().eval(), torch.tensor(latents())
    with torch.no_grad():
        images = generator(given)
        logits = classifier(images)
    alone = explainer.explain_batch(given, logits, images, classifier, generator)
    np.testing.assert_allclose(explained("dice").counterfactuals, alone, atol=1e-5)


def test_results_at_any_time_never_call_the_models() -> None:
    decoder = Decoder().eval()
    run = started("dice", generator=decoder)
    stages = [run.result().stage]
    assert np.isnan(run.result().after).all()
    assert run.result().target.tolist() == [-1] * 3
    assert run.result().verdict.tolist() == [["unchanged"] * 3] * 3
    for _ in run:
        calls = run.result().statistics["generator calls"]
        before = decoder.forward
        decoder.forward = None  # type: ignore[assignment,method-assign]
        result = run.result()
        decoder.forward = before  # type: ignore[method-assign]
        assert result.statistics["generator calls"] == calls
        stages.append(result.stage)
        assert result.verified == (result.stage == "verified")
    order = ["nothing yet", "searching", "searched", "verified"]
    assert list(dict.fromkeys(stages)) == order
    assert run.result().seconds_in_model <= run.result().seconds


def test_progress_never_falls_back_and_ends_whole() -> None:
    run = started("growing_spheres")
    shares = [progress.fraction for progress in run]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("method", ITERATIVE)
def test_ten_steps_and_ten_more_are_twenty(method: str) -> None:
    options = {"lr": 0.02, "num_iters": 20}
    straight = explained(method, **options)
    run = started(method, **{**options, "num_iters": 10})
    run.wait()
    run.extend(steps=10)
    assert run.status == "ready"
    assert bits(run.wait()) == bits(straight)
    assert run.result().settings.num_iters == 20
    more = started(method, **{**options, "num_iters": 10})
    more.wait()
    other = more.changed(num_iters=20)
    again = other.wait()
    assert bits(again) == bits(straight)
    assert again.evaluations.breakdown.get("look", 0) == 0


def test_more_may_be_asked_for_while_it_runs_and_while_it_verifies() -> None:
    straight = explained("lcf", lr=0.02, num_iters=20)
    for stage in ("searching", "verifying"):
        run = started("lcf", lr=0.02, num_iters=10)
        for progress in run:
            if progress.stage == stage and run.iters == 10:
                run.extend(steps=10)
        assert bits(run.result()) == bits(straight)
        assert run.result().verified


def test_growing_spheres_take_more_rounds_and_come_nearer() -> None:
    run = started("growing_spheres")
    first = run.wait()
    run.extend(steps=4)
    second = run.wait()
    assert second.distance.mean() < first.distance.mean()
    assert second.verified


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"iters": 3}, "extend was given 'iters'"),
        ({"steps": 0}, "steps=0; expected a whole number"),
        ({"steps": True}, "steps=True"),
        ({"steps": 10**6}, "from 1 to 100,000"),
        ({}, "steps=0"),
    ],
)
def test_wrong_amounts_are_told(amounts: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        started().extend(**amounts)


def test_stylex_has_nothing_to_extend() -> None:
    run = started("stylex")
    with pytest.raises(SettingsError, match="nothing to extend"):
        run.extend(steps=3)
    assert run.wait().verified


def test_pausing_cancelling_and_going_on() -> None:
    straight = bits(explained("dive"))
    run = started("dive")
    seen = 0
    while run.status != "finished":
        for _ in run:
            seen += 1
            run.pause()
    assert seen > 5
    assert bits(run.result()) == straight
    run = started("dice")
    for progress in run:
        if progress.stage == "searching":
            run.cancel()
    assert run.status == "cancelled"
    assert run.result().stage == "searching"
    run.extend(steps=1)
    assert run.wait().verified


def test_many_samples_go_in_groups_with_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    given = latents(7)
    whole = explained("lcf", given)
    monkeypatch.setattr(procedure, "AT_ONCE", 6)
    run = started("lcf", given)
    parts = run.wait()
    assert len(run._procedure.searches) == 4
    np.testing.assert_allclose(parts.counterfactuals, whole.counterfactuals, atol=1e-5)
    assert parts.samples == 7
    assert bits(explained("dive", given)) == bits(explained("dive", given))
    noise = explained("dive", given, num_iters=1).moved
    assert not np.allclose(noise[0], noise[2]), "every group has random numbers of its own"


def test_another_class_reuses_the_look() -> None:
    run = started("lcf", np.eye(3, SIZE) * 2, Judge(4).eval(), target=3, num_iters=60)
    first = run.wait()
    assert first.target.tolist() == [3] * 3
    for index in (1, 2):
        with pytest.raises(InputError, match=f"Sample {index} is of class {index} already"):
            run.for_target(index)
    with pytest.raises(SettingsError, match="the classifier has the classes 0 to 3"):
        run.for_target(4)
    one = started("lcf", np.eye(1, SIZE) * 2, Judge(4).eval(), target=3, num_iters=60, lr=2)
    one.wait()
    second = one.for_target(2).wait()
    assert second.target.tolist() == [2]
    assert second.after[0].argmax(1).tolist() == [2] * 3
    assert "look" not in second.evaluations.breakdown


def test_other_settings_of_the_same_samples() -> None:
    run = started("dice")
    run.wait()
    assert run.changed(diversity_weight=0.0).wait().settings.diversity_weight == 0
    assert run.changed(num_explanations=2).wait().explanations == 2
    with pytest.raises(SettingsError, match="Unknown setting 'iters'"):
        run.changed(iters=3)
    with pytest.raises(SettingsError, match="Start a new run"):
        run.changed(generator="world")
    training = np.random.default_rng(0).normal(1, 2, (50, SIZE))
    scaled = run.changed(latents=training).wait()
    np.testing.assert_allclose(scaled.decoded_latents("latents"), latents(), atol=1e-5)
    assert scaled.std.mean() == pytest.approx(2, abs=0.5)
    assert bits(scaled) == bits(explained("dice", latents=training))


def test_what_means_nothing_here_is_refused_with_words() -> None:
    run = started()
    with pytest.raises(SettingsError, match="moves latents, and hides nothing"):
        run.what_if(np.ones((2, 4), bool))
    assert run.map_for(0) is None


def test_a_sample_on_the_boundary_is_told() -> None:
    given = latents(2)
    given[1, 0] = 0
    result = explained("lcf", given)
    assert "sample 1 lies on the boundary of two classes" in " ".join(result.choices)
    assert result.found[1]


def test_nothing_found_is_diagnosed_and_the_nearest_miss_given() -> None:
    far = np.full((1, SIZE), 2, np.float32)
    small = explained("lcf", far, lr=1e-5)
    assert not small.found[0]
    assert "The steps were too small" in small.diagnosis[0]
    places = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th"]
    assert f"nearest miss, the {places[small.nearest_miss[0]]} of them" in small.diagnosis[0]
    assert small.best[0] == small.nearest_miss[0] == small.margins[0].argmax()
    never = explained("lcf", far, lr=40, num_iters=4)
    assert "boundary was never crossed" in never.diagnosis[0]


def test_a_model_that_fails_midway_leaves_a_result() -> None:
    class Failing(Judge):
        calls = 0

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            if self.calls == 15:
                raise ValueError("no more memory")
            return super().forward(pictures)

    run = started("dice", None, Failing().eval())
    with pytest.raises(ValueError, match="no more memory"):
        run.wait()
    result = run.result()
    assert "no more memory" in result.message
    assert result.stage == "searching"
    assert bits(run.wait()) == bits(explained("dice"))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_answers_that_are_not_finite_count_as_nothing_found(value: float) -> None:
    class Bursting(Judge):
        """Cannot say anything of the other class's pictures."""

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            logits = super().forward(pictures)
            return torch.where(logits[:, 1:] > logits[:, :1], value, logits)

    given = np.full((2, SIZE), 0.5, np.float32)
    for method in ("growing_spheres", "stylex", "lcf"):
        result = explained(method, given, Bursting().eval())
        assert result.stage == "verified"
        assert not result.found.any()
        assert all(result.diagnosis)


def test_the_verification_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    class Batchy(Judge):
        """Says another class to a picture that comes alone."""

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            logits = super().forward(pictures)
            return logits if len(pictures) > 1 else torch.ones_like(logits) * logits.flip(1)

    result = explained("lcf", None, Batchy().eval(), num_iters=60)
    assert "have another class alone than in the search" in result.message
    assert not result.found.all()


def test_too_much_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(InputError, match="513 samples were given; expected 1 to 512"):
        started(image=latents(513))
    with pytest.raises(InputError, match=r"512 samples with 1000 .* are 512,000; at most 20,000"):
        started(image=latents(512), num_explanations=1000)

    class Large(Decoder):
        def forward(self, latents: torch.Tensor) -> torch.Tensor:
            return super().forward(latents)[:, :, :1, :1].expand(-1, -1, 512, 512)

    with pytest.raises(InputError, match="at most 1,024 are searched"):
        started(image=latents(2), generator=Large().eval(), num_explanations=600)


def test_no_gradient_is_told_at_once_and_the_others_do_without() -> None:
    @torch.no_grad()
    def classify(pictures: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = Judge()(pictures)
        return logits

    for method in ITERATIVE:
        with pytest.raises(ModelError, match=f"the method {method} needs one"):
            started(method, None, classify)
    for method in ("growing_spheres", "stylex"):
        assert explained(method, None, classify).verified


def test_the_release_is_offered() -> None:
    for method in METHODS:
        result = explained(method, release_compatible=True)
        assert result.settings.release_compatible
        assert result.verified
    assert FEW["num_explanations"] == 3
