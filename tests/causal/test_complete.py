"""Complete: contrastive, and further places until the confidence is that of the whole input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.causal.strategy_help import explained, given
from tests.synthetic import RandomNet, Synthetic, softmax
from tests.synthetic_kinds import BallModel, SpikeModel, TwoPatches


def confidence_of(model: Any, data: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    shown = np.where(mask, data, 0).astype(np.float64)
    return float(model.row(shown).astype(np.float32)[1])


class Evidence(Synthetic):
    """Class 1 by the share of the picture that is visible, more than half of it needed."""

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        return softmax([0.0, 4 * (float(data.mean()) - 0.3)])


@pytest.mark.parametrize("model", [SpikeModel(), BallModel(), TwoPatches()])
def test_three_parts_one_inside_the_other(model: Any) -> None:
    data = model.data()
    result = explained(model, data, "complete", minimise_budget=1000)
    assert result.verified and result.strategy == "complete"
    assert [part.name for part in result.parts] == ["sufficient", "contrastive", "complete"]
    assert all(part.verified for part in result.parts)
    sufficient, contrastive, complete = (part.mask for part in result.parts)
    assert (sufficient <= contrastive).all() and (contrastive <= complete).all()
    np.testing.assert_array_equal(complete, result.mask)
    whole = result.target.confidence
    assert round(result.parts[2].confidence, 2) == round(whole, 2)
    assert round(confidence_of(model, data, complete), 2) == round(whole, 2)
    assert given(model, data, ~contrastive)[0] != 1
    for part in result.parts:
        assert part.confidence == pytest.approx(confidence_of(model, data, part.mask), abs=1e-7)


def test_places_are_added_from_the_lowest_rank_up() -> None:
    model = Evidence((16, 16))
    data = np.ones((1, 16, 16), np.float32)
    result = explained(model, data, "complete", min_box_size=4)
    _, contrastive, complete = (part.mask for part in result.parts)
    added = complete & ~contrastive
    left = ~complete
    assert added.any() and left.any()
    assert result.ranking is not None
    assert result.ranking[added].max() <= result.ranking[left].min()
    # one step fewer and the confidence is another
    short = complete.copy()
    flat = np.flatnonzero(added)
    highest = flat[np.argsort(result.ranking.ravel()[flat], kind="stable")][-8:]
    short.reshape(-1)[highest] = False
    assert round(confidence_of(model, data, short), 2) != round(result.target.confidence, 2)


class OnlyWhole(Synthetic):
    """Class 1 with the upper rows; surely only when every pixel is there."""

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        upper = float(data[0, :3].mean() > 0.6)
        return softmax([0.0, 2 * upper - 1 + 2 * float(data.min() > 0)])


def test_the_whole_input_may_be_needed() -> None:
    data = np.ones((1, 9, 9), np.float32)
    result = explained(OnlyWhole((9, 9)), data, "complete")
    assert result.verified
    assert result.mask.all()
    assert not result.parts[1].mask.all()
    assert "Only the whole input" in result.message


def test_a_class_that_is_not_the_model_s_own_answer() -> None:
    """No mask has the whole input's confidence in a class that the whole input is not given."""
    found = 0
    for seed in range(12):
        net = RandomNet((9, 9), classes=3, seed=seed, gain=3.0)
        data = net.picture(seed)
        own = int(net.row(data.astype(np.float64)).argmax())
        empty = int(net.row(np.zeros((1, 9, 9))).argmax())
        other = next(c for c in (2, 1, 0) if c not in (own, empty))
        result = explained(net, data, "complete", target=other)
        if result.stage == "none found":
            assert "half failed" in result.message
            continue
        found += 1
        assert "no complete explanation" in result.message
        assert [part.name for part in result.parts] == ["sufficient", "contrastive"]
        assert given(net, data, result.mask)[0] == other != given(net, data, ~result.mask)[0]
    assert found


def test_no_contrastive_no_complete() -> None:
    net = RandomNet((6, 6), classes=3, seed=0, bias=50.0)
    data = net.picture()
    result = explained(net, data, "complete", target=1)
    assert result.stage == "none found" and not result.verified
    assert [part.name for part in result.parts] == ["contrastive"]
