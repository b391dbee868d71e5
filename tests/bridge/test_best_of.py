"""Without a gradient: what is kept is the best, and samples stay themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.best_of import BestOf
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.errors import SavedRunError, SettingsError
from tests.bridge.toys import FEW, Classifier, problem, region, run_to_end

PLAIN = replace(FEW, scale=0.0)


class Blind:
    """A classifier without a gradient, which counts what it is asked."""

    def __init__(self) -> None:
        self.rows, self.good = 0, Classifier()

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        assert not torch.is_grad_enabled()
        self.rows += len(pictures)
        return self.good(pictures.clone()).detach()


def blind(**changes: Any) -> Any:
    return problem(**{"classifier": Blind(), "differentiable": False, **changes})


def best_of(numbers: range = range(3), candidates: int = 5, **changes: Any) -> BestOf:
    return BestOf(blind(), replace(FEW, **changes), 11, numbers, candidates)


def test_each_sample_is_the_best_of_its_own():
    found = run_to_end(best_of(range(2, 5)))
    everything = run_to_end(Sampler(blind(), PLAIN, 11, range(10, 25)))
    pictures = everything.finished_images()
    with torch.no_grad():
        chances = Classifier()((pictures + 1) / 2)[:, 2].reshape(3, 5)
    assert found.best.tolist() == chances.argmax(1).tolist()
    assert len(set(found.best.tolist())) > 1
    rows = np.arange(3) * 5 + found.best
    torch.testing.assert_close(found.finished_images(), pictures[rows])
    np.testing.assert_allclose(found.probabilities, everything.probabilities[:, rows], rtol=1e-6)
    torch.testing.assert_close(found.estimate, everything.estimate[rows])
    torch.testing.assert_close(found.kept[3], everything.kept[3][rows])
    outside = found.finished_images()[..., ~region()]
    assert torch.equal(outside, found.problem.image[:, ~region()].expand_as(outside))


def test_ten_are_four_and_six_more():
    whole = run_to_end(best_of(range(10), batch_size=7)).finished_images()
    parts = [run_to_end(best_of(part)).finished_images() for part in (range(4), range(4, 10))]
    torch.testing.assert_close(torch.cat(parts), whole)


def test_before_the_end_the_best_stand_by_the_last_answer():
    found = best_of()
    assert found.estimate.shape == (3, 1, 6, 6)
    assert found.probabilities.shape == (0, 3, 0)
    while found.at < 4:
        found.advance()
    everything = Sampler(blind(), PLAIN, 11, range(15))
    for _ in range(4):
        everything.advance()
    of_target = everything.probabilities[-1][:, 2].reshape(3, 5)
    assert found.best.tolist() == of_target.argmax(1).tolist()
    assert found.fraction == 4 / 7
    assert not found.done


def test_the_classifier_is_asked_as_often_as_wished():
    found = run_to_end(best_of(looks=2))
    network = found.problem.log_probabilities
    assert isinstance(network, Blind)
    assert network.rows == 15 * (2 + 1)
    assert found.times.forwards.samples == 15 * 7
    assert found.times.classified.samples == 45
    assert found.times.backwards.calls == 0


def test_more_candidates_are_no_worse():
    one, many = (run_to_end(best_of(range(1), count)) for count in (1, 20))
    chances = [Classifier()((each.finished_images() + 1) / 2)[0, 2] for each in (one, many)]
    assert chances[1] > chances[0]


@pytest.mark.parametrize("steps", [0, 3, 7])
def test_saved_and_gone_on_it_is_the_same_to_the_bit(steps: int):
    found, other = best_of(), best_of()
    for _ in range(steps):
        found.advance()
    other.restore(found.state())
    assert other.best.tolist() == found.best.tolist()
    for each in (found, other):
        run_to_end(each)
    assert torch.equal(found.finished_images(), other.finished_images())
    assert other.best.tolist() == found.best.tolist()


def test_a_branch_chooses_for_another_class():
    found = run_to_end(best_of())
    branch = found.branched(5, blind(target=1), FEW)
    assert branch.at == 5
    of_target = found._all.probabilities[4][:, 1].reshape(3, 5)
    assert branch.best.tolist() == of_target.argmax(1).tolist()
    fresh = run_to_end(BestOf(blind(target=1), FEW, 11, range(3), 5))
    assert torch.equal(run_to_end(branch).finished_images(), fresh.finished_images())
    assert run_to_end(found.branched(0, blind(), FEW)).best.tolist() == found.best.tolist()


def test_failures_are_told():
    class Bad(Blind):
        def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
            return super().__call__(pictures) * (float("nan") if self.rows > 15 * 7 else 1.0)

    found = run_to_end(BestOf(blind(classifier=Bad()), FEW, 11, range(3), 5))
    assert "finished samples are not numbers" in found.failure
    assert found.at == 7
    assert found.best.shape == (3,)
    nothing = run_to_end(
        BestOf(blind(classifier=lambda p: Classifier()(p) * torch.nan), FEW, 11, range(3), 5)
    )
    assert "at step 1 of 7" in nothing.failure
    assert nothing.at == 0
    assert torch.isfinite(nothing.finished_images()).all()


def test_wrong_asking_is_refused():
    for candidates in (0, -1, True, 2.0):
        with pytest.raises(SettingsError, match="candidates"):
            BestOf(blind(), FEW, 0, range(2), candidates)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="step 1"):
        BestOf(blind(), FEW, 0, range(0, 6, 2))
    with pytest.raises(SavedRunError, match="candidates"):
        best_of(candidates=4).restore(best_of().state())
