"""Runs inside a region go on, are saved, and are asked again with other settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.api import load_run
from rex_widgets.causal.settings import STRATEGIES
from rex_widgets.causal.tree import SUBSETS_OF
from rex_widgets.errors import SavedRunError
from rex_widgets.run_file import read_run, write_run
from tests.causal.region_help import case, shown_outside, square_model
from tests.causal.strategy_help import all_bits, run_on

KINDS = ("image", "signal", "volume")


def pair(kind: str, strategy: str, **options: Any) -> tuple[Any, Any, Any]:
    model, data, region = case(kind)
    return model, region, run_on(model, data, strategy, region=region, **options)


@pytest.mark.parametrize("outside", ["hidden", "visible"])
@pytest.mark.parametrize("kind", KINDS)
def test_ten_and_ten_are_twenty(kind: str, outside: str) -> None:
    for strategy in ("global", "contrastive"):
        _, _, run = pair(kind, strategy, outside=outside, iters=10)
        run.wait()
        run.extend(iters=10)
        _, _, whole = pair(kind, strategy, outside=outside, iters=20)
        assert all_bits(run.wait()) == all_bits(whole.wait())
        assert np.array_equal(run.result().ranking, whole.result().ranking)


@pytest.mark.parametrize("stop", [2, 25])
@pytest.mark.parametrize("kind", KINDS)
def test_saved_at_any_border(kind: str, stop: int, tmp_path: Path) -> None:
    for strategy in STRATEGIES if kind == "image" else ("global",):
        model, region, run = pair(kind, strategy, outside="visible", ranking="product")
        for number, _ in enumerate(run):
            if number == stop:
                run.pause()
        path = run.save(tmp_path / "run")
        loaded = load_run(path, model)
        assert np.array_equal(loaded.settings.region, region)
        assert loaded.settings.outside == "visible"
        _, _, straight = pair(kind, strategy, outside="visible", ranking="product")
        assert all_bits(loaded.wait()) == all_bits(straight.wait())


def test_what_the_file_holds(tmp_path: Path) -> None:
    _, region, run = pair("image", "global")
    document, arrays = read_run(run.save(tmp_path / "run"))
    assert np.array_equal(arrays["region"], np.packbits(region))
    assert "region" not in document["state"]["settings"]
    short = {**arrays, "region": arrays["region"][:-1]}
    with pytest.raises(SavedRunError, match="the region has the wrong size"):
        load_run(write_run(tmp_path / "short", document, short), square_model())


def test_a_run_that_ended_at_the_first_look_is_saved(tmp_path: Path) -> None:
    model = square_model()
    region = np.zeros((28, 30), np.bool_)
    region[:5] = True
    run = run_on(model, model.picture(), "global", region=region)
    message = run.wait().message
    loaded = load_run(run.save(tmp_path / "run"), model)
    loaded.extend(iters=2)
    calls = model.calls
    assert loaded.wait().message == message and model.calls == calls


def test_another_strategy_asks_only_what_is_new() -> None:
    _, region, run = pair("image", "global")
    run.wait()
    changed = run.changed(strategy="contrastive")
    found = changed.wait()
    assert found.evaluations.breakdown.get("search", 0) == 0
    assert np.array_equal(changed.settings.region, region)
    _, _, alone = pair("image", "contrastive")
    assert all_bits(found) == all_bits(alone.wait())


@pytest.mark.parametrize(
    "changes",
    [
        {"outside": "visible"},
        {"region": None},
        {"region": np.eye(28, 30, dtype=np.bool_)},
        {"region": np.ones((28, 30), np.bool_), "outside": "visible"},
    ],
    ids=["outside", "no region", "a diagonal", "everything"],
)
def test_the_log_is_right_for_another_region(changes: dict[str, Any]) -> None:
    """Answers are taken over by what the model was shown, whatever part they were asked for."""
    _, region, run = pair("image", "global")
    run.wait()
    found = run.changed(**changes).wait()
    fresh_model, data, _ = case("image")
    fresh = run_on(fresh_model, data, "global", **{"region": region, **changes})
    assert all_bits(found) == all_bits(fresh.wait())
    assert int(found.evaluations) <= int(fresh.result().evaluations)


def test_another_class_inside_the_same_region() -> None:
    model, region, run = pair("image", "global")
    run.wait()
    other = run.for_target(0)
    model.seen.clear()
    other.wait()
    assert np.array_equal(other.settings.region, region)
    counts = shown_outside(model, run.sample.data, region)
    assert counts["else"] == 0 and counts["visible"] == 1


def test_the_trace_and_its_mutants() -> None:
    for outside in ("hidden", "visible"):
        model, region, run = pair("image", "global", outside=outside)
        run.wait()
        trace, data = run.trace, run.sample.data
        assert len(trace) > 0
        for number in range(len(trace)):
            split = trace[number]
            assert len(split.given) == len(SUBSETS_OF[len(split.children)])
            for mutant in range(len(split.given)):
                shown = run.mutant(number, mutant)
                expected = data * region if outside == "hidden" else data
                assert np.array_equal(shown[:, ~region], expected[:, ~region])
                probabilities = model.row(shown.astype(np.float64)).astype(np.float32)
                assert split.target[mutant] == probabilities[1]
