"""Stopping at numbers that are not finite, saving to the bit, and branching off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge import moments
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.errors import InputError, SavedRunError, SettingsError
from tests.bridge.toys import FEW, Bent, Classifier, picture, problem, run_to_end, started
from tests.oracles.bridge_loop import sample


class BadAt(Bent):
    """A network that fails at one step of the bridge."""

    bad = -1

    def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
        found = super().forward(x, step, x1)
        return found * float("inf") if step == self.bad else found


class BadSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: torch.Tensor) -> torch.Tensor:
        return given.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient * float("nan")


class BadLater:
    """A classifier that fails at its fourth call."""

    def __init__(self, spoil: Any) -> None:
        self.calls, self.spoil, self.good = 0, spoil, Classifier()

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        answers = self.good(pictures)
        return self.spoil(answers) if self.calls == 4 else answers


def _bad_network() -> dict[str, Any]:
    network = BadAt()
    network.bad = started().steps[3]
    return {"network": network}


FAULTS: dict[str, tuple[Any, str]] = {
    "network": (_bad_network, "the network's output"),
    "classifier": (
        lambda: {"classifier": BadLater(lambda answers: answers * float("nan"))},
        "the classifier's log-probabilities",
    ),
    "classifier is certain it is not": (
        lambda: {"classifier": BadLater(lambda answers: (0 * answers.exp()).log())},
        "the classifier's log-probabilities",
    ),
    "gradient": (
        lambda: {"classifier": BadLater(BadSlope.apply)},
        "the gradient through classifier and network",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_stops_before_the_first_step_that_is_not_finite(fault: str):
    make, source = FAULTS[fault]
    good, sampler = started(), started(**make())
    for _ in range(3):
        good.advance()
    run_to_end(sampler)
    assert sampler.at == 3
    assert sampler.done
    step = sampler.steps[3]
    assert f"at step 4 of 7 (the bridge's step {step}): it came from {source}." in sampler.failure
    assert "those after 3 steps" in sampler.failure
    assert torch.equal(sampler.x, good.x)
    assert torch.equal(sampler.finished_images(), good.estimate)
    np.testing.assert_array_equal(sampler.probabilities, good.probabilities)
    sampler.advance()
    assert sampler.at == 3


def test_a_term_that_is_not_finite_is_named():
    asked = replace(FEW, weights={"lpips": 1.0})
    sampler = started(asked, lpips=lambda a, b: (a - b).flatten(1).mean(1) * float("nan"))
    sampler.advance()
    assert "at step 1 of 7" in sampler.failure
    assert "from the term lpips" in sampler.failure
    assert torch.isfinite(sampler.finished_images()).all()


def test_too_strong_a_scale_is_told_as_such():
    as_floats = {
        "network": Bent().float(),
        "classifier": Classifier().float(),
        "image": picture().float(),
    }
    sampler = run_to_end(started(replace(FEW, scale=3e38, normalise=False), **as_floats))
    assert "not finite" not in sampler.failure
    assert "Not a finite number at step" in sampler.failure


def test_a_probability_of_0_only_matters_to_guidance():
    def certain(pictures: torch.Tensor) -> torch.Tensor:
        return torch.tensor([0.0, -torch.inf, -torch.inf]).expand(len(pictures), 3)

    sampler = run_to_end(started(replace(FEW, scale=0.0), classifier=certain))
    assert not sampler.failure
    assert sampler.probabilities[-1].tolist() == [[1, 0, 0]] * 3


@pytest.mark.parametrize("changes", [{}, {"ot_ode": False}, {"scale": 0.0}])
@pytest.mark.parametrize("steps", [0, 3, 7])
def test_saved_and_gone_on_it_is_the_same_to_the_bit(changes: dict[str, Any], steps: int):
    asked = replace(FEW, **changes)
    whole = started(asked)
    for _ in range(steps):
        whole.advance()
    state = {
        name: value.clone() if isinstance(value, torch.Tensor) else value
        for name, value in whole.state().items()
    }
    other = started(asked)
    other.restore(state)
    assert other.at == steps
    assert torch.equal(other.estimate, whole.estimate)
    assert other.kept.keys() == whole.kept.keys()
    run_to_end(whole)
    run_to_end(other)
    assert torch.equal(whole.finished_images(), other.finished_images())
    assert torch.equal(whole.x, other.x)
    np.testing.assert_array_equal(whole.probabilities, other.probabilities)
    again = {"branch": whole.branched(2, problem(target=1), asked)}
    again["other"] = other.branched(2, problem(target=1), asked)
    assert torch.equal(run_to_end(again["branch"]).x, run_to_end(again["other"]).x)


def test_a_failure_is_saved_too():
    sampler = run_to_end(started(**_bad_network()))
    other = started(**_bad_network())
    other.restore(sampler.state())
    assert other.failure == sampler.failure
    assert other.done


def test_what_belongs_to_another_sampler_is_refused():
    sampler = started()
    sampler.advance()
    state = sampler.state()
    for other in (
        started(replace(FEW, nfe=6)),
        started(numbers=range(1, 4)),
        started(target=1),
        Sampler(problem(), FEW, 12, range(3)),
    ):
        with pytest.raises(SavedRunError, match="another seed"):
            other.restore(state)
    for name in ("at", "x1", "now_x", "now_second", "now_lengths", "classes", "identity"):
        with pytest.raises(SavedRunError):
            started().restore({key: value for key, value in state.items() if key != name})
    for name in ("x1", "estimate", "kept0_x", "now_first", "probabilities"):
        with pytest.raises(SavedRunError, match="expected"):
            started().restore({**state, name: torch.zeros(2, 2)})


def _parted(sampler: Sampler, at: int, **how: Any) -> dict[str, list[torch.Tensor]]:
    """The written-out loop from where a sampler was."""
    moment = sampler._moments.get(at)
    assert moment is not None
    memory = None
    if how.pop("remembers"):
        assert moment.guidance is not None
        memory = {
            "m": moment.guidance.first[1],
            "v": moment.guidance.second[1],
            "length": moment.guidance.lengths[1],
            "k": torch.tensor(moment.guidance.count),
        }
    return sample(
        how["problem"],
        how["settings"],
        11,
        1,
        sampler.borders[at:],
        start=moment.x[1],
        memory=memory,
    )


@pytest.mark.parametrize("noisy", [False, True])
def test_a_branch_is_a_sampler_begun_at_that_point(noisy: bool):
    asked = replace(FEW, ot_ode=not noisy)
    sampler = run_to_end(started(asked))
    for target, scale, remembers in ((2, 2.0, True), (1, 0.5, False), (2, 0.5, True)):
        new = problem(target=target)
        how = replace(asked, scale=scale)
        branch = sampler.branched(4, new, how)
        assert branch.at == 4
        assert torch.equal(branch.x, sampler.kept[4])
        np.testing.assert_array_equal(branch.probabilities, sampler.probabilities[:4])
        run_to_end(branch)
        expected = _parted(sampler, 4, problem=new, settings=how, remembers=remembers)
        torch.testing.assert_close(branch.x[1], expected["x"][-1])
        assert branch.probabilities.shape == (7, 3, 3)
        if (target, scale) == (2, 0.5):
            assert torch.equal(branch.x, sampler.x)


def test_a_branch_from_now_and_from_the_start():
    sampler = started()
    for _ in range(3):
        sampler.advance()
    now = sampler.branched(3, problem(), FEW)
    assert torch.equal(now.estimate, sampler.estimate)
    assert torch.equal(run_to_end(now).x, run_to_end(started()).x)
    begun = run_to_end(sampler.branched(0, problem(target=1), FEW))
    assert torch.equal(begun.x, run_to_end(started(target=1)).x)
    twice = begun.branched(5, problem(), FEW)
    assert twice.at == 5
    plain = run_to_end(sampler.branched(2, problem(), replace(FEW, scale=0.0)))
    led = plain.branched(6, problem(), FEW)
    assert led._guidance is not None
    assert led._guidance.count == 0


def test_after_a_failure_it_goes_on_from_the_last_good_step():
    sampler = run_to_end(started(**_bad_network()))
    network = sampler.problem.network
    assert isinstance(network, BadAt)
    network.bad = -1
    branch = run_to_end(sampler.branched(3, sampler.problem, FEW))
    assert not branch.failure
    torch.testing.assert_close(branch.x, run_to_end(started()).x)


def test_of_many_classes_a_branch_does_not_know_the_past_of_a_new_one():
    network, classifier = Bent(), Classifier(classes=1001)
    sampler = started(network=network, classifier=classifier)
    run_to_end(sampler)
    other = problem(network=network, classifier=classifier, target=7)
    branch = run_to_end(sampler.branched(5, other, FEW))
    assert branch.classes.tolist() == [0, 2, 7]
    assert np.isnan(branch.probabilities[:5, :, 2]).all()
    assert np.isfinite(branch.probabilities[5:]).all()


def test_a_branch_keeps_picture_region_network_and_steps():
    network = Bent()
    sampler = run_to_end(started(network=network))
    for at in (-1, 8):
        with pytest.raises(SettingsError, match="0 to 7"):
            sampler.branched(at, sampler.problem, FEW)
    for name, value in (("nfe", 6), ("start_step", 50), ("ot_ode", False)):
        with pytest.raises(SettingsError, match=name):
            sampler.branched(3, sampler.problem, replace(FEW, **{name: value}))
    elsewhere = sampler.problem.region.flip(0)
    for changes in ({"image": -picture()}, {"region": elsewhere}):
        with pytest.raises(InputError, match="same picture and region"):
            sampler.branched(3, problem(network=network, **changes), FEW)
    with pytest.raises(InputError, match="same network"):
        sampler.branched(3, problem(network=Bent()), FEW)


@pytest.mark.parametrize(("room", "expected"), [(7, range(7)), (3, (0, 3, 6)), (1, (0,)), (0, ())])
def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch, room: int, expected: Any):
    one = 3 * 3 * 36 * 8
    monkeypatch.setattr(moments, "KEPT_BYTES", room * one + 5)
    sampler = run_to_end(started())
    assert sorted(sampler.kept) == list(expected)
    branch = sampler.branched(5, problem(target=1), FEW)
    assert branch.at == max((at for at in expected if at <= 5), default=0)
    run_to_end(branch)
    assert branch.at == 7


def test_the_bound_is_the_one_that_is_documented():
    assert moments.KEPT_BYTES == 64 * 1024**2
    long = Schedule.symmetric(1000)
    sampler = started(replace(FEW, nfe=100, start_step=600), network=Bent(schedule=long))
    assert sampler._moments._stride == 1
