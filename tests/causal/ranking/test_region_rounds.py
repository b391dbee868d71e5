"""Rankings inside a region: what an estimator learns from is what the model was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from rex_widgets.causal.bounded import BoundedEvaluator
from rex_widgets.causal.bounds import Bounds, bounds_of
from rex_widgets.causal.ranking import ESTIMATORS, Question
from rex_widgets.causal.ranking.grain import Grain
from rex_widgets.causal.ranking.rounds import Rounds
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, extent_of, slices_of
from rex_widgets.occlusion import background_of
from tests.causal.region_help import square_model


class Watched:
    """An estimator, with all that it was told."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.told: list[tuple[Mask, Entry]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def absorb(self, number: int, masks: Sequence[Mask], answers: Sequence[Entry]) -> None:
        self.told += zip(masks, answers, strict=True)
        self.inner.absorb(number, masks, answers)


def rounds_in(region: NDArray[np.bool_], name: str, outside: str) -> tuple[Rounds, Watched, Any]:
    model = square_model()
    data = model.picture()
    bounds = bounds_of(region, region.shape, outside)
    evaluator = BoundedEvaluator(model, data, background_of(0.0, data), bounds)
    evaluator.target = 1
    question = Question(extent_of(bounds.box), 0, 1, 0.9, 0.0, 40)
    rounds = Rounds(evaluator, name, question, bounds)
    watched = Watched(rounds._estimator)
    rounds._estimator = watched  # type: ignore[assignment]
    return rounds, watched, model


@pytest.mark.parametrize("outside", ["hidden", "visible"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_learns_from_what_was_shown(name: str, outside: str) -> None:
    region = np.zeros((28, 30), np.bool_)
    region[5:22, 6:27] = np.random.default_rng(0).random((17, 21)) < 0.7
    region[[5, 21], [6, 26]] = True
    bounds = Bounds(region.shape, region, outside)
    rounds, watched, model = rounds_in(region, name, outside)
    for _ in rounds.work(10):
        pass
    assert rounds.done == 10 and len(watched.told) == 400
    data = model.picture()
    for mask, answer in watched.told:
        part = np.zeros(region.shape, np.bool_)
        part[slices_of(bounds.box)] = mask.array()
        assert not part[~region].any(), "told of places that nobody saw"
        shown = part if outside == "hidden" else part | ~region
        probabilities = model.row(np.where(shown, data, 0).astype(np.float64))
        assert answer.target == np.float32(probabilities[1])
    responsibility = np.random.default_rng(1).random(region.shape)
    ranking = rounds.map(responsibility)
    assert ranking.shape == region.shape
    outside_box = np.ones(region.shape, np.bool_)
    outside_box[slices_of(bounds.box)] = False
    assert not ranking[outside_box].any()


def test_a_region_is_ranked_as_finely_as_a_whole_input() -> None:
    """The estimator's cells are those of the region's box: a small square is found in it."""
    region = np.zeros((28, 30), np.bool_)
    region[8:20, 10:22] = True
    rounds, watched, _ = rounds_in(region, "adaptive", "hidden")
    for _ in rounds.work(12):
        pass
    assert watched.inner._cells.shape == (12, 12)
    ranking = rounds.map(np.zeros(region.shape))
    square = np.zeros(region.shape, np.bool_)
    square[10:18, 12:20] = True
    assert ranking[square].mean() > ranking[region & ~square].mean()


@given(
    region=arrays(np.bool_, st.sampled_from([(23,), (9, 14), (5, 6, 7)])),
    places=st.integers(2, 40),
    seed=st.integers(0, 99),
)
def test_blocks_of_clipped_masks(region: NDArray[np.bool_], places: int, seed: int) -> None:
    """A block is known again from what a region leaves of it, and others are not made up."""
    assume(region.any())
    grain = Grain(region.shape, places)
    blocks = np.random.default_rng(seed).random(grain.shape) < 0.5
    held = grain.touched(region)
    assert np.array_equal(grain.touched(grain.fine(blocks) & region), blocks & held)
    assert np.array_equal(grain.touched(grain.fine(blocks)), grain.coarse(grain.fine(blocks)))
