"""Networks, classifiers and distances that do not behave, and runs that go on from each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import InputError, ModelError
from tests.bridge.test_run import bits, started
from tests.bridge.worlds import Quarters, ToyNetwork


class Turned(ToyNetwork):
    """Gives something else than what is asked of it."""

    def __init__(self, turn: Any) -> None:
        super().__init__()
        self.turn = turn

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> Any:
        return self.turn(super().forward(x, step, x1))


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda found: [found], r"The network 'toy' returned a list for pictures \(4, 1, 16, 16\)"),
        (lambda found: found.detach().numpy(), "expected a tensor of the same shape"),
        (lambda found: found[:, :, 1:], r"returned shape \(4, 1, 15, 16\)"),
    ],
)
def test_a_network_that_gives_something_else(turn: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        started(network=Turned(turn), n_inpaints=5).wait()


@pytest.mark.parametrize("found", [3.0, None, np.zeros(2), torch.zeros(())])
def test_a_distance_that_is_none(found: Any) -> None:
    with pytest.raises(ModelError, match="expected a tensor with one distance for each"):
        started(lpips=0.1, lpips_from=lambda first, second: found).wait()


class Restless(ToyNetwork):
    """In training mode no two answers are the same."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = torch.nn.Dropout(0.3)

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.drop(super().forward(x, step, x1))
        return found


def test_a_network_in_training_mode_is_known_again(tmp_path: Path) -> None:
    network, model = Restless().train(), Quarters().train()
    whole = started(network=network, model=model).wait()
    run = started(network=network, model=model)
    steps = iter(run)
    for _ in range(4):
        next(steps)
    again = rw.load_run(run.save(tmp_path / "a.run"), model, network=network)
    assert network.training and network.drop.training and model.training
    assert bits(again.wait()) == bits(whole)


def test_gradients_toward_another_class_are_forgotten_for_good(tmp_path: Path) -> None:
    run = started()
    run.wait()
    direct = run.changed(from_step=2, target=3).wait()
    other = run.changed(from_step=4, target=3)
    other.wait()
    path = other.save(tmp_path / "b.run")
    loaded = rw.load_run(path, Quarters().eval(), network=run.settings.network)
    for branch in (other, loaded):
        assert bits(branch.changed(from_step=2).wait()) == bits(direct)


class Fragile(torch.nn.Module):
    """Answers so many times, and gives NaN then."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.quarters, self.left = Quarters(), times

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        found: torch.Tensor = self.quarters(pictures)
        return found if self.left >= 0 else found * float("nan")


def asked_for(name: str) -> int:
    """How often the classifier of that name is asked by a whole run of two samples."""
    model = Fragile(1000).eval()
    options: dict[str, Any] = {name: model}
    started(**options).wait()
    return 1000 - model.left


def test_a_classifier_that_fails_at_the_end_costs_the_answer_and_not_the_samples() -> None:
    whole = started().wait()
    model = Fragile(asked_for("model") - 1).eval()
    run = started(model=model, second=Quarters(9.0).eval())
    found = run.wait()
    assert run.status == found.stage == "finished"
    np.testing.assert_array_equal(found.after, whole.after)
    np.testing.assert_array_equal(found.probabilities[0], whole.probabilities[0])
    assert np.isnan(found.probabilities[1]).all() and found.classes.tolist() == [0, -1]
    assert found.best == 0 and not found.reached[1] and not found.flipped[1]
    assert found.failures[0] == "" and "NaN or infinite" in found.failures[1]
    assert "Sample 2 of 2: The classifier gives NaN or infinite values" in found.message
    second = started(second=Fragile(asked_for("second") - 1).eval()).wait()
    assert second.second is not None and second.second[1] == -1
    np.testing.assert_array_equal(second.probabilities, whole.probabilities)


@pytest.mark.parametrize("through_torch", [True, False])
def test_a_classifier_that_fails_on_the_way_stops_the_samples_there(through_torch: bool) -> None:
    module = Fragile(9 if through_torch else 6).eval()

    def function(batch: Any) -> Any:
        with torch.no_grad():
            return module(torch.tensor(np.asarray(batch))).numpy()

    more = {} if through_torch else {"guidance": "best_of", "candidates": 2}
    run = started(model=module if through_torch else function, **more)
    found = run.wait()
    assert run.status == found.stage == "finished"
    (done,) = set(found.done.tolist())
    assert 0 < done < 6
    assert f"Not a finite number at step {done + 1} of 6" in found.failures[0]
    assert "the classifier's log-probabilities" in found.message and "nan" not in found.message
    assert np.isfinite(found.after).all() and (found.after != found.before).any()


def test_what_fails_at_the_first_step_hands_out_and_judges_the_picture() -> None:
    network = ToyNetwork()
    network.broken_at = 999
    found = started(network=network).wait()
    assert found.done.tolist() == [0, 0] and (found.after == found.before).all()
    for row in found.probabilities:
        np.testing.assert_array_equal(row, found.probabilities_before)


def test_failures_are_told_once_for_all_samples_they_happened_to() -> None:
    network = ToyNetwork()
    run = started(network=network, n_inpaints=1)
    run.wait()
    network.broken_at = 250
    run.extend(samples=2)
    found = run.wait()
    assert found.failures[0] == ""
    assert "Samples 2 to 3 of 3 stopped before the end" in found.message


def test_a_second_classifier_that_gives_no_numbers_is_told_by_its_name() -> None:
    with pytest.raises(ModelError, match=r"The second classifier cannot be used: .*NaN"):
        started(second=lambda batch: np.full((len(batch), 3), np.nan))


def test_fewer_steps_than_asked_for_are_told() -> None:
    found = started(nfe=50, start_step=20).wait()
    assert len(found.steps) == 19
    assert "nfe: 19 steps, as start_step 20 leaves no more" in found.choices
    assert not any(choice.startswith("nfe") for choice in started().wait().choices)


def test_what_is_no_picture_is_told_before_a_network_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"region-constrained counterfactuals .* pictures only"):
        rw.start(np.zeros((8, 16, 16), np.float32), Quarters().eval(), method="rcsb", mode="voxel")


def test_inference_mode_around_the_call_is_told() -> None:
    with torch.inference_mode(), pytest.raises(ModelError, match=r"torch\.inference_mode\(\)"):
        started()


class Single(torch.nn.Module):
    """One output: how much brighter the third quarter is than the first."""

    def __init__(self) -> None:
        super().__init__()
        self.quarters = Quarters()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        found = self.quarters(pictures)
        return found[:, 2:3] - found[:, :1]


def test_the_class_of_a_sample_minds_the_classifiers_own_threshold() -> None:
    low = started(model=Single().eval(), target=1).wait()
    assert low.reached.all() and low.classes.tolist() == [1, 1]
    assert (low.probabilities[:, 1] > 0.5).all() and (low.probabilities[:, 1] < 0.9).all()
    high = started(model=Single().eval(), target=1, binary_threshold=0.9).wait()
    assert not high.reached.any() and not high.flipped.any()
    assert high.classes.tolist() == [0, 0]
