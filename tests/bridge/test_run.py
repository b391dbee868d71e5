"""A run of region-constrained counterfactuals, on a toy network and toy classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import ModelError, SettingsError
from tests.bridge.worlds import Quarters, ToyNetwork, lower_half, quick, square

SHAPE = {"input_shape": (1, 16, 16)}


def started(image: Any = None, model: Any = None, **options: Any) -> Any:
    image = square(0) if image is None else image
    model = Quarters().eval() if model is None else model
    return rw.start(image, model, method="rcsb", **{**SHAPE, **quick(target=2), **options})


def bits(found: RegionCounterfactuals) -> list[bytes]:
    names = ("before", "after", "region", "probabilities", "curve", "forming", "l1", "l2", "ssim")
    return [np.asarray(getattr(found, name)).tobytes() for name in names]


def test_a_run_from_its_beginning_to_its_end() -> None:
    run = started(second=Quarters(9.0).eval())
    first = run.result()
    assert (first.stage, first.source_class, first.target, first.message) == (
        "nothing yet",
        -1,
        -1,
        "",
    )
    assert first.samples == 2 and (first.after == first.before).all()
    assert np.isnan(first.probabilities).all() and np.isnan(first.curve).all()
    stages = []
    for progress in run:
        stages.append(progress.stage)
        assert 0 <= progress.fraction <= 1
        assert isinstance(run.result(), RegionCounterfactuals)
    # a look, a region, six steps, two samples asked about again
    assert stages == ["region"] * 2 + ["sampling"] * 8 + ["finished"]
    found = run.result()
    assert run.status == found.stage == "finished"
    assert (found.source_class, found.target) == (0, 2)
    assert found.evaluations.breakdown == {
        "look": 2, "region": 0, "sampling": 12, "verify": 2, "second": 2
    }  # fmt: skip
    assert found.statistics["network passes"] == found.statistics["backward passes"] == 12
    assert run.counted == "12 passes through the network"
    assert found.steps[0] == 599 and len(found.steps) == 6 == found.curve.shape[1]
    assert found.forming.shape == (6, 2, 16, 16, 1) and found.forming_steps.tolist() == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]
    assert (found.method, found.source, found.kind) == ("rcsb", "array", "image")
    assert found.second_before == 0 and found.second is not None and found.second.tolist() == [2, 2]
    assert not any(found.failures)
    assert not found.after.flags.writeable


def test_pixels_outside_the_region_are_those_given_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    whole = rng.integers(0, 256, (16, 16), dtype=np.uint8)
    floats = rng.random((16, 16)).astype(np.float32)
    for given, expected in ((whole, whole.astype(np.float32) / 255), (floats, floats)):
        found = started(given, target=None).wait()
        outside = ~found.region
        assert (found.before[..., 0] == expected).all()
        assert (found.after[:, outside, 0] == expected[outside]).all()
        assert (found.after[:, found.region, 0] != expected[found.region]).any()
        assert found.after.min() >= 0 and found.after.max() <= 1
        assert found.difference[:, outside].any() == False  # noqa: E712


def test_what_is_told_is_what_the_classifier_says_of_what_is_handed_out() -> None:
    model = Quarters().eval()
    found = started(model=model).wait()
    with torch.no_grad():
        scores = model(torch.tensor(found.after).permute(0, 3, 1, 2))
        before = model(torch.tensor(found.before).permute(2, 0, 1)[None])
    np.testing.assert_allclose(found.probabilities, scores.softmax(1), atol=1e-6)
    np.testing.assert_allclose(found.probabilities_before, before.softmax(1)[0], atol=1e-6)
    classes = scores.argmax(1).numpy()
    np.testing.assert_array_equal(found.reached, classes == 2)
    np.testing.assert_array_equal(found.flipped, classes != 0)
    np.testing.assert_array_equal(found.classes, classes)
    assert found.best == found.probabilities[:, 2].argmax()
    assert (found.image == found.after[found.best]).all()
    apart = (found.after - found.before).astype(np.float64)
    np.testing.assert_allclose(found.l1, np.abs(apart).mean((1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(found.l2, np.sqrt((apart**2).mean((1, 2, 3))), rtol=1e-5)
    assert found.area == 0.5 and found.lpips is None


def test_the_probability_rises_with_guidance_and_not_without() -> None:
    led = started(scale=12.0).wait()
    free = started(scale=0.0).wait()
    assert led.curve[:, -1, 1].min() > 0.5 > free.curve[:, -1, 1].max()


def test_two_and_two_more_are_four() -> None:
    together = started(n_inpaints=4).wait()
    run = started(n_inpaints=2)
    first = run.wait()
    assert "2 of 2" in first.message or "of 2 samples" in first.message
    run.extend(samples=2)
    assert run.status == "ready" and run.result().samples == 4
    assert bits(run.wait()) == bits(together)
    early = started(n_inpaints=1)
    for _ in range(3):
        early.step()
    early.extend(samples=3)
    assert bits(early.wait()) == bits(together)
    assert early.current_settings.n_inpaints == 4
    for amounts, words in (
        ({"steps": 3}, "goes on by samples: extend"),
        ({"samples": 0}, "samples=0"),
        ({"samples": 2.5}, "samples=2.5"),
        ({"samples": 300}, "256 at most"),
    ):
        with pytest.raises(SettingsError, match=words):
            run.extend(**amounts)


def test_the_same_seed_gives_the_same_and_batches_change_nothing() -> None:
    first = started().wait()
    assert bits(started().wait()) == bits(first)
    assert bits(started(batch_size=1).wait()) == bits(first)
    assert bits(started(seed=4).wait()) != bits(first)


def test_pause_go_on_and_cancel() -> None:
    run = started()
    for number, _ in enumerate(run):
        if number == 4:
            run.pause()
    assert run.status == "paused"
    half = run.result()
    assert half.stage == "sampling" and half.done.tolist() == [3, 3]
    assert np.isfinite(half.curve[:, :3]).all() and np.isnan(half.curve[:, 3:]).all()
    assert (half.after[:, ~half.region] == half.before[~half.region]).all()
    assert bits(run.wait()) == bits(started().wait())
    cancelled = started()
    for number, _ in enumerate(cancelled):
        if number == 4:
            cancelled.cancel()
    assert cancelled.status == "cancelled" and cancelled.result().done.tolist() == [3, 3]


def test_the_class_asked_for_is_the_second_most_probable_one_and_that_is_said() -> None:
    picture = square(0)
    picture[8:, 8:] = 160
    found = started(picture, target=None).wait()
    assert found.target == 3
    assert (
        'No class was asked for, so "class 3" was taken, the second most probable' in found.message
    )
    assert "target: the second most probable class" in found.choices


def test_the_message_is_a_sentence() -> None:
    led = started(scale=40.0, nfe=10, second=Quarters(15.0).eval()).wait()
    assert led.reached.all()
    sure = led.probabilities[led.best, 2]
    assert led.message == (
        f'2 of 2 samples are called "class 2" (at best {sure:.2f}) after a change of 50 % of the '
        "picture; the second classifier agrees on 2 of these."
    )
    free = started(scale=0.0, n_inpaints=1).wait()
    sure = free.probabilities[0, 2]
    assert free.message.startswith('The sample is not called "class 2" (at best ')
    assert free.message.endswith(") after a change of 50 % of the picture.")
    assert not free.reached.any() and sure < 0.5


def test_numbers_that_are_none_stop_a_sample_and_are_told() -> None:
    network = ToyNetwork()
    network.broken_at = 250
    run = started(network=network)
    found = run.wait()
    assert run.status == "finished"
    assert found.done.tolist() == [4, 4]
    assert np.isfinite(found.after).all() and np.isfinite(found.probabilities).all()
    assert all("step" in failure for failure in found.failures)
    assert "Samples 1 to 2 of 2 stopped before the end, at the last good step" in found.message
    assert (found.after[:, ~found.region] == found.before[~found.region]).all()


def test_another_class_and_other_settings() -> None:
    run = started()
    run.wait()
    other = run.for_target(3)
    assert other.result().stage == "region", "picture and region are known already"
    found = other.wait()
    assert found.target == 3 and found.evaluations.breakdown["look"] == 0
    assert bits(found) == bits(started(target=3).wait())
    more = run.changed(n_inpaints=4)
    assert more.result().done.tolist() == [6, 6, 0, 0]
    assert bits(more.wait()) == bits(started(n_inpaints=4).wait())
    assert bits(run.changed(scale=3.0).wait()) == bits(started(scale=3.0).wait())
    inverse = run.changed(control="inverse").wait()
    np.testing.assert_array_equal(inverse.region, ~lower_half())
    found_anew = run.changed(area_from="free_form", area=0.2).wait()
    assert 0.19 < found_anew.area < 0.21 and found_anew.region_source == "free-form strokes"
    drawn_again = run.changed(area_from="free_form").changed(region=lower_half())
    assert drawn_again.settings.area_from is None
    judged = run.changed(second=Quarters(9.0).eval()).wait()
    assert judged.second is not None and bits(judged) == bits(run.result())
    with pytest.raises(SettingsError, match="Unknown setting 'scal'"):
        run.changed(scal=3)


def test_going_on_from_a_step() -> None:
    run = started()
    run.wait()
    same = run.changed(from_step=3)
    assert same.result().done.tolist() == [3, 3]
    assert bits(same.wait()) == bits(run.result()), "the same question has the same answer"
    other = run.changed(from_step=3, target=3, scale=30.0)
    found = other.wait()
    assert (found.target, found.done.tolist()) == (3, [6, 6])
    np.testing.assert_array_equal(found.forming[:3], run.result().forming[:3])
    np.testing.assert_array_equal(found.curve[:, :3, 0], run.result().curve[:, :3, 0])
    assert (found.after != run.result().after).any()
    assert found.branches == (
        "the first 3 steps are those of a run toward 'class 2' with scale 12",
    )
    assert found.branches[0] in found.choices
    again = other.changed(from_step=5, scale=2.0).wait()
    assert len(again.branches) == 2
    assert found.evaluations.breakdown["sampling"] == 6


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"from_step": 7}, "from_step was 7, and 6 steps are done"),
        ({"from_step": 6}, "after which nothing is left"),
        ({"from_step": -1}, "from_step was -1; expected how many"),
        ({"from_step": "half"}, "from_step was 'half'"),
        ({"from_step": 3, "nfe": 12}, "from_step was given with nfe"),
        ({"from_step": 3, "area_from": "free_form"}, "given with area_from, region"),
    ],
)
def test_what_cannot_be_gone_on_from(given: dict[str, Any], words: str) -> None:
    run = started()
    run.wait()
    with pytest.raises(SettingsError, match=words):
        run.changed(**given)


def test_without_a_gradient_the_best_of_many_is_kept() -> None:
    model = Quarters().eval()

    def answers(batch: Any) -> Any:
        with torch.no_grad():
            return model(torch.tensor(batch)).numpy()

    few = {"guidance": "best_of", "candidates": 6}
    found = started(model=answers, **few).wait()
    one = started(model=answers, guidance="best_of", candidates=1).wait()
    assert (found.probabilities[:, 2] >= one.probabilities[:, 2].min()).all()
    assert found.probabilities[:, 2].mean() > one.probabilities[:, 2].mean()
    assert found.statistics["backward passes"] == 0
    assert found.runtime == "callable"
    assert bits(started(model=answers, **few).wait()) == bits(found)
    run = started(model=answers, n_inpaints=1, **few)
    run.wait()
    run.extend(samples=1)
    assert bits(run.wait()) == bits(found)


def test_a_distance_of_ones_own() -> None:
    def far(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return (first - second).abs().mean((1, 2, 3)) / 2

    found = started(lpips=0.5, lpips_from=far).wait()
    assert found.lpips is not None
    np.testing.assert_allclose(found.lpips, found.l1, rtol=1e-4)


def test_controls_are_of_the_same_area() -> None:
    random = started(region=None, area_from="free_form", area=0.25, control="random").wait()
    assert abs(random.area - 0.25) < 0.01
    assert random.region_source.startswith("random, of the same area as")


def test_what_if_is_refused_and_the_map_is_the_source_classs() -> None:
    run = started(region=None, area_from=None, cell_size=4, attribution="saliency")
    found = run.wait()
    assert found.region_map is not None
    assert found.evaluations.breakdown["region"] > 0
    np.testing.assert_array_equal(run.map_for(0), found.region_map)
    assert run.map_for(1) is None
    assert found.region_source == "saliency of 'class 0'"
    with pytest.raises(SettingsError, match="hides nothing"):
        run.what_if(lower_half())


def test_another_network_keeps_the_look_and_the_region() -> None:
    run = started()
    run.wait()
    other = ToyNetwork()
    other.kernel *= 0.8
    found = run.changed(network=other).wait()
    assert found.evaluations.breakdown["look"] == 0
    assert bits(found) == bits(started(network=other).wait())
    with pytest.raises(ModelError, match="takes other pictures than the run's"):
        run.changed(network=ToyNetwork(size=(32, 32)))
    assert bits(started().changed(network=other, seed=3).wait()) == bits(found)
