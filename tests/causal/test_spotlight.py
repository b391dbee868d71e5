"""Several explanations: found in different places, each verified, none twice."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from tests.causal.strategy_help import all_bits, cells, explained, given
from tests.synthetic import AlwaysFirst
from tests.synthetic_kinds import BallModel, RowRule, SpikeModel, TwoPatches


def test_either_of_two_patches_is_found() -> None:
    model = TwoPatches()
    data = model.data()
    result = explained(model, data, "multi", spotlights=8, minimise_budget=2000)
    one, two = model.truth()
    assert any(not (part.mask & ~one).any() for part in result.parts)
    assert any(not (part.mask & ~two).any() for part in result.parts)
    separated = result.separate_by(0.0)
    assert len(separated.sets[0]) == 2
    for part in result.parts:
        assert part.verified
        assert given(model, data, part.mask) == (1, part.confidence)
        assert part.area == part.mask.mean()


def test_the_first_part_is_the_global_explanation() -> None:
    model = TwoPatches()
    alone = explained(model, model.data(), "global")
    many = explained(model, model.data(), "multi")
    assert many.parts[0].name == "spotlight 1"
    for result in (many, many.parts[0]):
        np.testing.assert_array_equal(result.mask, alone.mask)
        assert result.confidence == alone.confidence
        assert result.area == alone.area
        assert result.certificate == alone.certificate
    assert many.occlusions == alone.occlusions
    assert many.strategy == "multi"


@pytest.mark.parametrize("model", [SpikeModel(), BallModel(), RowRule(either=True)])
def test_in_every_kind_of_input(model: Any) -> None:
    data = model.data()
    result = explained(model, data, "multi", minimise_budget=2000, min_box_size=1)
    assert len(result.parts) >= 2
    for part in result.parts:
        assert given(model, data, part.mask)[0] == 1
        assert part.certificate is not None and part.certificate.irreducible
        for rest in cells(part.mask, part.certificate.cell):
            assert given(model, data, rest)[0] != 1


def test_equal_masks_are_one_part() -> None:
    """A single feature decides: every spotlight that finds it ends at the same mask."""
    model = RowRule(needed=(3,))
    result = explained(model, model.data(), "multi", spotlights=6, min_box_size=1)
    assert [part.mask.nonzero()[0].tolist() for part in result.parts] == [[3]]
    assert "5 ended at the same mask" in result.message


@pytest.mark.parametrize("objective", ["none", "mean", "max"])
def test_a_spotlight_that_fails_moves(objective: str) -> None:
    model = TwoPatches(patches=((20, 22),))
    options = {"spotlight_objective_function": objective, "spotlight_size": 4}
    options |= {"no_expansions": 2, "spotlights": 6}
    still = explained(model, model.data(), "multi", max_spotlight_budget=1, **options)
    moving = explained(model, model.data(), "multi", max_spotlight_budget=60, **options)
    assert len(still.parts) < 6, "every place was right at once: nothing is tested"
    assert "found none" in still.message
    assert len(moving.parts) > len(still.parts)
    names = {part.name for part in still.parts}
    assert names <= {f"spotlight {n}" for n in range(1, 7)}


def test_climbing_finds_what_is_up_the_hill() -> None:
    """With steps uphill in responsibility more is found in few places than without moving."""
    model = TwoPatches(patches=((12, 12),), side=8)
    options = {"spotlight_size": 5, "no_expansions": 1, "spotlights": 12, "iters": 20}

    def found(objective: str, places: int) -> int:
        options["spotlight_objective_function"] = objective
        result = explained(
            model, model.data(), "multi", max_spotlight_budget=places, minimise_budget=0, **options
        )
        return len(result.parts)

    assert found("mean", 6) > found("mean", 1)


def test_spotlights_do_not_depend_on_each_other() -> None:
    """The fourth of four finds what the fourth of eight does; the budget is shared by all."""
    model = TwoPatches()
    few = explained(model, model.data(), "multi", spotlights=4, minimise_budget=160)
    many = explained(model, model.data(), "multi", spotlights=8, minimise_budget=320)
    named = {part.name: part for part in many.parts}
    compared = 0
    for part in few.parts[1:]:
        if part.name in named:
            compared += 1
            np.testing.assert_array_equal(part.mask, named[part.name].mask)
    assert compared


def test_each_seed_has_its_places() -> None:
    model = TwoPatches()
    first = explained(model, model.data(), "multi")
    again = explained(model, model.data(), "multi")
    other = explained(model, model.data(), "multi", seed=1)
    assert all_bits(first) == all_bits(again)
    masks = {part.mask.tobytes() for part in first.parts}
    assert masks != {part.mask.tobytes() for part in other.parts}


def test_ten_spotlights_share_their_batches() -> None:
    """A call of the model carries questions of many spotlights, until the last ones move on."""
    model = TwoPatches()
    calls: dict[int, int] = {}
    evaluations: dict[int, int] = {}
    for count in (1, 2, 10):
        model.calls = 0
        result = explained(
            model, model.data(), "multi", spotlights=count, batch_size=64, minimise_budget=0
        )
        counts = result.evaluations.breakdown
        # every explanation is verified by a call of its own
        calls[count] = model.calls - counts["verify"]
        evaluations[count] = counts["spotlights"]
    assert evaluations[10] - evaluations[1] > 5 * (evaluations[2] - evaluations[1]) > 0
    assert (evaluations[10] - evaluations[1]) / (calls[10] - calls[1]) > 10


def test_pairs_of_parts_may_overlap_and_are_told_apart() -> None:
    model = TwoPatches(patches=((4, 4),), side=10)
    result = explained(model, model.data(), "multi", spotlights=8, spotlight_size=6)
    masks = [part.mask for part in result.parts]
    assert len(masks) > 2
    apart = result.separate_by(0.0)
    for chosen in apart.sets:
        for a, b in combinations(chosen, 2):
            assert not (masks[a] & masks[b]).any()
    assert len(result.separate_by(1.0).sets[0]) == len(masks)


def test_nothing_found_anywhere() -> None:
    result = explained(AlwaysFirst((8, 8)), np.ones((1, 8, 8), np.float32), "multi", target=1)
    assert result.stage == "none found"
    assert result.parts == () and not result.verified
    assert "No part" in result.message
