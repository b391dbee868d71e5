"""Sufficient and necessary: asked of the model itself, and said honestly where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.causal.asking import Demand
from rex_widgets.causal.pairs import Both, PairAsker, PairDemand, rest_of
from rex_widgets.masks import full_mask, mask_of
from tests.causal.asking_help import asker_for, finish
from tests.causal.strategy_help import cells, explained, given
from tests.synthetic import AlwaysFirst, OnlyInCompany, RandomNet, Synthetic, softmax
from tests.synthetic_kinds import BallModel, RowRule, SpikeModel, TwoPatches


def holds(model: Any, data: NDArray[np.float32], mask: NDArray[np.bool_], target: int) -> bool:
    """Whether both halves hold."""
    return given(model, data, mask)[0] == target and given(model, data, ~mask)[0] != target


def test_either_of_two_patches_needs_both() -> None:
    """One patch is enough to give the class; without enough of both the rest still gives it."""
    model = TwoPatches()
    data = model.data()
    result = explained(model, data, "contrastive", minimise_budget=3000)
    assert result.stage == "verified" and result.verified and result.message == ""
    assert holds(model, data, result.mask, 1)
    one, two = model.truth()
    # 36 pixels a patch, half of them needed: 18 give more than half with the dim ones
    assert (result.mask & one).sum() >= 18 and (result.mask & two).sum() >= 18
    assert not (result.mask & ~one & ~two).any()
    sufficient, contrastive = result.parts
    assert (sufficient.name, contrastive.name) == ("sufficient", "contrastive")
    np.testing.assert_array_equal(contrastive.mask, result.mask)
    assert not (sufficient.mask & ~contrastive.mask).any()
    assert sufficient.mask.sum() < contrastive.mask.sum()
    assert given(model, data, sufficient.mask) == (1, sufficient.confidence)
    assert sufficient.verified and contrastive.verified
    assert contrastive.without is not None and contrastive.without.index == 0
    assert contrastive.without.confidence == given(model, data, ~result.mask)[1]


@pytest.mark.parametrize("model", [SpikeModel(), BallModel(), RowRule(), RowRule(either=True)])
def test_irreducible_for_both_in_every_kind_of_input(model: Any) -> None:
    data = model.data()
    result = explained(model, data, "contrastive", minimise_budget=4000, min_box_size=1)
    assert result.verified and holds(model, data, result.mask, 1)
    certificate = result.certificate
    assert certificate is not None and certificate.irreducible and certificate.pair
    assert "loses sufficiency or necessity" in certificate.text
    for rest in cells(result.mask, certificate.cell):
        assert not holds(model, data, rest, 1)


@settings(max_examples=25)
@examples(st.integers(0, 300), st.sampled_from([2000, 150, 40]), st.sampled_from([0.0, 0.6]))
def test_what_is_said_of_random_models_is_true(seed: int, budget: int, share: float) -> None:
    net = RandomNet((9, 9), classes=3, seed=seed, gain=3.0, bias=1.0)
    data = net.picture(seed)
    result = explained(
        net, data, "contrastive", minimise_budget=budget, minimum_confidence_threshold=share
    )
    target = result.target.index
    needed = share * result.target.confidence
    if result.stage == "meaningless":
        assert given(net, data, np.zeros((9, 9), bool))[0] == target
        return

    def both(mask: NDArray[np.bool_]) -> bool:
        found, confidence = given(net, data, mask)
        return found == target and confidence >= needed and given(net, data, ~mask)[0] != target

    if not result.verified:
        assert result.stage == "none found" and "half failed" in result.message
        assert not both(result.mask)
        assert given(net, data, np.zeros((9, 9), bool))[0] == target
        return
    assert both(result.mask)
    if result.certificate is not None and result.certificate.irreducible:
        for rest in cells(result.mask, result.certificate.cell):
            assert not both(rest)


def test_the_sufficient_half_fails() -> None:
    """A class that no part of the input gives: the nearest miss is shown, nothing is raised."""
    model = AlwaysFirst((8, 8))
    result = explained(model, np.ones((1, 8, 8), np.float32), "contrastive", target=1)
    assert result.stage == "none found" and not result.verified
    assert "sufficient half failed" in result.message
    (miss,) = result.parts
    assert not miss.verified and miss.without is None
    assert miss.name == "contrastive"


class HalfSure(Synthetic):
    """Class 1 whatever it is shown, but surely only with the upper half."""

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        return softmax([0.0, 0.5 + 4 * float(data[0, : len(data[0]) // 2].mean())])


def test_the_necessary_half_fails() -> None:
    """The empty input gives the class too, without the asked confidence."""
    model = HalfSure((12, 12))
    data = np.ones((1, 12, 12), np.float32)
    result = explained(model, data, "contrastive", minimum_confidence_threshold=0.8)
    assert result.stage == "none found" and not result.verified
    assert "necessary half failed" in result.message
    (miss,) = result.parts
    assert miss.without is not None and miss.without.index == 1
    assert given(model, data, miss.mask)[0] == 1
    assert miss.confidence >= 0.8 * result.target.confidence
    assert given(model, data, ~miss.mask) == (1, miss.without.confidence)


def test_the_whole_input_may_be_all_there_is() -> None:
    """Every feature is needed for the class, so that nothing can be left out."""
    model = RowRule(features=5, needed=(0, 1, 2, 3, 4))
    result = explained(model, model.data(), "contrastive", min_box_size=1, minimise_budget=400)
    assert result.verified
    assert result.mask.all()


def test_pairs_are_asked_within_the_budget() -> None:
    model = TwoPatches()
    data = model.data()
    evaluator = asker_for(model, data)._evaluator
    asker = PairAsker(evaluator, PairDemand(1, 0.0), "test", 11)
    assert asker.left == 5.5
    one, two = (mask_of(mask) for mask in model.truth())
    nothing = mask_of(np.zeros((32, 32), bool))
    answers = finish(asker.ask([full_mask((32, 32)), one, nothing]))
    # the rest of the empty mask is not asked: it is not sufficient
    assert asker.requests == 5
    assert [asker.demand.met(answer) for answer in answers] == [True, False, False]
    assert isinstance(answers[1], Both) and answers[1].without is not None
    assert answers[1].without.digest == rest_of(one).digest
    assert isinstance(answers[2], Both) and answers[2].without is None
    assert asker.nearest is not None and asker.nearest[0] == full_mask((32, 32))
    finish(asker.ask_alone(two))
    assert asker.requests == 7 and asker.left == 2


def test_the_slack_is_that_of_the_weaker_half() -> None:
    model = TwoPatches()
    data = model.data()
    evaluator = asker_for(model, data)._evaluator
    asker = PairAsker(evaluator, PairDemand(1, 0.0), "test")
    one = mask_of(model.truth()[0])
    (pair,) = finish(asker.ask([one]))
    assert isinstance(pair, Both) and pair.without is not None
    single = Demand(1, 0.0)
    assert single.met(pair) and single.met(pair.without)
    assert asker.demand.slack(pair) == min(single.slack(pair), -pair.without.margin(1)) < 0


def test_rounding_in_a_batch_does_not_lose_the_whole_input() -> None:
    """In company every answer is a little lower than alone; all the confidence is asked for."""

    class Rounded(TwoPatches):
        def __call__(self, batch: Any) -> NDArray[np.float32]:
            probabilities = super().__call__(batch)
            if len(batch) > 1:
                probabilities[:, 1] -= np.float32(1e-6)
            return probabilities

    model = Rounded(both=True)
    options = {"minimum_confidence_threshold": 1.0, "minimise_budget": 300}
    for strategy in ("contrastive", "spatial", "complete"):
        result = explained(model, model.data(), strategy, **options)
        assert result.verified, strategy
        assert result.confidence >= result.target.confidence


@pytest.mark.parametrize("strategy", ["contrastive", "complete", "spatial", "multi"])
def test_an_answer_that_depends_on_the_batch_is_told(strategy: str) -> None:
    model = OnlyInCompany((16, 16), [[(3, 9, 4, 10)]], need=0.4, spare_whole=False)
    result = explained(model, model.picture(), strategy, target=1)
    assert not result.verified
    assert "depends on what else is in the batch" in result.message
