"""What a search inside a region finds, against models whose answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rex_widgets.causal.settings import STRATEGIES
from rex_widgets.report.words import explanation_text
from tests.causal.region_help import SQUARE, case, shown_outside, square_model
from tests.causal.strategy_help import all_bits, cells, explained, run_on
from tests.synthetic import RegionClassifier
from tests.synthetic_kinds import TwoPatches

SHAPE = (28, 30)


def box(r0: int, r1: int, c0: int, c1: int) -> NDArray[np.bool_]:
    """A rectangle of the picture."""
    region = np.zeros(SHAPE, np.bool_)
    region[r0:r1, c0:c1] = True
    return region


def row(model: Any, data: NDArray[np.float32], shown: NDArray[np.bool_]) -> int:
    """The class of what is shown, asked of the model directly."""
    return int(model.row(np.where(shown, data, 0).astype(np.float64)).argmax())


@pytest.mark.parametrize("outside", ["hidden", "visible"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_region_around_the_square_explains(strategy: str, outside: str) -> None:
    model, region = square_model(), box(6, 24, 8, 26)
    data = model.picture()
    found = explained(model, data, strategy, region=region, outside=outside)
    rest = np.zeros(SHAPE, np.bool_) if outside == "hidden" else ~region
    assert found.verified and row(model, data, found.mask | rest) == 1
    if strategy in ("contrastive", "complete"):
        without = (region & ~found.mask) | rest
        assert row(model, data, without) == 0
        assert found.parts[-1].without is not None and found.parts[-1].without.index == 0
    elif found.certificate is not None and found.certificate.irreducible:
        for less in cells(found.mask, found.certificate.cell):
            assert row(model, data, less | rest) == 0, "a cell was not needed"


@pytest.mark.parametrize("outside", ["hidden", "visible"])
def test_half_of_the_square(outside: str) -> None:
    """The upper half is just too little alone; with the rest visible it is not needed."""
    model = square_model(need=0.55)
    data, region = model.picture(), box(SQUARE[0], SQUARE[0] + 4, 0, 30)
    found = explained(model, data, "global", region=region, outside=outside)
    if outside == "hidden":
        assert found.stage == "none found" and not found.mask.any() and not found.verified
        assert "The region alone gives 'class 0'" in found.message
        assert "instead of 'class 1'" in found.message
        assert found.evaluations == found.evaluations.breakdown["look"] == 3
    else:
        # without the region the lower half (0.5) is too little, so that some of it is needed
        assert found.verified and found.area > 0
        assert not found.mask[: SQUARE[0]].any()
        places = int(np.ceil(0.05 * 64))
        assert found.pixels <= places + 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_region_that_is_not_needed(strategy: str) -> None:
    model, region = square_model(), box(0, 8, 0, 10)
    found = explained(model, model.picture(), strategy, region=region, outside="visible")
    assert found.stage == "meaningless" and not found.mask.any() and not found.map.any()
    assert "when all of the region is hidden and everything outside it is visible" in found.message
    assert "Not an explanation: meaningless" in explanation_text(found)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_region_beside_the_square_explains_nothing(strategy: str) -> None:
    model, region = square_model(), box(0, 8, 0, 10)
    run = run_on(model, model.picture(), strategy, region=region)
    found = run.wait()
    assert found.stage == "none found" and not found.mask.any() and not found.map.any()
    assert "nothing was searched" in found.message and run.progress.fraction == 1
    run.extend(iters=3)
    again = run.wait()
    assert again.message == found.message and run.status == "finished"


def test_a_confidence_that_the_region_does_not_reach() -> None:
    model = square_model()
    region = box(SQUARE[0], SQUARE[1], SQUARE[2], SQUARE[2] + 6)
    found = explained(model, model.picture(), "global", region=region, threshold=0.99)
    assert found.stage == "none found" and "less than the" in found.message
    assert explained(model, model.picture(), "global", region=region).verified


def test_another_class_is_looked_for_inside_the_region() -> None:
    model = RegionClassifier(SHAPE, [[(2, 10, 2, 10)], [(16, 24, 16, 24)]], need=0.3, gain=9)
    model.row = _first_wins(model.row)  # type: ignore[method-assign]
    data = model.picture()
    region = box(12, 28, 12, 30)
    found = explained(model, data, "global", region=region, target=2)
    assert found.verified and row(model, data, found.mask) == 2 and not found.mask[~region].any()
    nothing = explained(model, data, "global", region=box(0, 5, 20, 30), target=2)
    assert nothing.stage == "none found" and "No part of the region was found" in nothing.message
    assert not nothing.message.startswith("The region alone")


def _first_wins(of: Any) -> Any:
    def changed(data: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = of(data) * np.array([1.0, 1.5, 1.0])
        return np.asarray(scores / scores.sum())

    return changed


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", ["image", "signal", "table", "volume"])
def test_a_region_of_everything_changes_nothing(kind: str, strategy: str) -> None:
    model, data, _ = case(kind)
    whole = np.ones(data.shape[1:], np.bool_)
    for outside in ("hidden", "visible"):
        bounded = explained(model, data, strategy, region=whole, outside=outside)
        plain = explained(model, data, strategy)
        assert all_bits(bounded) == all_bits(plain)
        assert bounded.evaluations.breakdown == plain.evaluations.breakdown
        assert bounded.ranking is not None and plain.ranking is not None
        assert np.array_equal(bounded.ranking, plain.ranking)
        assert explanation_text(bounded).count("region") == 0


def test_spotlights_stay_inside() -> None:
    model = TwoPatches()
    data, region = model.data(), np.zeros((32, 32), np.bool_)
    region[16:32, 16:32] = True
    found = explained(model, data, "multi", region=region)
    assert found.parts and all(not (part.mask & ~region).any() for part in found.parts)
    second = model.truth()[1]
    assert all((part.mask & second).any() for part in found.parts)
    both = explained(model, data, "multi", region=~region)
    assert all(not (part.mask & second).any() for part in both.parts)


def test_the_batch_size_changes_nothing() -> None:
    model, data, region = case("volume")
    found = [
        explained(model, data, "multi", region=region, outside="visible", batch_size=size)
        for size in (1, 7, 64)
    ]
    assert all_bits(found[0]) == all_bits(found[1]) == all_bits(found[2])


def test_one_place() -> None:
    model = square_model(need=0.005)
    data, region = model.picture(), np.zeros(SHAPE, np.bool_)
    region[12, 14] = True
    found = explained(model, data, "global", region=region)
    assert found.verified and np.array_equal(found.mask, region)
    assert shown_outside(model, data, region)["else"] == 0


def test_complete_brings_back_what_the_region_has() -> None:
    """The confidence that a complete explanation has again is that of the region alone."""
    model = square_model()
    data, region = model.picture(), box(6, 24, 8, SQUARE[2] + 6)
    alone = float(model.row(np.where(region, data, 0).astype(np.float64))[1])
    found = explained(model, data, "complete", region=region)
    assert found.parts[-1].name == "complete" and found.verified
    assert (
        round(found.parts[-1].confidence, 2) == round(alone, 2) != round(found.target.confidence, 2)
    )
    beside = explained(model, data, "complete", region=region, outside="visible")
    assert round(beside.parts[-1].confidence, 2) == round(found.target.confidence, 2)


def test_another_class_than_that_of_the_region_has_no_complete_explanation() -> None:
    model = RegionClassifier(SHAPE, [[(2, 10, 2, 10)], [(16, 24, 16, 24)]], need=0.3, gain=9)
    model.row = _first_wins(model.row)  # type: ignore[method-assign]
    whole = explained(model, model.picture(), "complete", target=2)
    assert "whole input is another class" in whole.message
    inside = explained(model, model.picture(), "complete", target=2, region=box(12, 28, 0, 30))
    assert inside.verified and inside.parts[-1].name == "complete"
