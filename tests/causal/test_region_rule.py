"""Everything that a model sees obeys the region, whatever the strategy, ranking and kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rex_widgets.causal.settings import RANKINGS, STRATEGIES
from rex_widgets.results import Explanation
from tests.causal.region_help import case, shown_outside, square_model
from tests.causal.strategy_help import explained

KINDS = ("image", "signal", "table", "volume")


def check(found: Explanation, counts: dict[str, int], outside: str, region: Any) -> None:
    """The rule: nothing but the first look at the whole input is shown otherwise."""
    total = sum(counts.values())
    assert counts["else"] == 0
    if outside == "hidden":
        assert counts == {"hidden": total - 1, "visible": 1, "else": 0}
    else:
        assert counts == {"hidden": 0, "visible": total, "else": 0}
    assert not (found.mask & ~region).any()
    assert not any((part.mask & ~region).any() for part in found.parts)
    assert not found.map[~region].any()
    if found.map_error is not None:
        assert not found.map_error[~region].any()
    assert found.ranking is None or found.ranking[~region].max() <= found.ranking[region].min()


@pytest.mark.parametrize("outside", ["hidden", "visible"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_mutant_obeys(kind: str, strategy: str, outside: str) -> None:
    model, data, region = case(kind)
    found = explained(model, data, strategy, region=region, outside=outside)
    check(found, shown_outside(model, data, region), outside, region)
    assert found.verified and found.mask.any()
    assert found.area == pytest.approx(found.mask.mean())
    assert set(found.occlusions) == {"0", "mean", "blur"}


@pytest.mark.parametrize("outside", ["hidden", "visible"])
@pytest.mark.parametrize("ranking", RANKINGS)
def test_every_ranking_obeys(ranking: str, outside: str) -> None:
    for kind in ("image", "volume"):
        model, data, region = case(kind)
        found = explained(model, data, "global", region=region, outside=outside, ranking=ranking)
        check(found, shown_outside(model, data, region), outside, region)
        assert found.verified


OPTIONS: list[dict[str, Any]] = [
    {"responsibility_style": "multiplicative"},
    {"negative_responsibility": True},
    {"concentrate": True, "weighted": True},
    {"queue_style": "all", "search_limit": 60},
    {"queue_style": "dc", "search_limit": 60},
    {"queue_style": "intersection", "queue_len": "all", "search_limit": 60},
    {"distribution": "adaptive"},
    {"bounding_box": (4, 20, 5, 30)},
    {"stop_when_stable": True, "iters": 13},
    {"threshold": 0.9},
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("outside", ["hidden", "visible"])
def test_every_way_of_searching_obeys(options: dict[str, Any], outside: str) -> None:
    model, data, region = case("image")
    found = explained(model, data, "global", region=region, outside=outside, **options)
    check(found, shown_outside(model, data, region), outside, region)


@given(
    region=arrays(np.bool_, (9, 8)).filter(lambda mask: mask.any() and not mask.all()),
    outside=st.sampled_from(["hidden", "visible"]),
    strategy=st.sampled_from(STRATEGIES),
)
@settings(max_examples=40, deadline=None)
def test_random_regions(region: Any, outside: str, strategy: str) -> None:
    from tests.synthetic import RegionClassifier

    model = RegionClassifier((9, 8), [[(2, 6, 2, 6)]], need=0.4)
    data = model.picture()
    found = explained(
        model, data, strategy, region=region, outside=outside, iters=3, ranking_masks=10
    )
    check(found, shown_outside(model, data, region), outside, region)
    if found.verified:
        shown = found.mask if outside == "hidden" else found.mask | ~region
        assert model.row(np.where(shown, data, 0).astype(np.float64)).argmax() == 1


@pytest.mark.parametrize("outside", ["hidden", "visible"])
def test_what_if_obeys(outside: str) -> None:
    from tests.causal.strategy_help import run_on

    model = square_model()
    data, region = model.picture(), np.zeros((28, 30), np.bool_)
    region[8:20, 10:16] = True
    run = run_on(model, data, "global", region=region, outside=outside)
    everything = run.what_if(np.ones((28, 30), np.bool_))
    nothing = run.what_if(np.zeros((28, 30), np.bool_))
    counts = shown_outside(model, data, region)
    assert counts == {"hidden": 0, "visible": 0, "else": 0} | {outside: 2}
    bright = {"hidden": (region, np.zeros_like(region)), "visible": (region | True, ~region)}
    for said, shown in zip((everything, nothing), bright[outside], strict=True):
        row = model.row(np.where(shown, data, 0).astype(np.float64))
        assert said[0].index == row.argmax()
